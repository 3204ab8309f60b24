"""Missing modes: the balls of coverage, clusters that are there, and a digit that a generator does not make."""

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from core import metrics
from core.errors import BadInput
from core.metrics.left_out import clusters, compared, left_out
from core.metrics.result import Vectors

SIZE = 500


@pytest.fixture(scope="module")
def digits() -> tuple[Vectors, NDArray[np.intp]]:
    """1,797 real pictures of 8 x 8 as vectors, shuffled, and which digit each is."""
    pictures, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    return pictures[order].astype(np.float32), labels[order]


def test_it_is_what_coverage_leaves_over(digits: tuple[Vectors, NDArray[np.intp]]) -> None:
    sides = {"generated": digits[0][:300] * 0.8, "reference": digits[0][300:600]}
    missed, off = left_out(**sides)
    assert missed.mean() == pytest.approx(1 - metrics.get("coverage").compute(**sides).value)
    far = np.linalg.norm(sides["generated"][:, None] - sides["reference"], axis=2)
    own = np.linalg.norm(sides["reference"][:, None] - sides["reference"], axis=2)
    ball = np.sort(own, axis=1)[:, 5]
    assert (off == ~(far < ball).any(axis=1)).all()
    with pytest.raises(BadInput, match="at least 6"):
        left_out(generated=digits[0][:5], reference=digits[0][:50])


def test_clusters_are_found_and_the_largest_is_first() -> None:
    rng = np.random.default_rng(0)
    true = np.repeat([2, 0, 1], [60, 90, 30])
    found = clusters((rng.normal(size=(180, 20)) + 12 * np.eye(20)[true]).astype(np.float32))
    assert [set(true[found == c]) for c in range(3)] == [{0}, {2}, {1}]
    assert found.max() == 2
    assert not clusters(np.ones((40, 3), np.float32)).any()
    assert not clusters(rng.normal(size=(5, 3)).astype(np.float32)).any()


def test_a_large_set_is_clustered_by_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    true = np.repeat([0, 1], [300, 100])
    rows = (rng.normal(size=(400, 8)) + 12 * np.eye(8)[true]).astype(np.float32)
    monkeypatch.setattr("core.metrics.left_out.TREE", 50)
    assert (clusters(rows) == true).all()


@pytest.mark.parametrize("digit", [0, 3, 6])
def test_a_digit_that_is_not_made_is_the_largest_cluster(
    digits: tuple[Vectors, NDArray[np.intp]], digit: int
) -> None:  # fmt: skip
    vectors, labels = digits
    reference, other, rest = vectors[:SIZE], vectors[SIZE : 2 * SIZE], slice(2 * SIZE, None)
    generated = vectors[rest][labels[rest] != digit][:SIZE]
    missed, _ = left_out(generated=generated, reference=reference)
    control, _ = left_out(generated=other, reference=reference)
    found = compared(reference, missed, reference, control)
    counts = Counter(labels[found[0].members].tolist())
    assert counts.most_common(1)[0][0] == digit
    assert counts[digit] >= 0.9 * len(found[0].members)
    assert found[0].p < 0.01
    assert found[0].real < len(found[0].members) / 4
    called = np.concatenate([one.members for one in found if one.p < 0.05])
    assert (labels[called] == digit).mean() >= 0.9, "what real pictures leave out as well is not called missing"
    assert len(called) >= 0.5 * (labels[:SIZE][missed] == digit).sum()


def test_real_pictures_in_the_place_of_generated_ones_miss_nothing_as_a_whole(
    digits: tuple[Vectors, NDArray[np.intp]],
) -> None:
    vectors, _ = digits
    reference = vectors[:SIZE]
    missed, control = (left_out(generated=vectors[a : a + SIZE], reference=reference)[0] for a in (SIZE, 2 * SIZE))
    found = compared(reference, missed, reference, control)
    assert sum(len(one.members) for one in found) == missed.sum() > 0
    assert sum(one.real for one in found) == control.sum()
    assert all(one.p > 0.05 for one in found)
    assert compared(reference, np.zeros(SIZE, bool), reference, control) == []
