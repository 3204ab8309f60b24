import numpy as np
import pytest

from core.metrics import looking
from core.metrics.looking import Looked, looked_at


def far_out(n: int, seed: int, count: int) -> np.ndarray:
    """(n, 6) float32 of which `count` rows lie many times farther out than the others."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((n, 6)) + 3
    rows[rng.choice(n, count, replace=False)] *= 9
    return rows.astype(np.float32)


def looked(rows: np.ndarray) -> Looked:
    return looked_at(rows, rows.mean(axis=0, dtype=np.float64))


def test_few_pictures_are_all_looked_at() -> None:
    seen = looked(far_out(2048, 0, 3))
    assert (seen.places == np.arange(2048)).all()
    assert (seen.weights == 1).all()


def test_of_many_the_farthest_are_always_among_them() -> None:
    rows = far_out(9000, 1, 40)
    seen = looked(rows)
    assert len(seen.places) == 2048
    assert (np.diff(seen.places) > 0).all()
    assert seen.weights.sum() == pytest.approx(9000)
    far = np.argsort(np.linalg.norm(rows - rows.mean(axis=0), axis=1))[-256:]
    assert set(far) == set(seen.places[seen.weights == 1])


def test_two_sets_are_looked_at_in_the_same_places_but_for_their_own_far_ones() -> None:
    one, two = (set(looked(far_out(9000, seed, 40)).places) for seed in (1, 2))
    assert len(one & two) > 2048 - 2 * 256


def test_a_part_has_the_mean_and_the_spread_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = far_out(9000, 3, 5)
    found = np.linalg.norm(rows.astype(float), axis=1) ** 2
    seen = looked(rows)
    assert seen.mean(found[seen.places]) == pytest.approx(found.mean(), rel=0.02)
    over_all = seen.over_all(found[seen.places])
    assert np.count_nonzero(over_all) == 2048
    assert over_all.var() == pytest.approx(found.var(), rel=0.02)  # of a plain part: 5 pictures of 2,048, or none
    monkeypatch.setattr(looking, "FARTHEST", 1)  # the four others are left to chance
    plain = looked(rows)
    assert abs(plain.over_all(found[plain.places]).var() / found.var() - 1) > 0.1
