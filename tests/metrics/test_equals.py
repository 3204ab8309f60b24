"""Two sets drawn alike: what the errors of KID and of the Fréchet distance are where nothing is of first order."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from core.metrics import get
from core.metrics.pairing import Pairing
from core.metrics.result import Result, Vectors
from core.metrics.spread import once, spread
from core.verdict import Gap, Measurement, chance, gap

REPEATS = 120
Draw = Callable[[np.random.Generator], Vectors]


def cloud(rng: np.random.Generator, scales: np.ndarray, n: int = 300) -> Vectors:
    return (rng.standard_normal((n, len(scales))) * scales).astype(np.float32)


ROUND = partial(cloud, scales=np.ones(8))
ONE_LONG_AXIS = partial(cloud, scales=np.array([10.0, *[1.0] * 7]))


def measured(name: str, draw: Draw, seed: int) -> list[Result]:
    """Two checkpoints against one reference set, all three drawn alike."""
    rng = np.random.default_rng([11, seed])
    reference, metric = draw(rng), get(name)
    return [
        metric.compute(generated=one, reference=reference, pairing=Pairing(one, reference), **metric.parameters)
        for one in (draw(rng), draw(rng))
    ]


def apart(a: Result, b: Result) -> Gap:
    one, two = (
        Measurement(r.value, r.standard_error, r.low, r.high, r.influence, r.reference_influence) for r in (a, b)
    )
    return gap(one, two, paired=False)


@pytest.mark.parametrize("draw", [ROUND, ONE_LONG_AXIS], ids=["round", "one long axis"])
def test_kid_of_equals_is_not_told_from_0(draw: Draw) -> None:
    """A jackknife less what it counts twice has its smallest error where KID is lowest: its intervals lie below 0."""
    found = [measured("kid", draw, seed)[0] for seed in range(REPEATS)]
    outside = sum(r.high < 0 or r.low > 0 for r in found)
    assert outside <= 0.05 * REPEATS
    told = np.sqrt(np.mean([r.standard_error**2 for r in found])) / np.std([r.value for r in found], ddof=1)
    assert 0.9 < told < 2.2  # wide with one axis: the larger of two errors is taken


@pytest.mark.parametrize("draw", [ROUND, ONE_LONG_AXIS], ids=["round", "one long axis"])
@pytest.mark.parametrize("name", ["frechet", "kid", "fd-infinity"])
def test_the_difference_of_equals_varies_by_its_error(name: str, draw: Draw) -> None:
    """On one reference set the products of a generated and a reference picture are in the difference: without half of
    them the error is √(2/3) of the spread."""
    found = [apart(*measured(name, draw, seed)) for seed in range(REPEATS)]
    told = np.sqrt(np.mean([g.error**2 for g in found])) / np.std([g.difference for g in found], ddof=1)
    assert 0.9 < told < 1.6
    assert np.mean([chance(g) < 0.05 for g in found]) <= 0.08  # 5 expected; beyond 8 of 100 by chance in 1 of 10


@pytest.mark.parametrize("name", ["frechet", "kid"])
def test_equals_say_that_their_interval_is_wide_and_others_do_not(name: str) -> None:
    equals = [measured(name, ROUND, seed)[0].warning for seed in range(20)]
    assert sum("97 to 100 of 100 cases" in one for one in equals) > 12
    rng, metric = np.random.default_rng(0), get(name)
    apart = metric.compute(generated=ROUND(rng) + np.float32(0.5), reference=ROUND(rng))
    assert "of 100 cases" not in apart.warning


def test_products_come_off_once_and_are_always_left() -> None:
    raw = np.random.default_rng(0).standard_normal(500)
    whole = spread(raw)[0]
    assert spread(once(raw, 0.25 * whole, 0.1 * whole))[0] == pytest.approx(0.75 * whole)
    assert spread(once(raw, 0.8 * whole, 0.9 * whole))[0] == pytest.approx(0.9 * whole)
    assert (once(np.zeros(5), 1.0, 2.0) == 0).all()
