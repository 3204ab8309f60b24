"""Each picture of one set among the others: nearest neighbours and kernel sums, from half the products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.metrics.nearest_lists import Nearest
from core.metrics.tiles import Double, Float, Indices, Side, Tick, each, places, squared, tile

STRIP = 32
"""Rows summed in float32 before float64 takes over."""
Pairs = tuple[Indices, Indices, Float]


@dataclass(frozen=True)
class Within:
    """`squared` (N, K) float64, ascending, and `index` (N, K): the K nearest other rows of every row (its
    duplicates are others); inf and -1 where there are fewer. `kernel` (N,): sums of (x.y/d + 1)^3 - 1 over the
    other rows; `kernel_squares`: sum of their squares over all pairs of two rows, both ways."""

    squared: Double
    index: Indices
    kernel: Double
    kernel_squares: float

    def radii(self, k: int) -> Double:
        """Squared distance of every row to its k-th nearest other row, (N,)."""
        return self.squared[:, k - 1]


def within(side: Side, k: int, tick: Tick, done: int, total: int) -> Within:
    """The `k` nearest and the kernel sums of every row. `tick` counts tiles from `done` to `total`."""
    n = len(side.vectors)
    lists, kernel, squares = Nearest(n, k), np.zeros(n), 0.0
    starts = places(n)
    # The diagonal first: what a row finds in its own tile keeps nearly everything of the others out of its list.
    tasks = [(a, a) for a in starts] + [(a, b) for a in starts for b in starts if a < b]

    def look(task: tuple[int, int]) -> tuple[Double, Double, float, list[Pairs]]:
        a, b = task
        products = side.rows(a) @ side.rows(b).T
        cubes = kernel_less_one(inner(products, side, side, a, b), side.vectors.shape[1])
        block = squared(products, side.squares[tile(a)], side.squares[tile(b)])
        if a == b:
            np.fill_diagonal(cubes, 0)
            np.fill_diagonal(block, np.inf)
        found = [below(block, lists.limit(a, block), a, b)]
        if a != b:
            j, i, near = below(block.T, lists.limit(b, block.T), b, a)
            found.append((j, i, near))
        return row_sums(cubes), column_sums(cubes), sum_of_squares(cubes), found

    for (a, b), (rows, columns, square, found) in zip(tasks, each(look, tasks, tick, done, total), strict=True):
        kernel[tile(a)] += rows
        squares += square if a == b else 2 * square
        if a != b:
            kernel[tile(b)] += columns
        for pairs in found:
            lists.add(*pairs)
    return Within(*lists.verified(side.vectors, side.vectors), kernel, squares)


def inner(products: Float, x: Side, y: Side, a: int, b: int) -> Float:
    """Inner products of the rows as they are, from those of the shifted rows."""
    raw = products + (y.along[tile(b)] + x.centre @ x.centre)
    raw += x.along[tile(a), None]
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


def row_sums(block: Float) -> Double:
    return np.asarray(block.sum(axis=1), np.float64)


def column_sums(block: Float) -> Double:
    even = len(block) // STRIP * STRIP
    strips = block[:even].reshape(-1, STRIP, block.shape[1]).sum(axis=1)
    return np.asarray(strips.sum(axis=0, dtype=np.float64) + block[even:].sum(axis=0, dtype=np.float64))


def sum_of_squares(block: Float) -> float:
    flat = block.reshape(-1)
    return float(flat @ flat)


def below(block: Float, limit: Float, a: int, b: int) -> Pairs:
    """Pairs of a block (rows from a, columns from b) whose value is below the limit of their row."""
    inside = block < limit[:, None]
    if not inside.flags.c_contiguous:  # a transposed block: look along its memory
        j, i = np.divmod(np.flatnonzero(inside.T), len(block))
    else:
        i, j = np.divmod(np.flatnonzero(inside), block.shape[1])
    return i + a, j + b, block[i, j]
