"""The statistics of a verdict: errors, Holm's correction with intervals that agree, and how many more pictures."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from core.metrics.kid import kid
from core.metrics.result import mean_result
from core.verdict import BETTER, CANNOT_TELL, CERTAIN, WORSE, Gap, Measurement, chance, gap, judge, quantile, remedy


def normal_gap(difference: float, error: float = 1.0) -> Gap:
    return Gap(difference, error**2, 0.0, CERTAIN)


def measured(sample: np.ndarray, reference: np.ndarray | None = None) -> Measurement:
    result = mean_result(sample)
    return Measurement(result.value, result.standard_error, result.low, result.high, result.influence, reference)


def test_independent_variances_add_and_shared_latents_cancel() -> None:
    rng = np.random.default_rng(0)
    common = rng.normal(size=400)
    a, b = common + 0.1 * rng.normal(size=400), common + 0.1 * rng.normal(size=400)
    one, two = measured(a), measured(b)
    assert gap(one, two, paired=False).error == pytest.approx(np.sqrt(a.var(ddof=1) / 400 + b.var(ddof=1) / 400))
    assert gap(one, two, paired=True).error == pytest.approx(stats.sem(b - a))
    paired = stats.ttest_rel(b, a)
    assert gap(one, two, paired=True).difference / gap(one, two, paired=True).error == pytest.approx(paired.statistic)


def test_the_reference_pictures_are_the_same_on_both_sides() -> None:
    rng = np.random.default_rng(0)
    shared, ours, theirs = rng.normal(size=(3, 300))
    one = Measurement(1.0, generated=np.zeros(50), reference=shared + ours)
    two = Measurement(2.0, generated=rng.normal(size=50), reference=shared + theirs)
    assert gap(one, two, paired=False).error == pytest.approx(stats.sem(two.generated))
    over = gap(one, two, paired=False, with_reference=True)
    assert over.reference == pytest.approx(stats.sem(theirs - ours) ** 2)
    assert over.generated == pytest.approx(stats.sem(two.generated) ** 2)
    alone = gap(Measurement(1.0, reference=shared), Measurement(2.0, reference=shared + theirs), paired=True)
    assert alone.error == pytest.approx(stats.sem(theirs)), "no other error is known"


def test_equals_differ_by_as_much_as_their_error_says() -> None:
    rng = np.random.default_rng(1)
    rates, told = [], []
    for _ in range(60):
        a, b, real = rng.normal(size=(3, 150, 4)).astype(np.float32)
        one, two = (kid(generated=side, reference=real) for side in (a, b))
        sides = [Measurement(r.value, generated=r.influence, reference=r.reference_influence) for r in (one, two)]
        found = gap(*sides, paired=False)
        rates.append(found.difference)
        told.append(found.error)
    assert 0.7 < np.mean(told) / np.std(rates) < 1.6


def test_an_error_made_by_a_few_pictures_has_few_degrees_of_freedom() -> None:
    rare = np.zeros(500)
    rare[:3] = 1.0
    usual = np.random.default_rng(0).normal(size=500)
    nothing = measured(np.zeros(500))
    assert gap(measured(usual), nothing, paired=False).freedom > 300
    found = gap(nothing, measured(rare), paired=False)
    assert found.freedom < 8
    assert chance(found) > 2 * stats.norm.sf(found.difference / found.error)


def test_shares_without_spread_are_judged_by_their_intervals_and_nothing_without_an_error() -> None:
    none, every = (Measurement(v, 0.0, lo, hi, np.zeros(200)) for v, lo, hi in ((0.0, 0.0, 0.02), (1.0, 0.98, 1.0)))
    assert judge([gap(none, every, paired=True)], ["higher"])[0].verdict == BETTER
    assert judge([gap(none, none, paired=True)], ["higher"])[0].verdict == CANNOT_TELL
    unknown = judge([gap(Measurement(1.0), Measurement(2.0), paired=False)], ["lower"])[0]
    assert (unknown.p, unknown.verdict) == (1.0, CANNOT_TELL)


def holm(chances: list[float], weights: list[float]) -> list[float]:
    """The definition (Holm 1979): in the order of p / w, p times the weights still in over its own, made monotone."""
    order = sorted(range(len(chances)), key=lambda i: chances[i] / weights[i])
    left = [sum(weights[j] for j in order[rank:]) for rank in range(len(order))]
    raised = np.maximum.accumulate([min(1.0, chances[i] * left[r] / weights[i]) for r, i in enumerate(order)])
    return [float(raised[order.index(i)]) for i in range(len(chances))]


def test_verdicts_are_holms_and_an_interval_holds_0_exactly_where_nothing_is_decided() -> None:
    rng = np.random.default_rng(0)
    for turn in range(200):
        gaps = [
            Gap(d, 1.0, 0.0, f) for d, f in zip(rng.normal(0, 2.5, 6), rng.choice([5, 50, CERTAIN], 6), strict=True)
        ]
        directions = rng.choice(["lower", "higher"], 6).tolist()
        weights = [1.0] * 6 if turn % 2 else rng.choice([1.0, 5.0], 6).tolist()
        found = judge([*gaps, normal_gap(9.0)], [*directions, "none"], None if turn % 2 else [*weights, 1.0])
        expected = holm([chance(one) for one in gaps], weights)
        assert [one.p for one in found[:6]] == pytest.approx(expected)
        for one, made, p, direction in zip(gaps, found, expected, directions, strict=False):
            better = BETTER if (one.difference < 0) == (direction == "lower") else WORSE
            assert made.verdict == (CANNOT_TELL if p >= 0.05 else better)
            assert (made.low <= 0 <= made.high) == (made.verdict == CANNOT_TELL)
        described = found[6]
        assert (described.verdict, described.level) == ("", 0.95)
        assert described.high - described.low == pytest.approx(2 * 1.959963984540054)


def test_an_error_that_does_not_hold_decides_nothing_and_costs_the_others_nothing() -> None:
    wide, narrow = normal_gap(2.2), replace(normal_gap(9.0), holds=False)
    alone, beside = judge([wide], ["higher"])[0], judge([wide, narrow], ["higher", "higher"])
    assert (beside[0].verdict, beside[0].p, beside[0].level) == (BETTER, alone.p, alone.level)
    assert (beside[1].verdict, beside[1].p) == (CANNOT_TELL, 1.0)


def test_equals_are_told_apart_in_five_of_a_hundred_comparisons() -> None:
    rng = np.random.default_rng(3)
    said = [
        {one.verdict for one in judge([normal_gap(d) for d in rng.normal(size=7)], ["lower"] * 7, [5] * 3 + [1] * 4)}
        != {CANNOT_TELL}
        for _ in range(1000)
    ]
    assert 0.03 < np.mean(said) < 0.075


def test_so_many_more_pictures_find_the_difference_with_80_percent_power() -> None:
    rng = np.random.default_rng(5)
    looked = Gap(0.05, 1.0 / 500, 0.5 / 500, CERTAIN)
    asked = remedy(looked, 0.99, n=500, m=500, available=10**6, equal_sizes=True)
    assert asked.pictures is not None
    error = np.sqrt(1.5 / asked.pictures)
    found = np.abs(rng.normal(0.05, error, 20_000)) > quantile(0.99) * error
    assert found.mean() == pytest.approx(0.8, abs=0.01)
    seen = np.abs(rng.normal(asked.detectable, looked.error, 20_000)) > quantile(0.99) * looked.error
    assert seen.mean() == pytest.approx(0.8, abs=0.01)


def test_where_the_real_pictures_are_the_limit_their_number_is_named() -> None:
    looked = Gap(0.05, 0.0, 1.0 / 500, CERTAIN)
    limit = remedy(looked, 0.95, n=500, m=500, available=600, equal_sizes=False)
    assert limit.pictures is None
    assert limit.real == pytest.approx(7.849 * 400, rel=0.01)
    counted = remedy(Gap(0.05, 1.0 / 500, 0.0, CERTAIN), 0.95, n=500, m=500, available=600, equal_sizes=True)
    assert (counted.pictures, counted.real) == (None, limit.real), "as many generated pictures are used as real ones"
    sampled = remedy(Gap(0.05, 1.0 / 500, 0.0, CERTAIN), 0.95, n=500, m=500, available=600, equal_sizes=False)
    assert (sampled.pictures, sampled.real) == (limit.real, 0)
    assert remedy(normal_gap(0.0), 0.95, n=5, m=5, available=9, equal_sizes=False).pictures is None
