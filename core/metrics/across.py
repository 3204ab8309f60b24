"""The pictures of one set among those of the other: who is nearest, who lies in whose ball, and sums over all pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.nearest_lists import Nearest
from core.metrics.tiles import (
    MANY,
    NOISE,
    Double,
    Float,
    Indices,
    Side,
    Tick,
    each,
    exact,
    exact_of_copies,
    places,
    squared,
    tile,
)  # fmt: skip
from core.metrics.within import Within, below, column_sums, inner, kernel_less_one, row_sums

BEST = 1e6
"""Largest realism: what lies on the centre of a ball has no ratio."""


@dataclass(frozen=True)
class View:
    """One set as seen from the other. `squared` (N, 2) float64 and `index` (N, 2): its two nearest there, inf and -1
    where there are fewer; `roots` (N,): sums of Euclidean distances; `kernel` (N,): sums of (x.y/d + 1)^3 - 1."""

    squared: Double
    index: Indices
    roots: Double
    kernel: Double


@dataclass(frozen=True)
class Balls:
    """The k-nearest balls of one set (C of them) and the pictures of the other (N).

    `held` (C,): how many pictures lie strictly inside a ball. `closed`, `open` (N,): how many balls hold a picture with
    and without their edge; `smallest` (N,): the smallest squared radius among those of `closed`, inf without any.
    """

    held: Indices
    closed: Indices
    open: Indices
    smallest: Double


@dataclass(frozen=True)
class Across:
    """`reference_balls` and `generated_balls` by k; `realism` (N,) float64 by k; `cosine` (N,): cosine distance of
    every generated picture to the reference picture most like it."""

    generated: View
    reference: View
    reference_balls: dict[int, Balls]
    generated_balls: dict[int, Balls]
    realism: dict[int, Double]
    cosine: Double


class Counter:
    """Fills one `Balls` for each k in `ks`, from the pairs of ball and picture that are near enough to matter."""

    def __init__(self, centres: Side, within: Within, pictures: Side, ks: Sequence[int]) -> None:
        self.centres, self.pictures, self.ks = centres, pictures, ks
        self.radii = {k: within.radii(k) for k in ks}
        self.widest = np.max([self.radii[k] for k in ks], axis=0).astype(np.float32)
        c, n = len(centres.vectors), len(pictures.vectors)
        self.balls = {
            k: Balls(np.zeros(c, np.intp), np.zeros(n, np.intp), np.zeros(n, np.intp), np.full(n, np.inf)) for k in ks
        }

    def limit(self, centre: int, picture: int, floor: float) -> Float:
        """Below what a distance may lie inside a ball of the tile from `centre`, (TILE,) float32."""
        part = self.centres.squares[tile(centre)]
        noise = NOISE * (part + self.pictures.squares[tile(picture)].max())
        return np.asarray(self.widest[tile(centre)] + noise + 2 * floor, np.float32)

    def decided(self, centre: Indices, picture: Indices, near: Float, floor: float) -> Double:
        """The distances of pairs, exact where rounding might decide on which side of an edge they lie."""
        noise = NOISE * (self.centres.squares[centre] + self.pictures.squares[picture]) + 2 * floor
        doubt = np.any([np.abs(near - self.radii[k][centre]) <= noise for k in self.ks], axis=0)
        distances = near.astype(np.float64)
        look = exact if np.count_nonzero(doubt) < MANY else exact_of_copies
        distances[doubt] = look(self.centres.vectors, self.pictures.vectors, centre[doubt], picture[doubt])
        return distances

    def add(self, centre: Indices, picture: Indices, distances: Double) -> None:
        for k, balls in self.balls.items():
            radii = self.radii[k][centre]
            inside, closed = distances < radii, distances <= radii
            balls.held[:] += np.bincount(centre[inside], minlength=len(balls.held))
            balls.open[:] += np.bincount(picture[inside], minlength=len(balls.open))
            balls.closed[:] += np.bincount(picture[closed], minlength=len(balls.closed))
            np.minimum.at(balls.smallest, picture[closed], radii[closed])


class Extreme:
    """The column with the least value of every row so far, and that value."""

    def __init__(self, n: int) -> None:
        self.value: Float = np.full(n, np.inf, np.float32)
        self.index: Indices = np.zeros(n, np.intp)

    def add(self, start: int, columns: Indices, values: Float) -> None:
        part = slice(start, start + len(values))
        better = values < self.value[part]
        self.value[part][better] = values[better]
        self.index[part][better] = columns[better]


def least(block: Float, b: int) -> tuple[Indices, Float]:
    """Column (counted from b) and value of the least of every row of a tile."""
    columns = block.argmin(axis=1)
    return columns + b, block[np.arange(len(block)), columns]


@dataclass(frozen=True)
class Seen:
    """What one tile shows: the least of every row, the pairs near enough to matter by row and by column (with their
    float32 and their decided distances), and sums of rows and of columns."""

    cosines: tuple[Indices, Float]
    ratios: dict[int, tuple[Indices, Float]]
    rows: tuple[Indices, Indices, Float, Double]
    columns: tuple[Indices, Indices, Float, Double]
    roots: tuple[Double, Double]
    kernel: tuple[Double, Double]


def across(
    x: Side, y: Side, own_x: Within, own_y: Within, ks: Sequence[int], tick: Tick, done: int, total: int
) -> Across:
    """Everything about generated `x` among reference `y`, given each among its own."""
    n, m, d = len(x.vectors), len(y.vectors), x.vectors.shape[1]
    near_x, near_y = Nearest(n, 2), Nearest(m, 2)
    balls_y, balls_x = Counter(y, own_y, x, ks), Counter(x, own_x, y, ks)
    weights, floor = _weights(own_y, ks)
    alike, inside = Extreme(n), {k: Extreme(n) for k in ks}
    roots, kernel = (np.zeros(n), np.zeros(m)), (np.zeros(n), np.zeros(m))
    turned: Float = np.divide(-1, y.lengths, out=np.zeros_like(y.lengths), where=y.lengths > 0)

    def look(task: tuple[int, int]) -> Seen:
        a, b = task
        products = x.rows(a) @ y.rows(b).T
        raw = inner(products, x, y, a, b)
        cosines = least(raw * turned[tile(b)], b)
        cubes = kernel_less_one(raw, d)
        block = squared(products, x.squares[tile(a)], y.squares[tile(b)], floor)
        ratios = {k: least(block * weights[k][tile(b)], b) for k in ks}
        i, j, near = below(block, np.maximum(near_x.limit(a, block), balls_x.limit(a, b, floor)), a, b)
        rows = i, j, near, balls_x.decided(i, j, near, floor)
        j, i, near = below(block.T, np.maximum(near_y.limit(b, block.T), balls_y.limit(b, a, floor)), b, a)
        columns = j, i, near, balls_y.decided(j, i, near, floor)
        root = np.sqrt(block, out=block)
        sums = (row_sums(root), column_sums(root)), (row_sums(cubes), column_sums(cubes))
        return Seen(cosines, ratios, rows, columns, *sums)

    tasks = [(a, b) for a in places(n) for b in places(m)]
    for (a, b), seen in zip(tasks, each(look, tasks, tick, done, total), strict=True):
        alike.add(a, *seen.cosines)
        for k in ks:
            inside[k].add(a, *seen.ratios[k])
        for (centre, picture, near, distances), lists, balls in (
            (seen.rows, near_x, balls_x), (seen.columns, near_y, balls_y),
        ):  # fmt: skip
            lists.add(centre, picture, near)
            balls.add(centre, picture, distances)
        for totals, found in ((roots, seen.roots), (kernel, seen.kernel)):
            totals[0][tile(a)] += found[0]
            totals[1][tile(b)] += found[1]
    nearest_x, nearest_y = near_x.verified(x.vectors, y.vectors), near_y.verified(y.vectors, x.vectors)
    realism = {k: _realism(x, y, own_y.radii(k), [inside[k].index, *nearest_x[1].T]) for k in ks}
    return Across(
        View(*nearest_x, roots[0], kernel[0]), View(*nearest_y, roots[1], kernel[1]),
        balls_y.balls, balls_x.balls, realism, _cosine(x, y, alike.index),
    )  # fmt: skip


def _kept(radii: Double) -> NDArray[np.bool_]:
    """The half of the balls with the smaller radii: outliers' balls would rule (Kynkäänniemi et al. 2019)."""
    return radii <= np.median(radii)


