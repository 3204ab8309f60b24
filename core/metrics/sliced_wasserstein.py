"""Sliced Wasserstein distance (Rabin et al. 2011; Bonneel et al. 2015): the mean of the 1-Wasserstein distances
between the two sets along random directions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.metrics.pairing import Pairing
from core.metrics.result import Z95, Result, Vectors, checked, rough
from core.metrics.tiles import each, untold

TOGETHER = 32
"""Directions at a time."""
Columns = NDArray[np.float64]


def _along(x: Vectors, y: Vectors) -> tuple[Columns, Columns, Columns]:
    """1-Wasserstein distance of row p of x (P, N) from row p of y (P, M): (P,); and what every value adds to it, (P, N)
    and (P, M), each with mean 0 along its row.

    The distance is the integral of |F - G|; a value at v moves it by the integral of sign(F - G) beyond v.
    """
    n, m = x.shape[1], y.shape[1]
    both = np.concatenate([x, y], axis=1)
    order = np.argsort(both, axis=1)  # no gap between equal values, so their order is of no consequence
    gaps = np.diff(np.take_along_axis(both, order, axis=1), axis=1).astype(np.float64)
    # F - G in whole numbers of 1 / nm, so that equal sets are equal.
    apart = np.cumsum(np.where(order < n, m, -n), axis=1)[:, :-1]
    distance = (np.abs(apart) * gaps).sum(axis=1) / (n * m)
    beyond = np.zeros(both.shape)
    beyond[:, :-1] = np.cumsum((np.sign(apart) * gaps)[:, ::-1], axis=1)[:, ::-1]
    moved = np.empty_like(beyond)
    np.put_along_axis(moved, order, beyond, axis=1)
    ours, theirs = moved[:, :n], moved[:, n:]
    return distance, ours - ours.mean(axis=1, keepdims=True), theirs.mean(axis=1, keepdims=True) - theirs


def sliced_wasserstein(
    *,
    generated: Vectors,
    reference: Vectors,
    projections: int = 1000,
    seed: int = 0,
    pairing: Pairing | None = None,
) -> Result:
    """Mean over `projections` directions, drawn from `seed`, of the distance of (N, D) from (M, D) float32 along them.

    The delta-method interval is over both sets, the directions taken as given. The distance of equal distributions is
    above 0 and falls with n, which the interval does not hold: read it beside its floor.
    """
    checked("Sliced Wasserstein distance", 2, generated, reference)
    drawn = np.random.default_rng(seed).standard_normal((generated.shape[1], projections))
    axes = (drawn / np.linalg.norm(drawn, axis=0)).astype(np.float32)
    centre = reference.mean(axis=0)  # a common shift leaves the distance alone and float32 more exact
    x, y = generated - centre, reference - centre
    total, ours, theirs = 0.0, np.zeros(len(x)), np.zeros(len(y))

    def some(start: int) -> tuple[float, Columns, Columns]:
        part = axes[:, start : start + TOGETHER]
        distance, by_x, by_y = _along((x @ part).T, (y @ part).T)
        return float(distance.sum()), by_x.sum(axis=0), by_y.sum(axis=0)

    starts = range(0, projections, TOGETHER)
    for distances, by_x, by_y in each(some, starts, pairing.tick if pairing else untold, 0, len(starts)):
        total += distances
        ours += by_x
        theirs += by_y
    value, ours, theirs = float(total / projections), ours / projections, theirs / projections
    error = float(np.sqrt(ours.var(ddof=1) / len(x) + theirs.var(ddof=1) / len(y)))
    return Result(
        value, max(0.0, value - Z95 * error), value + Z95 * error, error, {"projections": projections, "seed": seed},
        rough("the sliced Wasserstein distance", "93 to 99"), influence=ours, reference_influence=theirs,
    )  # fmt: skip
