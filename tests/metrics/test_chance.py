"""Shares and what chance gives: against SciPy's interval, and against drawing at random."""

import numpy as np
import pytest
from scipy.stats import binomtest

from core.metrics.chance import below, wilson


@pytest.mark.parametrize(("count", "n"), [(0, 10), (3, 10), (10, 10), (37, 2000)])
def test_wilson_is_scipys(count: int, n: int) -> None:
    expected = binomtest(count, n).proportion_ci(method="wilson")
    assert wilson(count, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_nothing_is_known_of_nothing() -> None:
    assert wilson(0, 0) == (0, 1)


def test_as_many_fall_below_a_mark_as_chance_says() -> None:
    rng = np.random.default_rng(0)
    rank, control, n = 5, 60, 200
    drawn = [(rng.random(n) <= np.partition(rng.random(control), rank - 1)[rank - 1]).sum() for _ in range(4000)]
    mean, low, high = below(rank, control, n)
    assert np.mean(drawn) == pytest.approx(mean, rel=0.05)
    assert 0.93 <= np.mean([(low <= d <= high) for d in drawn]) <= 0.985
    with pytest.raises(ValueError, match="rank 0"):
        below(0, 5, 5)
