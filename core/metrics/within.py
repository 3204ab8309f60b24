"""Each picture of one set among the others: nearest neighbours and kernel sums, from half the products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.metrics.nearest_lists import Nearest
from core.metrics.tile_sums import Sums, strips, sums_within
from core.metrics.tiles import Double, Float, Indices, Side, Tick, each, halves, squared, tile, untold
from core.metrics.wide_kernel import beyond_cosine, inverse

Pairs = tuple[Indices, Indices, Float]


@dataclass(frozen=True)
class Within:
    """`squared` (N, K) float64, ascending, and `index` (N, K): the K nearest other rows of every row (its
    duplicates are others); inf and -1 where there are fewer."""

    squared: Double
    index: Indices

    def radii(self, k: int) -> Double:
        """Squared distance of every row to its k-th nearest other row, (N,)."""
        return self.squared[:, k - 1]


@dataclass(frozen=True)
class Own:
    """A set among itself: `near`; of every row over the other rows (N,) sums of (x.y/d + 1)^3 - 1 (`kernel`), of
    `beyond_cosine` (`wide`) and of distances (`roots`); `kernel_squares`: of squares over all pairs of two rows, both
    ways."""

    near: Within
    kernel: Double
    kernel_squares: float
    wide: Double
    roots: Double


def within(side: Side, k: int, tick: Tick, done: int, total: int) -> Own:
    """The `k` nearest of every row, and its sums. `tick` counts tiles from `done` to `total`."""
    n, d = side.vectors.shape
    lists, squares = Nearest(n, k), 0.0
    kernel, wide, roots = (np.zeros(n) for _ in range(3))
    # The diagonal first: what a row finds in its own tile keeps nearly everything of the others out of its list.
    tasks, scales = halves(side.places), inverse(side.lengths)

    def look(task: tuple[int, int]) -> tuple[list[Sums], list[Pairs]]:
        a, b = task
        block = side.rows(a) @ side.rows(b).T
        kernels, wides, distances = (Sums.of(block) for _ in range(3))
        for rows in strips(block):
            raw = inner(block[rows], side, side, a, b, rows)
            opposed = raw * -scales[tile(b)]
            opposed *= scales[tile(a)][rows, None]
            rest = beyond_cosine(opposed)
            cubes = kernel_less_one(raw, d)
            part = squared(block[rows], side.squares[tile(a)][rows], side.squares[tile(b)])
            far = np.sqrt(part)
            if a == b:
                for whole, own in ((cubes, 0), (rest, 0), (far, 0), (part, np.inf)):
                    np.fill_diagonal(whole[:, rows], own)
            kernels.add(rows, cubes)
            wides.add(rows, rest, squares=False)
            distances.add(rows, far, squares=False)
        return [kernels, wides, distances], candidates(lists, block, a, b)

    for (a, b), (sums, found) in zip(tasks, each(look, tasks, tick, done, total), strict=True):
        squares += sums[0].add_half(kernel, a, b)
        sums[1].add_half(wide, a, b)
        sums[2].add_half(roots, a, b)
        for one in found:
            lists.add(*one)
    return Own(Within(*lists.verified(side.vectors, side.vectors)), kernel, squares, wide, roots)


def roots_within(side: Side) -> Double:
    """The sums of distances alone, (N,), from the same products."""

    def far(products: Float, a: int, b: int, rows: slice) -> Float:
        part = squared(products, side.squares[tile(a)][rows], side.squares[tile(b)])
        return np.sqrt(part, out=part)

    return sums_within(side, far, halves(side.places), untold, squares=False)[0]


def candidates(lists: Nearest, block: Float, a: int, b: int) -> list[Pairs]:
    """What one tile of a set's distances to itself may add to the lists of its rows and of its columns."""
    found = [below(block, lists.limit(a, block), a, b)]
    if a != b:
        found.append(below(block.T, lists.limit(b, block.T), b, a))
    return found


def inner(products: Float, x: Side, y: Side, a: int, b: int, rows: slice) -> Float:
    """Inner products of rows as they are (some of the tile at a, with that at b), from those of the shifted rows."""
    raw = products + (y.along[tile(b)] + x.centre @ x.centre)
    raw += x.along[tile(a)][rows, None]
    return raw


def kernel_less_one(raw: Float, d: int) -> Float:
    """(x.y/d + 1)^3 - 1, in the place of the inner products: without the 1, which an MMD never sees, float32 keeps the
    digits of kernels near it."""
    raw *= np.float32(1 / d)
    cubes = raw + 3
    cubes *= raw
    cubes += 3
    cubes *= raw
    return cubes


def below(block: Float, limit: Float, a: int, b: int) -> Pairs:
    """Pairs of a block (rows from a, columns from b) whose value is below the limit of their row."""
    inside = block < limit[:, None]
    if not inside.flags.c_contiguous:  # a transposed block: look along its memory
        j, i = np.divmod(np.flatnonzero(inside.T), len(block))
    else:
        i, j = np.divmod(np.flatnonzero(inside), block.shape[1])
    return i + a, j + b, np.maximum(block[i, j], 0)
