"""CMMD: squared MMD under a wide Gaussian kernel between embeddings of length 1, times 1,000
(Jayasumana et al. 2024)."""

from __future__ import annotations

import numpy as np

from core.metrics.distances import directions, without_features
from core.metrics.pairing import Pairing
from core.metrics.result import Z95, Result, Vectors, checked, rough
from core.metrics.tile_sums import Of, sums_across, sums_within
from core.metrics.tiles import Float, Side, Tick, halves, pairs
from core.metrics.wide_kernel import SIGMA, WideSums

SCALE = 1000


def _apart(sigma: float) -> Of:
    """1 - exp(-|x - y|^2 / 2 sigma^2) of rows of length 1, from their products. Under so wide a kernel all values lie
    within 2% of 1: their differences from 1 are what float32 can hold."""

    def of(products: Float, _a: int, _b: int, _rows: slice) -> Float:
        products -= 1
        np.minimum(products, 0, out=products)
        products *= np.float32(1 / sigma**2)
        return np.negative(np.expm1(products, out=products), out=products)

    return of


def _own(generated: Vectors, reference: Vectors, sigma: float, tick: Tick) -> WideSums:
    """For another sigma than the usual one, from products of its own."""
    rows, others, _ = directions(generated, reference)
    x, y = (Side.of(side, np.zeros(side.shape[1], np.float32)) for side in (rows, others))
    of = _apart(sigma)
    (own_x, _), (own_y, _) = (sums_within(side, of, halves(side.places), tick, squares=False) for side in (x, y))
    over_y, over_x, _ = sums_across(x, y, of, pairs(x.places, y.places), tick)
    return WideSums(own_x, own_y, over_y, over_x)


def cmmd(*, generated: Vectors, reference: Vectors, sigma: float = SIGMA, pairing: Pairing | None = None) -> Result:
    """1,000 MMD^2 of (N, D) against (M, D) float32, the biased V-statistic as published, 0 or more.

    The interval is the exact jackknife over both sets. What two pictures do together is in it twice, so it is up to 1.2
    times too wide where the sets are nearly alike. It does not hold the bias, about 1,000 (1/N + 1/M) times half
    the mean of |x - y|^2 / 2 sigma^2 over pairs of one set: read a value beside its floor.
    """
    checked("CMMD", 2, generated, reference)
    n, m = len(generated), len(reference)
    pairing = pairing or Pairing(generated, reference)
    usual = sigma == SIGMA
    found = pairing.neighbours().wide_sums if usual else _own(generated, reference, sigma, pairing.tick)
    gg, rr, gr, rg = found.generated, found.reference, found.generated_across, found.reference_across
    warning = " ".join(filter(None, [without_features(generated, reference), rough("CMMD", "94 to 99")]))
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
