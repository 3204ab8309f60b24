"""The pictures of one set among those of the other: who is nearest, who lies in whose ball, and sums over all pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.metrics.balls import BallsByK, Counter
from core.metrics.nearest_lists import Nearest
from core.metrics.ratios import Extreme, Least, Ratios, Realism, joined, least
from core.metrics.tile_sums import Sums, strips
from core.metrics.tiles import Double, Float, Indices, Side, Tick, each, pairs, places, squared, tile
from core.metrics.wide_kernel import beyond_cosine, inverse
from core.metrics.within import Within, below, inner, kernel_less_one


@dataclass(frozen=True)
class View:
    """One set as seen from the other. `squared` (N, 2) float64 and `index` (N, 2): its two nearest there, inf and -1
    where there are fewer; sums (N,) of Euclidean distances (`roots`), of (x.y/d + 1)^3 - 1 (`kernel`) and of
    `beyond_cosine` (`wide`)."""

    squared: Double
    index: Indices
    roots: Double
    kernel: Double
    wide: Double


@dataclass(frozen=True)
class Across:
    """`realism` by k; `cosine` (N,): cosine distance of every generated picture to the reference picture most like it;
    `opposed` (N,): least cosine of every generated picture; `kernel_squares`: sum of squares over all pairs."""

    generated: View
    reference: View
    realism: dict[int, Realism]
    cosine: Double
    opposed: Double
    kernel_squares: float


@dataclass(frozen=True)
class Seen:
    """What one tile shows: the least of every row, the pairs near enough to matter by row and by column (with their
    float32 and their decided distances), and sums of rows and of columns."""

    cosines: tuple[Indices, Float, Float]
    ratios: dict[int, Least]
    rows: tuple[Indices, Indices, Float, Double]
    columns: tuple[Indices, Indices, Float, Double]
    roots: Sums
    kernel: Sums
    wide: Sums


def across(
    x: Side, y: Side, own_x: Within, own_y: Within, ks: Sequence[int], tick: Tick, done: int, total: int
) -> tuple[Across, BallsByK, BallsByK]:
    """Everything about generated `x` among reference `y`, given each among its own; the balls of the reference and of
    the generated."""
    n, m, d = len(x.vectors), len(y.vectors), x.vectors.shape[1]
    near_x, near_y = Nearest(n, 2), Nearest(m, 2)
    balls_y, balls_x = Counter(y, own_y, x, ks), Counter(x, own_x, y, ks)
    ratios, alike = Ratios(x, y, own_y, ks), Extreme(n)
    floor = ratios.floor
    roots, kernel, wide = ((np.zeros(n), np.zeros(m)) for _ in range(3))
    scales, turned, opposed = inverse(x.lengths), -inverse(y.lengths), np.full(n, -np.inf, np.float32)

    def look(task: tuple[int, int]) -> Seen:
        a, b = task
        block = x.rows(a) @ y.rows(b).T
        cosines, inside = [], []
        root_sums, kernel_sums, wide_sums = (Sums.of(block) for _ in range(3))
        for rows in strips(block):
            raw = inner(block[rows], x, y, a, b, rows)
            along = raw * turned[tile(b)]
            cosines.append((*least(along, b), along.max(axis=1)))
            along *= scales[tile(a)][rows, None]
            wide_sums.add(rows, beyond_cosine(along), squares=False)
            kernel_sums.add(rows, kernel_less_one(raw, d))
            part = squared(block[rows], x.squares[tile(a)][rows], y.squares[tile(b)], floor)
            inside.append(ratios.look(part, b))
            root_sums.add(rows, np.sqrt(part), squares=False)
        i, j, near = below(block, np.maximum(near_x.limit(a, block), balls_x.limit(a, b, floor)), a, b)
        near_rows = i, j, near, balls_x.decided(i, j, near, floor)
        j, i, near = below(block.T, np.maximum(near_y.limit(b, block.T), balls_y.limit(b, a, floor)), b, a)
        near_columns = j, i, near, balls_y.decided(j, i, near, floor)
        seen = {k: joined([one[k] for one in inside]) for k in ks}
        return Seen(joined(cosines), seen, near_rows, near_columns, root_sums, kernel_sums, wide_sums)

    squares = 0.0
    tasks = pairs(places(n), places(m))
    for (a, b), seen in zip(tasks, each(look, tasks, tick, done, total), strict=True):
        columns, values, most = seen.cosines
        alike.add(a, columns, values)
        np.maximum(opposed[tile(a)], most, out=opposed[tile(a)])
        ratios.add(a, seen.ratios)
        for (centre, picture, near, distances), lists, balls, start in (
            (seen.rows, near_x, balls_x, (a, b)), (seen.columns, near_y, balls_y, (b, a)),
        ):  # fmt: skip
            lists.add(centre, picture, near)
            balls.add(centre, picture, distances, start)
        squares += seen.kernel.squares
        for totals, found in ((roots, seen.roots), (kernel, seen.kernel), (wide, seen.wide)):
            totals[0][tile(a)] += found.rows
            totals[1][tile(b)] += found.columns
    nearest_x, nearest_y = near_x.verified(x.vectors, y.vectors), near_y.verified(y.vectors, x.vectors)
    realism = {k: ratios.realism(k, nearest_x[1]) for k in ks}
    of_x, of_y = (View(*near, *sums) for near, *sums in zip((nearest_x, nearest_y), roots, kernel, wide, strict=True))
    cosine, least_cosine = _cosine(x, y, alike.index), -(opposed * scales).astype(np.float64)
    return Across(of_x, of_y, realism, cosine, least_cosine, squares), balls_y.found(), balls_x.found()


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
