"""Sums over all pairs of rows of what is made of their products, tile by tile, strip by strip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.metrics.tiles import Double, Float, Side, Tick, each, tile

STRIP = 64
"""Rows of a tile at a time: all that is made of them stays in the nearest cache. Columns of as many are summed in
float32 before float64 takes over."""

Of = Callable[[Float, int, int, slice], Float]
"""(products of some rows of the tile at a with all of that at b, a, b, which rows) -> what is made of every pair."""


@dataclass
class Sums:
    """Of a tile, gathered strip by strip: sums of its `rows` and `columns`, float64, and of all `squares`."""

    rows: Double
    columns: Double
    squares: float = 0.0

    @classmethod
    def of(cls, block: Float) -> Sums:
        return cls(np.empty(len(block)), np.zeros(block.shape[1]))

    def add(self, rows: slice, part: Float, squares: bool = True) -> None:
        self.rows[rows] = part.sum(axis=1)
        self.columns += part.sum(axis=0)
        if squares:
            flat = part.reshape(-1)
            with np.errstate(over="ignore"):  # squares of cubes of features in the hundreds: more than float32 holds
                found = float(flat @ flat)
            self.squares += found if np.isfinite(found) else float(np.square(flat, dtype=np.float64).sum())

    def add_half(self, totals: Double, a: int, b: int) -> float:
        """Adds the sums of a tile of one set with itself to those of its pictures (N,), both ways; gives the squares
        of both ways."""
        totals[tile(a)] += self.rows
        if a == b:
            return self.squares
        totals[tile(b)] += self.columns
        return 2 * self.squares


def strips(block: Float) -> list[slice]:
    """The rows of a tile, a few at a time."""
    return [slice(start, min(start + STRIP, len(block))) for start in range(0, len(block), STRIP)]


def sums_within(
    side: Side,
    of: Of,
    tasks: Sequence[tuple[int, int]],
    tick: Tick,
    done: int = 0,
    total: int = 0,
    *,
    squares: bool = True,
) -> tuple[Double, float]:
    """Of every row the sum of what `of` makes of its pairs with the other rows, (N,), and the sum of its squares over
    all pairs of two rows, both ways. `tasks`: the half of the tiles. `tick` counts them
    from `done` to `total`, or these alone."""
    totals, square = np.zeros(len(side.vectors)), 0.0
    look = partial(_of_tile, side, side, of, squares=squares)
    for (a, b), sums in zip(tasks, each(look, tasks, tick, done, total or len(tasks)), strict=True):
        square += sums.add_half(totals, a, b)
    return totals, square


def sums_across(
    x: Side, y: Side, of: Of, tasks: Sequence[tuple[int, int]], tick: Tick, done: int = 0, total: int = 0
) -> tuple[Double, Double, float]:
    """The same of every row of x over all rows of y, (N,), of every row of y over those of x, (M,), and the sum of the
    squares of all pairs. `tasks`: all tiles."""
    rows, columns, squares = np.zeros(len(x.vectors)), np.zeros(len(y.vectors)), 0.0
    look = partial(_of_tile, x, y, of)
    for (a, b), sums in zip(tasks, each(look, tasks, tick, done, total or len(tasks)), strict=True):
        rows[tile(a)] += sums.rows
        columns[tile(b)] += sums.columns
        squares += sums.squares
    return rows, columns, squares


def _of_tile(x: Side, y: Side, of: Of, task: tuple[int, int], *, squares: bool = True) -> Sums:
    """Of what `of` makes of the products of two tiles, strip by strip; from a row to itself it is nothing."""
    a, b = task
    block = x.rows(a) @ y.rows(b).T
    sums = Sums.of(block)
    for rows in strips(block):
        part = of(block[rows], a, b, rows)
        if x is y and a == b:
            np.fill_diagonal(part[:, rows], 0)
        sums.add(rows, part, squares)
    return sums
