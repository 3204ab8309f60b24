"""The pictures of one set among those of the other: who is nearest, who lies in whose ball, and sums over all pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.metrics.balls import Balls, Counter
from core.metrics.nearest_lists import Nearest
from core.metrics.ratios import Extreme, Least, Ratios, Realism, least
from core.metrics.tiles import Double, Float, Indices, Side, Tick, each, places, squared, tile
from core.metrics.within import Within, below, column_sums, inner, kernel_less_one, row_sums, sum_of_squares


@dataclass(frozen=True)
class View:
    """One set as seen from the other. `squared` (N, 2) float64 and `index` (N, 2): its two nearest there, inf and -1
    where there are fewer; `roots` (N,): sums of Euclidean distances; `kernel` (N,): sums of (x.y/d + 1)^3 - 1."""

    squared: Double
    index: Indices
    roots: Double
    kernel: Double


@dataclass(frozen=True)
class Across:
    """`reference_balls` and `generated_balls` by k; `realism` by k; `cosine` (N,): cosine distance of
    every generated picture to the reference picture most like it; `kernel_squares`: sum of squares over all pairs."""

    generated: View
    reference: View
    reference_balls: dict[int, Balls]
    generated_balls: dict[int, Balls]
    realism: dict[int, Realism]
    cosine: Double
    kernel_squares: float


@dataclass(frozen=True)
class Seen:
    """What one tile shows: the least of every row, the pairs near enough to matter by row and by column (with their
    float32 and their decided distances), and sums of rows and of columns."""

    cosines: tuple[Indices, Float]
    ratios: dict[int, Least]
    rows: tuple[Indices, Indices, Float, Double]
    columns: tuple[Indices, Indices, Float, Double]
    roots: tuple[Double, Double]
    kernel: tuple[Double, Double]
    kernel_squares: float


def across(
    x: Side, y: Side, own_x: Within, own_y: Within, ks: Sequence[int], tick: Tick, done: int, total: int
) -> Across:
    """Everything about generated `x` among reference `y`, given each among its own."""
    n, m, d = len(x.vectors), len(y.vectors), x.vectors.shape[1]
    near_x, near_y = Nearest(n, 2), Nearest(m, 2)
    balls_y, balls_x = Counter(y, own_y, x, ks), Counter(x, own_x, y, ks)
    ratios, alike = Ratios(x, y, own_y, ks), Extreme(n)
    floor = ratios.floor
    roots, kernel = (np.zeros(n), np.zeros(m)), (np.zeros(n), np.zeros(m))
    turned: Float = np.divide(-1, y.lengths, out=np.zeros_like(y.lengths), where=y.lengths > 0)

    def look(task: tuple[int, int]) -> Seen:
        a, b = task
        products = x.rows(a) @ y.rows(b).T
        raw = inner(products, x, y, a, b)
        cosines = least(raw * turned[tile(b)], b)
        cubes = kernel_less_one(raw, d)
        block = squared(products, x.squares[tile(a)], y.squares[tile(b)], floor)
        inside = ratios.look(block, b)
        i, j, near = below(block, np.maximum(near_x.limit(a, block), balls_x.limit(a, b, floor)), a, b)
        rows = i, j, near, balls_x.decided(i, j, near, floor)
        j, i, near = below(block.T, np.maximum(near_y.limit(b, block.T), balls_y.limit(b, a, floor)), b, a)
        columns = j, i, near, balls_y.decided(j, i, near, floor)
        root = np.sqrt(block, out=block)
        sums = (row_sums(root), column_sums(root)), (row_sums(cubes), column_sums(cubes)), sum_of_squares(cubes)
        return Seen(cosines, inside, rows, columns, *sums)

    squares = 0.0
    tasks = [(a, b) for a in places(n) for b in places(m)]
    for (a, b), seen in zip(tasks, each(look, tasks, tick, done, total), strict=True):
        alike.add(a, *seen.cosines)
        ratios.add(a, seen.ratios)
        for (centre, picture, near, distances), lists, balls, start in (
            (seen.rows, near_x, balls_x, (a, b)), (seen.columns, near_y, balls_y, (b, a)),
        ):  # fmt: skip
            lists.add(centre, picture, near)
            balls.add(centre, picture, distances, start)
        squares += seen.kernel_squares
        for totals, found in ((roots, seen.roots), (kernel, seen.kernel)):
            totals[0][tile(a)] += found[0]
            totals[1][tile(b)] += found[1]
    nearest_x, nearest_y = near_x.verified(x.vectors, y.vectors), near_y.verified(y.vectors, x.vectors)
    realism = {k: ratios.realism(k, nearest_x[1]) for k in ks}
    return Across(
        View(*nearest_x, roots[0], kernel[0]), View(*nearest_y, roots[1], kernel[1]),
        balls_y.found(), balls_x.found(), realism, _cosine(x, y, alike.index), squares,
    )  # fmt: skip


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
