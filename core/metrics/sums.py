"""Sums over all pairs of rows of a function of their product, tile by tile: each pair is looked at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.metrics.result import Vectors
from core.metrics.tiles import Double, Float, Tick, each, places, tile

Of = Callable[[Float, slice, slice], Float]
"""(products of rows i with rows j (a, b), i, j) -> the value of every pair (a, b); may write into the products."""


def sums_within(x: Vectors, of: Of, tick: Tick) -> Double:
    """For every row of x (N, D) the sum of `of` over all other rows, (N,) float64; `of` is symmetric."""
    out = np.zeros(len(x))
    tasks = [(a, b) for a in places(len(x)) for b in places(len(x)) if b >= a]

    def look(task: tuple[int, int]) -> tuple[Double, Double]:
        i, j = (tile(start) for start in task)
        values = of(x[i] @ x[j].T, i, j)
        if i == j:
            np.fill_diagonal(values, 0)
        return values.sum(axis=1, dtype=np.float64), values.sum(axis=0, dtype=np.float64)

    for (a, b), (rows, columns) in zip(tasks, each(look, tasks, tick, 0, len(tasks)), strict=True):
        out[tile(a)] += rows
        if a != b:
            out[tile(b)] += columns
    return out


def sums_between(x: Vectors, y: Vectors, of: Of, tick: Tick) -> tuple[Double, Double]:
    """For every row of x (N, D) the sum of `of` over all rows of y (M, D), (N,), and the same for every row of y."""
    rows, columns = np.zeros(len(x)), np.zeros(len(y))
    tasks = [(a, b) for a in places(len(x)) for b in places(len(y))]

    def look(task: tuple[int, int]) -> tuple[Double, Double]:
        i, j = (tile(start) for start in task)
        values = of(x[i] @ y[j].T, i, j)
        return values.sum(axis=1, dtype=np.float64), values.sum(axis=0, dtype=np.float64)

    for (a, b), (over_y, over_x) in zip(tasks, each(look, tasks, tick, 0, len(tasks)), strict=True):
        rows[tile(a)] += over_y
        columns[tile(b)] += over_x
    return rows, columns
