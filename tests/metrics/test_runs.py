"""Moments of many runs by one pass are those of each run alone."""

import numpy as np
import pytest

from core.metrics import runs as module
from core.metrics.fd_infinity import sizes_of, windows
from core.metrics.moments import moments
from core.metrics.runs import moments_of_runs


@pytest.mark.parametrize(("n", "d", "passes"), [(900, 40, 1), (130, 60, 1), (900, 40, 4)])
def test_equal_those_of_each_run_alone(n: int, d: int, passes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(n)
    rows = (rng.normal(3, 1, (n, d)) * rng.uniform(0.1, 5, d)).astype(np.float32)
    order, runs = rng.permutation(n), windows(sizes_of(n, d), n)
    assert any(run[0] + len(run) > n for run in runs)  # one goes round the end
    monkeypatch.setattr(module, "AT_ONCE", 8 * d * d * -(-len(runs) // passes))
    found = list(moments_of_runs(rows, order, runs))
    assert len(found) == len(runs)
    for run, one in zip(runs, found, strict=True):
        alone = moments(rows[order[run]])
        assert one.n == len(run)
        assert one.mean == pytest.approx(alone.mean, abs=1e-6)
        assert np.abs(one.cov - alone.cov).max() < 1e-6 * alone.cov.max()
        assert np.array_equal(one.cov, one.cov.T)


def test_a_run_of_all_rows() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    (whole,) = moments_of_runs(rows, np.arange(50), [np.arange(50)])
    assert whole.cov == pytest.approx(np.cov(rows.T), rel=1e-5)
