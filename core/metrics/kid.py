"""Kernel distance: unbiased MMD^2 under (x.y/d + 1)^3 (Bińkowski et al. 2018)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.metrics.kernel_sums import kernel_sums
from core.metrics.pairing import Pairing
from core.metrics.result import NARROW, Z95, Result, Vectors, checked, nearly_alike
from core.metrics.spread import alike, once, spread
from core.metrics.tiles import untold

Sums = NDArray[np.float64]
ROUNDED = 1e-6, 5e-4
"""What float32 products err by, as a share of the kernel: in the value over the root of n, for the pairs of a row err
together and rows independently; in the error over n, for a mean of squares errs by 1e-7 of itself."""
TOO_LARGE = "The features are so large that KID's kernel, a cube of their products, is beyond float32: scale them down."
FAR = f"The features lie so far from 0 that KID's kernel rounds away what tells sets apart; {NARROW}: centre them."


def kid(*, generated: Vectors, reference: Vectors, pairing: Pairing | None = None) -> Result:
    """KID of (N, D) against (M, D) float32 over all pairs, with a jackknife standard error over both sets.

    The usual "±" (spread of 100 subsets of 1,000) is no error bar; here each picture is left out in turn, which
    costs nothing beyond the row sums, and what pairs add is counted once. May be slightly negative, as an unbiased
    estimate of 0 must.
    """
    checked("KID", 3, generated, reference)
    n, m = len(generated), len(reference)
    found = pairing.kernel_sums() if pairing else kernel_sums(generated, reference, untold)
    gg, rr = found.generated, found.reference  # of the kernel less 1, which cancels
    gr, rg = found.generated_across, found.reference_across
    squares_g, squares_r, squares = found.squares
    within_g, within_r, between = gg.sum() / (n * (n - 1)), rr.sum() / (m * (m - 1)), gr.sum() / (n * m)
    value = float(within_g + within_r - 2 * between)
    if not np.isfinite([value, squares_g, squares_r, squares]).all():
        return Result(0.0, none=TOO_LARGE)
    without_g = (gg.sum() - 2 * gg) / ((n - 1) * (n - 2)) + within_r - 2 * (gr.sum() - gr) / ((n - 1) * m)
    without_r = within_g + (rr.sum() - 2 * rr) / ((m - 1) * (m - 2)) - 2 * (rg.sum() - rg) / (n * (m - 1))
    # Leaving out charges what two pictures do together to both of them: `once` takes one of the two off.
    pairs_g = 2 * _together(squares_g / (n * (n - 1)), gg / (n - 1), gg / (n - 1)) / n**2
    pairs_r = 2 * _together(squares_r / (m * (m - 1)), rr / (m - 1), rr / (m - 1)) / m**2
    across = 4 * _together(squares / (n * m), gr / m, rg / n) / (n * m)
    sides = (
        (_influence(without_g), pairs_g, pairs_g + across), (_influence(without_r), pairs_r + across, pairs_r)
    )  # fmt: skip
    ours, theirs = (once(*side) for side in sides)
    error = float(np.sqrt(spread(ours)[0] + spread(theirs)[0]))
    few = min(n, m)
    far = abs(float(between)) * max(ROUNDED[0] / np.sqrt(few), ROUNDED[1] / few) > error / 3
    warning = FAR if far else nearly_alike("KID") if alike(*sides) else ""
    return Result(
        value, value - Z95 * error, value + Z95 * error, error, {"degree": 3}, warning,
        influence=ours, reference_influence=theirs,
    )  # fmt: skip


def _together(square: float, rows: Sums, columns: Sums) -> float:
    """Variance of the kernel of two pictures beyond what each says alone: its mean square, less the variances of the
    row and column means, less the mean squared; never negative."""
    return max(0.0, square - float(rows.var() + columns.var() + rows.mean() ** 2))


def _influence(left_out: Sums) -> Sums:
    """Influences (N,) with mean 0, from the values without each picture."""
    return np.asarray(-(len(left_out) - 1) * (left_out - left_out.mean()))
