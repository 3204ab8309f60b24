"""Which checkpoint to keep and when to stop: the pure rule on planted influences."""

import numpy as np
import pytest

from core.selection import Candidate, choose, stalled
from core.verdict import Measurement

N = 400


def candidate(rng: np.random.Generator, kid: float, coverage: float, bank: int | str = 0) -> Candidate:
    """Values with a standard error of about 0.005 for both."""
    influences = [rng.normal(0, 0.1, N) for _ in range(2)]
    values = [v + part.mean() for v, part in zip((kid, coverage), influences, strict=True)]
    kid_value = Measurement(values[0], 0.005, generated=influences[0])
    return Candidate({"kid": kid_value, "coverage": Measurement(values[1], 0.005, reference=influences[1])}, bank)


def run_of(*levels: tuple[float, float], seed: int = 0) -> list[Candidate]:
    rng = np.random.default_rng(seed)
    return [candidate(rng, *level, bank=i) for i, level in enumerate(levels)]


def test_the_best_is_kept_wherever_it_stands() -> None:
    rise_and_fall = [(1.0, 0.1), (0.5, 0.5), (0.1, 0.9), (0.4, 0.6), (0.8, 0.2)]
    found = choose(run_of(*rise_and_fall))
    assert found.kept == 2
    assert found.alike == ()
    assert all(found.beaten[i] for i in (0, 1, 3, 4))
    assert found.beaten[2] == ()
    assert found.against[0]["kid"].verdict == found.against[4]["coverage"].verdict == "better"
    assert found.against[0]["kid"].high < 0 < found.against[0]["coverage"].low
    assert found.against[2] == {}


def test_of_equals_the_first_is_kept_and_the_others_are_called_alike() -> None:
    kept = [choose(run_of(*[(0.3, 0.6)] * 8, seed=seed)).kept for seed in range(100)]
    assert np.mean(np.array(kept) == 0) >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / 100)
    again = choose([run_of((0.3, 0.6))[0]] * 3)  # the very same pictures
    assert again.kept == 0
    assert again.alike == (1, 2)


def test_what_is_better_on_one_metric_and_worse_on_the_other_beats_nothing() -> None:
    found = choose(run_of((0.5, 0.9), (0.1, 0.3)))
    assert found.kept == 0
    assert found.alike == (1,)
    assert {m: one.verdict for m, one in found.against[1].items()} == {"kid": "worse", "coverage": "better"}


def test_a_metric_whose_interval_does_not_hold_decides_nothing() -> None:
    rng = np.random.default_rng(0)
    worse, better = candidate(rng, 0.5, 0.5, 0), candidate(rng, 0.1, 0.9, 1)
    both = frozenset(("kid", "coverage"))
    assert choose([worse, better]).kept == 1
    assert choose([worse, Candidate(better.values, better.bank, both)]).kept == 0


def test_training_stops_when_nothing_of_late_is_better_than_the_best_before() -> None:
    falling = [(1 - 0.1 * i, 0.05 + 0.1 * i) for i in range(8)]
    assert not any(stalled(run_of(*falling[:length]), 3) for length in range(1, 9))
    flat = [*falling[:4], *[falling[3]] * 3]
    assert [stalled(run_of(*flat[:length]), 3) for length in range(4, 8)] == [False, False, False, True]
    slow = [(1 - 0.012 * i, 0.5) for i in range(9)]  # a step is less than an interval, four are more
    assert not stalled(run_of(*slow), 4)
    trading = [(0.5, 0.5), (0.5, 0.5), (0.6, 0.7)]  # better on coverage alone: go on
    assert not stalled(run_of(*trading), 2)
    with pytest.raises(ValueError, match="patience"):
        stalled(run_of((0, 0)), 0)
    with pytest.raises(ValueError, match="nothing"):
        choose([])