def _weights(own: Within, ks: Sequence[int]) -> tuple[dict[int, Float], float]:
    """By k, what squared distances are multiplied by so that the least product is the largest ratio of radius to
    distance, for balls that are left out a number beyond all others; and the least distance for which that holds."""
    weights, unit = {}, float(np.median(own.radii(min(ks))))
    unit = unit if np.isfinite(unit) and unit > 0 else 1.0
    for k in ks:
        radii = own.radii(k)
        kept = _kept(radii) & (radii > 0) & np.isfinite(radii)
        weights[k] = np.where(kept, unit / np.where(kept, radii, 1), 1e30).astype(np.float32)
    return weights, unit * 1e-12


def _realism(x: Side, y: Side, radii: Double, candidates: Sequence[Indices]) -> Double:
    """Largest ratio of a kept ball's radius to the distance from its centre, (N,); candidates are checked exactly."""
    kept, rows = _kept(radii), np.arange(len(x.vectors))
    best = np.zeros(len(rows))
    for index in candidates:
        distance = exact(x.vectors, y.vectors, rows, index)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(distance == radii[index], 1.0, np.sqrt(radii[index] / distance))
        best = np.where(kept[index], np.maximum(best, ratio), best)
    return np.minimum(best, BEST)


def _cosine(x: Side, y: Side, index: Indices) -> Double:
    """Cosine distance of every row of x to row index of y; two rows without length are at 0, one of them at 1."""
    out = np.empty(len(index))
    for start in places(len(index)):
        part = tile(start)
        ends = [np.asarray(x.vectors[part], np.float64), np.asarray(y.vectors[index[part]], np.float64)]
        lengths = [np.linalg.norm(rows, axis=1, keepdims=True) for rows in ends]
        gap = np.subtract(*(rows / np.where(length > 0, length, 1) for rows, length in zip(ends, lengths, strict=True)))
        out[part] = np.einsum("ij,ij->i", gap, gap) / 2
        alone = (lengths[0] == 0) != (lengths[1] == 0)
        out[part][alone[:, 0]] = 1
    if (x.lengths == 0).any():
        out[x.lengths == 0] = 0.0 if (y.lengths == 0).any() else 1.0
    return out
