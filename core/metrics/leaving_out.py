"""What leaving one picture out would do to metrics that count balls: so their errors know of the chance of both sides.

A picture leaves with its own ball, and every ball that had it among its k grows to its next neighbour. What that does
to a count is known exactly for each picture (jackknife); but a count over N other pictures is itself left to chance,
which would be taken for an effect. Given the balls the N pictures are independent, so that part is known too, and is
taken off: sum of squares less sum of single squares, as for a factorial moment. Where several pictures share an effect,
each is charged the whole of it (Efron & Stein 1981): `union` and DENSITY take off what simulation found to be too much.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from core.metrics.balls import Balls
from core.metrics.ratios import Realism
from core.metrics.tiles import Double, Indices
from core.metrics.within import Within

DENSITY = 0.8
"""Share of the squared effects on a mean count that is variance: .5 to 1.05 in the simulations of docs/numbers.md."""


def _losses(balls: Balls, own: Within, k: int, *, edge: bool) -> Any:
    """(pictures, centres) sparse: how many balls fewer hold a picture without a centre; with or without edge."""
    from scipy import sparse

    near, m = balls.near, len(own.squared)
    shape = len(balls.closed), m
    radii, next_radii = own.radii(k)[near.centre], own.radii(k + 1)[near.centre]
    inside = near.distance <= radii if edge else near.distance < radii
    grown = ~inside & (near.distance <= next_radii if edge else near.distance < next_radii)
    ones = np.ones(len(inside), np.float32)

    def pairs(chosen: Any) -> Any:
        return sparse.csr_array((ones[chosen], (near.picture[chosen], near.centre[chosen])), shape)

    among = sparse.csr_array(
        (np.ones(m * k, np.float32), (np.repeat(np.arange(m), k), own.index[:, :k].ravel())), (m, m)
    )
    return (pairs(inside) - pairs(grown) @ among).tocoo()


def _influence(effects: Double, noise: float, share: float, n: int) -> Double:
    """Influences (M,) with mean 0 of M pictures whose leaving changes a mean over n by `effects` (M,) / n, less the
    part of their squares that is chance; `share`: how much of the rest is variance."""
    centred = effects - effects.mean()
    raw = float((centred**2).sum())
    if raw == 0:
        return np.asarray(centred)
    scale = np.sqrt(share * max(0.0, raw - noise) / raw)
    return np.asarray(scale * len(effects) / n * centred)


def union(balls: Balls, own: Within, k: int) -> Double:
    """Influence of each centre (M,) on the share of pictures that any ball holds."""
    sums, noise = union_effects(balls, own, k)
    covered = float((balls.closed > 0).mean())
    shared = float(np.sqrt(covered / -np.log1p(-covered))) if 0 < covered < 1 else 1.0
    return _influence(sums, noise, shared, -(-len(balls.closed) // balls.near.stride))


def union_effects(balls: Balls, own: Within, k: int) -> tuple[Double, float]:
    """How many pictures (of every stride-th) fewer lie in any ball without a centre, (M,), and how many times a single
    picture came or went."""
    losses = _losses(balls, own, k, edge=True)
    count = balls.closed[losses.row]
    effects = np.where(count > 0, losses.data >= count, -1.0 * (losses.data < 0))
    sums = np.bincount(losses.col, effects, minlength=len(own.squared)).astype(np.float64)
    return sums, float((effects**2).sum())


def mean_count(balls: Balls, own: Within, k: int) -> Double:
    """Influence of each centre (M,) on the mean number of balls that hold a picture, over k."""
    losses = _losses(balls, own, k, edge=False)
    sums = np.bincount(losses.col, losses.data, minlength=len(own.squared)) / k
    noise = float((losses.data.astype(np.float64) ** 2).sum()) / k**2
    return _influence(sums, noise, DENSITY, -(-len(balls.open) // balls.near.stride))


def mean_ratio(realism: Realism, own: Within, k: int) -> Double:
    """Influence of each centre (M,) on the mean realism: without its ball pictures fall to their second best ratio, and
    balls that had it among their k grow."""
    n, m = len(realism.best), len(own.squared)
    lost = realism.best - realism.second
    radii, next_radii = own.radii(k), own.radii(k + 1)
    usable = (radii > 0) & np.isfinite(next_radii)
    growth = np.sqrt(np.where(usable, next_radii, 1) / np.where(usable, radii, 1)) - 1
    gained = realism.best * growth[realism.centre]
    by_ball = np.bincount(realism.centre, gained, minlength=m)
    effects = np.bincount(realism.centre, lost, minlength=m).astype(np.float64)
    effects -= np.bincount(own.index[:, :k].ravel(), by_ball.repeat(k), minlength=m)
    return _influence(effects, float(lost @ lost + k * (gained @ gained)), 1.0, n)


def mean_nearest(first: Double, second: Double, index: Indices, m: int) -> Double:
    """Influence of each of m centres on the mean distance to the nearest: without it, pictures fall to the second."""
    lost = np.where(np.isfinite(second), first - second, 0.0)
    return _influence(np.bincount(index, lost, minlength=m).astype(np.float64), float(lost @ lost), 1.0, len(first))


def by_owner(terms: Double, owner: Indices, m: int) -> Double:
    """Influences (M,) of the pictures that decide the terms (N,) of a mean, each its own `owner` (N,): terms of one
    owner rise and fall together (Liang & Zeger 1986); their own chance is taken off."""
    centred = terms - terms.mean()
    effects = np.bincount(owner, centred, minlength=m).astype(np.float64)
    return _influence(effects, float(centred @ centred), 1.0, len(terms))


def held(balls: Balls, own: Within, k: int) -> tuple[Double, Double]:
    """Influences of the pictures (N,) and of the centres (M,) on the share of balls that hold a picture."""
    some, m = balls.held > 0, len(balls.held)
    alone = np.bincount(balls.sole[balls.held == 1], minlength=len(balls.open)).astype(np.float64)
    pictures = _influence(alone, float(alone.sum()), 1.0, m)
    gained = np.bincount(own.index[balls.reached, :k].ravel(), minlength=m).astype(np.float64)
    direct, gain = some - some.mean(), gained - gained.mean()
    return pictures, direct - _damping(direct, gain, float(gained.sum())) * gain


def _damping(direct: Double, gain: Double, noise: float) -> float:
    """s with |direct - s gain|^2 = |direct|^2 + |gain|^2 - noise: the chance in the gains comes off."""
    square, cross = float(gain @ gain), -float(direct @ gain)
    if square == 0:
        return 0.0
    root = np.sqrt(max(0.0, cross**2 + square * max(0.0, square - noise)))
    return float((root - cross) / square)
