"""The AUC with its jackknife: definition by brute force, scikit-learn's value, an error that holds."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.errors import BadInput
from core.similarity.separation import difference_error, separation

FIRST, SECOND = np.triu_indices(14, 1)
KIND = np.arange(14) % 3
SAME = KIND[FIRST] == KIND[SECOND]


def made(seed: int, ties: bool = False) -> np.ndarray:
    nearness = np.random.default_rng(seed).normal(size=len(FIRST)) + SAME
    return np.round(nearness) if ties else nearness


@pytest.mark.parametrize("ties", [False, True])
def test_it_is_the_area_under_the_curve_with_and_without_each_picture(ties: bool) -> None:
    nearness = made(0, ties)
    found = separation(nearness, SAME, FIRST, SECOND)
    assert found.auc == pytest.approx(roc_auc_score(SAME, nearness), abs=1e-12)
    for i, value in enumerate(found.without):
        kept = np.all([i != FIRST, i != SECOND], axis=0)
        assert value == pytest.approx(roc_auc_score(SAME[kept], nearness[kept]), abs=1e-12)


def test_a_picture_paired_with_its_own_change_counts_once() -> None:
    first, second = (a.ravel() for a in np.indices((9, 9)))
    nearness = np.random.default_rng(1).normal(size=81) + (first == second)
    found = separation(nearness, first == second, first, second)
    kept = (first != 4) & (second != 4)
    assert found.without[4] == pytest.approx(roc_auc_score((first == second)[kept], nearness[kept]), abs=1e-12)


def test_perfect_reversed_and_blind() -> None:
    assert separation(SAME.astype(float), SAME, FIRST, SECOND).interval == (1.0, 1.0)
    assert separation(-SAME.astype(float), SAME, FIRST, SECOND).auc == 0
    blind = separation(np.zeros(len(SAME)), SAME, FIRST, SECOND)
    assert (blind.auc, blind.standard_error) == (0.5, 0.0)


def test_the_error_and_the_interval_hold_over_new_pictures() -> None:
    """Vectors of two kinds: the spread of the AUC over 300 draws is what each draw says, and 95% intervals hold."""
    kind = np.arange(40) % 2
    first, second = np.triu_indices(40, 1)
    same = kind[first] == kind[second]
    found = []
    for seed in range(300):
        x = np.random.default_rng(seed).normal(size=(40, 3)) + kind[:, None] * 0.8
        found.append(separation(-np.linalg.norm(x[first] - x[second], axis=1), same, first, second))
    values = np.array([one.auc for one in found])
    said = np.sqrt(np.mean([one.standard_error**2 for one in found]))
    assert 0.95 < said / values.std(ddof=1) < 1.25, "a jackknife errs on the careful side"
    held = np.mean([low <= values.mean() <= high for low, high in (one.interval for one in found)])
    assert 0.92 <= held <= 0.99


def test_a_difference_of_measures_on_the_same_pictures_is_taken_picture_by_picture() -> None:
    a, b = (separation(made(seed), SAME, FIRST, SECOND) for seed in (0, 1))
    assert difference_error(a, a, True) == 0
    assert difference_error(a, b, False) == pytest.approx(np.hypot(a.standard_error, b.standard_error))
    assert difference_error(a, b, True) != pytest.approx(difference_error(a, b, False), rel=1e-6)


def test_too_little_to_tell_is_an_error() -> None:
    for same in (np.zeros(3, bool), np.ones(3, bool), np.array([True, False, False])):
        with pytest.raises(BadInput, match="several pictures"):
            separation(np.arange(3.0), same, np.array([0, 0, 1]), np.array([1, 2, 2]))
