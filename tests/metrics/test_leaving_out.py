"""Errors of metrics that count balls: the effects are those of leaving pictures out, and intervals hold."""

from __future__ import annotations

import numpy as np
import pytest

from core.metrics import METRICS, Metric, Result, balls, get, leaving_out, shares
from core.metrics.pairing import Pairing
from core.metrics.result import NARROW, ROUGH
from core.metrics.spread import spread

Matrix = np.ndarray
JUDGED = [m for m in METRICS if m.name in ("kid", "precision", "recall", "density", "coverage", "realism")]


def clouds(n: int, m: int, d: int, seed: int, shift: float = 0.3) -> tuple[Matrix, Matrix]:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, d)) + shift).astype(np.float32), rng.normal(size=(m, d)).astype(np.float32)


def covered(x: Matrix, y: Matrix, k: int, stride: int = 1) -> int:
    """How many of every `stride`-th row of x lie in a k-nearest ball of y, by brute force."""
    own = np.sort(np.linalg.norm(y[:, None] - y[None], axis=2), axis=1)[:, k]
    return int((np.linalg.norm(x[::stride, None] - y[None], axis=2) <= own).any(axis=1).sum())


def test_the_effect_of_every_picture_is_that_of_leaving_it_out() -> None:
    x, y = clouds(60, 40, 3, 0)
    near = Pairing(x, y).neighbours()
    effects, changes = leaving_out.union_effects(near.reference_balls[3], near.reference, 3)
    whole = covered(x, y, 3)
    brute = [whole - covered(x, np.delete(y, j, axis=0), 3) for j in range(len(y))]
    assert effects.tolist() == brute
    assert changes >= np.abs(effects).sum()


def test_pairs_beyond_what_is_remembered_are_those_of_every_second_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = clouds(60, 40, 3, 1)
    monkeypatch.setattr(balls, "KEPT", 150)
    near = Pairing(x, y).neighbours()
    held = near.reference_balls[3]
    stride = held.near.stride
    assert stride > 1
    assert len(held.near.picture) <= 150
    effects, _ = leaving_out.union_effects(held, near.reference, 3)
    whole = covered(x, y, 3, stride)
    assert effects.tolist() == [whole - covered(x, np.delete(y, j, axis=0), 3, stride) for j in range(len(y))]


@pytest.fixture(scope="module")
def repeats() -> list[dict[str, Result]]:
    """Every judged metric on 60 pairs of sets drawn alike."""
    found = []
    for seed in range(60):
        x, y = clouds(150, 150, 8, seed)
        pairing = Pairing(x, y)
        found.append({m.name: m.compute(generated=x, reference=y, pairing=pairing, **m.parameters) for m in JUDGED})
    return found


@pytest.mark.parametrize("metric", JUDGED, ids=lambda m: m.name)
def test_intervals_hold_the_expectation(metric: Metric, repeats: list[dict[str, Result]]) -> None:
    results = [one[metric.name] for one in repeats]
    expected = np.mean([r.value for r in results])
    told = np.sqrt(np.mean([r.standard_error**2 for r in results]))
    spread = np.std([r.value for r in results], ddof=1)
    assert 0.7 < told / spread < 1.6
    assert sum(r.low <= expected <= r.high for r in results) >= 51  # 57 expected; below 51 has probability 0.4%


@pytest.mark.parametrize("metric", JUDGED, ids=lambda m: m.name)
def test_influences_make_the_standard_error(metric: Metric) -> None:
    x, y = clouds(200, 150, 8, 2)
    result = metric.compute(generated=x, reference=y, **metric.parameters)
    total = 0.0
    for influence, n in ((result.influence, 200), (result.reference_influence, 150)):
        assert influence.shape == (n,)
        assert abs(influence.mean()) < 1e-9
        total += influence.var(ddof=1) / n
    assert total == pytest.approx(result.standard_error**2)


def test_a_share_of_none_or_all_keeps_an_interval() -> None:
    for n in range(4, 100):
        none = shares.share(np.zeros(n, bool))
        assert none.low == none.value == 0 < none.high
        effects = np.random.default_rng(0).normal(size=n)
        every = shares.share(np.ones(n, bool), effects - effects.mean())
        assert 0 <= every.low < shares.share(np.ones(n, bool)).low
        assert every.value == every.high == 1


def test_terms_of_one_owner_rise_and_fall_together() -> None:
    rng = np.random.default_rng(0)
    own = rng.normal(size=100)
    terms, owner = np.repeat(own, 5), np.repeat(np.arange(100), 5)
    whole = spread(terms - terms.mean())[0] + spread(leaving_out.by_owner(terms, owner, 100))[0]
    assert whole == pytest.approx(own.var(ddof=1) / 100, rel=0.02), "as if there were 100 terms"
    alone = leaving_out.by_owner(own, np.arange(100), 100)
    assert not alone.any(), "terms with an owner each have no chance but their own"


def test_heavy_tails_are_said_of_coverage() -> None:
    rng = np.random.default_rng(0)
    normal, heavy = rng.normal(size=(400, 16)), rng.standard_t(3, size=(400, 1)) * rng.normal(size=(400, 16))
    metric = get("coverage")
    usual = (normal * np.linspace(0.1, 3, 16)).astype(np.float32)
    assert metric.compute(generated=usual, reference=usual[::-1].copy()).warning == ""
    said = metric.compute(generated=usual, reference=heavy.astype(np.float32)).warning
    assert "heavy tails" in said
    assert ROUGH in said


@pytest.mark.parametrize(
    ("name", "says"),
    [("realism", ROUGH), ("recall", ROUGH), ("vendi", ROUGH), ("cmmd", ROUGH), ("rarity", NARROW),
     ("authenticity", NARROW), ("nearest-cosine", NARROW)],
)  # fmt: skip
def test_what_the_study_found_not_to_hold_says_so_always(name: str, says: str) -> None:
    rng = np.random.default_rng(0)
    generated, reference = (rng.normal(size=(60, 4)).astype(np.float32) for _ in range(2))
    assert says in get(name).compute(generated=generated, reference=reference).warning


def test_realism_of_copies_says_so_and_decides_nothing() -> None:
    rng = np.random.default_rng(0)
    generated, reference = (rng.normal(size=(60, 4)).astype(np.float32) for _ in range(2))
    generated[:10] = reference[:10]  # the larger half of the balls is left out
    found = get("realism").compute(generated=generated, reference=reference)
    assert found.value > 100
    assert " of 60 pictures lie on a real one" in found.warning
    assert NARROW in found.warning
