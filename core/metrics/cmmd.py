"""CMMD: squared MMD under a wide Gaussian kernel between embeddings of length 1, times 1,000
(Jayasumana et al. 2024)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.metrics.distances import directions
from core.metrics.result import Z95, Result, Vectors, checked

BLOCK = 2048
SCALE = 1000
Sums = NDArray[np.float64]


def _row_sums(x: Vectors, y: Vectors, sigma: float) -> Sums:
    """Sum over the rows of y of 1 - exp(-|x - y|^2 / 2 sigma^2) for every row of x, (len(x),).

    Under so wide a kernel all values lie within 2% of 1: their differences from 1 are what float32 can hold.
    """
    out = np.zeros(len(x))
    for i in range(0, len(x), BLOCK):
        for j in range(0, len(y), BLOCK):
            block = x[i : i + BLOCK] @ y[j : j + BLOCK].T
            block -= 1
            np.minimum(block, 0, out=block)
            block *= np.float32(1 / sigma**2)
            out[i : i + BLOCK] -= np.expm1(block, out=block).sum(axis=1, dtype=np.float64)
    return out


def cmmd(*, generated: Vectors, reference: Vectors, sigma: float = 10.0) -> Result:
    """1,000 MMD^2 of (N, D) against (M, D) float32, the biased V-statistic as published, 0 or more.

    The interval is the exact jackknife over both sets. It does not hold the bias, about 1,000 (1/N + 1/M) times half
    the mean of |x - y|^2 / 2 sigma^2 over pairs of one set: read a value beside its floor.
    """
    checked("CMMD", 2, generated, reference)
    x, y, warning = directions(generated, reference)
    n, m = len(x), len(y)
    gg, rr = _row_sums(x, x, sigma), _row_sums(y, y, sigma)
    gr, rg = _row_sums(x, y, sigma), _row_sums(y, x, sigma)
    within_g, within_r, between = gg.sum() / n**2, rr.sum() / m**2, gr.sum() / (n * m)
    value = max(0.0, float(SCALE * (2 * between - within_g - within_r)))
    without_g = 2 * (gr.sum() - gr) / ((n - 1) * m) - (gg.sum() - 2 * gg) / (n - 1) ** 2
    without_r = 2 * (rg.sum() - rg) / ((m - 1) * n) - (rr.sum() - 2 * rr) / (m - 1) ** 2
    influence = -SCALE * (n - 1) * (without_g - without_g.mean())
    reference_influence = -SCALE * (m - 1) * (without_r - without_r.mean())
    error = float(np.sqrt((influence**2).sum() / (n * (n - 1)) + (reference_influence**2).sum() / (m * (m - 1))))
    return Result(
        value, max(0.0, value - Z95 * error), value + Z95 * error, error, {"sigma": sigma}, warning,
        influence, reference_influence,
    )  # fmt: skip
