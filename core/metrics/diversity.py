"""Diversity: how unlike one another the pictures of a set are. The reference's own value is the floor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.metrics.pairing import Pairing
from core.metrics.result import Z95, Given, Result, Vectors, checked, mean_result, the_same
from core.metrics.tiles import Side
from core.metrics.within import roots_within

Pictures = Sequence[NDArray[np.uint8]]
COLLAPSED = 1e-3
"""Below this share of the squared length from the reference's mean, a squared distance within a set has lost more than
a thousandth to float32: it is taken from the set's own mean, where pictures that are all the same are at exactly 0."""
SMALLEST = 11
"""Side of MS-SSIM's window: smaller pictures have no MS-SSIM."""


def large_enough(given: Given) -> str:
    """Why MS-SSIM cannot be had of these pictures; empty where it can."""
    if given.side >= SMALLEST:
        return ""
    return f"It needs pictures of at least {SMALLEST} pixels a side; there are some of {given.side}."


def pairwise_distance(*, generated: Vectors, reference: Vectors, pairing: Pairing | None = None) -> Result:
    """Mean Euclidean distance of two different rows of generated (N, D) float32, over all pairs; the reference takes
    no part. The interval is that of a U-statistic over the pictures (Hoeffding 1948)."""
    checked("Pairwise distance", 2, generated, reference)
    n = len(generated)
    side = Side.both(generated, reference)[0]
    means = (pairing.neighbours().generated_roots if pairing else roots_within(side)) / (n - 1)
    if means.mean() ** 2 < COLLAPSED * side.squares.mean():
        own = generated.mean(axis=0, dtype=np.float64).astype(np.float32)
        means = roots_within(Side.of(generated, own)) / (n - 1)
    influence = 2 * (means - means.mean())
    value, error = float(means.mean()), float(influence.std(ddof=1) / np.sqrt(n))
    return Result(
        value, max(0.0, value - Z95 * error), value + Z95 * error, error, warning=the_same(error), influence=influence
    )  # fmt: skip


def pairwise_ms_ssim(*, generated: Pictures, reference: Pictures, pairs: int = 300, seed: int = 0) -> Result:
    """Mean MS-SSIM of two different generated pictures (H, W, C) uint8, as Odena et al. 2017 look for collapse; the
    reference takes no part. 1 is one picture over and over.

    The first 2 `pairs` pictures, paired at random from `seed`, each in one pair only: the pairs are independent, so
    the interval of their mean is honest. Raises BadInput for pictures too small for the measure.
    """
    from core.similarity.pictures import ms_ssim

    chosen = list(generated[: 2 * pairs])
    if len(chosen) < 4:
        raise BadInput(f"Pairwise MS-SSIM needs at least 4 pictures, got {len(chosen)}; add more.")
    order = np.random.default_rng(seed).permutation(len(chosen) // 2 * 2).reshape(-1, 2)
    found = [ms_ssim(chosen[i], chosen[j]).value for i, j in order]
    values = np.array([value for value in found if value is not None])
    if len(values) < 2:
        raise BadInput(f"MS-SSIM needs pictures of at least {SMALLEST} pixels a side; this set has smaller ones.")
    result = mean_result(values)
    # One number a pair, not a picture: checkpoints are compared by their standard errors.
    return Result(result.value, result.low, result.high, result.standard_error, {"pairs": len(values), "seed": seed})
