"""Kernel distance: unbiased MMD^2 under (x.y/d + 1)^3 (Bińkowski et al. 2018)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.metrics.result import Z95, Result, Vectors, checked

BLOCK = 2048
Sums = NDArray[np.float64]


def _row_sums(x: Vectors, y: Vectors) -> Sums:
    """Sum of the kernel of every row of x with all rows of y, (len(x),), block by block."""
    scale = np.float32(1 / x.shape[1])
    out = np.zeros(len(x))
    for i in range(0, len(x), BLOCK):
        for j in range(0, len(y), BLOCK):
            kernel = x[i : i + BLOCK] @ y[j : j + BLOCK].T
            kernel *= scale
            kernel += 1
            out[i : i + BLOCK] += (kernel * kernel * kernel).sum(axis=1, dtype=np.float64)
    return out


def _diagonal(x: Vectors) -> Sums:
    out: Sums = (np.einsum("ij,ij->i", x, x, dtype=np.float64) / x.shape[1] + 1) ** 3
    return out


def kid(*, generated: Vectors, reference: Vectors) -> Result:
    """KID of (N, D) against (M, D) float32 over all pairs, with the exact jackknife standard error over both sets.

    The usual "±" (spread of 100 subsets of 1,000) is no error bar; here each picture is left out in turn, which
    costs nothing beyond the row sums. May be slightly negative, as an unbiased estimate of 0 must.
    """
    checked("KID", 3, generated, reference)
    n, m = len(generated), len(reference)
    gg = _row_sums(generated, generated) - _diagonal(generated)
    rr = _row_sums(reference, reference) - _diagonal(reference)
    gr, rg = _row_sums(generated, reference), _row_sums(reference, generated)
    within_g, within_r, between = gg.sum() / (n * (n - 1)), rr.sum() / (m * (m - 1)), gr.sum() / (n * m)
    value = float(within_g + within_r - 2 * between)
    without_g = (gg.sum() - 2 * gg) / ((n - 1) * (n - 2)) + within_r - 2 * (gr.sum() - gr) / ((n - 1) * m)
    without_r = within_g + (rr.sum() - 2 * rr) / ((m - 1) * (m - 2)) - 2 * (rg.sum() - rg) / (n * (m - 1))
    variance = _jackknife(without_g) + _jackknife(without_r)
    error = float(np.sqrt(variance))
    return Result(
        value, value - Z95 * error, value + Z95 * error, error, {"degree": 3},
        influence=-(n - 1) * (without_g - without_g.mean()),
        reference_influence=-(m - 1) * (without_r - without_r.mean()),
    )  # fmt: skip


def _jackknife(left_out: Sums) -> float:
    n = len(left_out)
    return float((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
