"""The cubic kernel over all pairs of two sets, without their neighbours: what KID needs when it is asked alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.metrics.result import Vectors
from core.metrics.tiles import Double, Side, Tick, each, halves, pairs, tile
from core.metrics.within import Sums, inner, kernel_less_one, strips


@dataclass(frozen=True)
class KernelSums:
    """Sums of (x.y/d + 1)^3 - 1: of every generated picture over the others (N,) and over the reference (N,), of every
    reference picture over the others (M,) and over the generated (M,); `squares`: of its squares over all pairs of two
    generated, two reference (both ways), and one of each."""

    generated: Double
    reference: Double
    generated_across: Double
    reference_across: Double
    squares: tuple[float, float, float]


def kernel_sums(generated: Vectors, reference: Vectors, tick: Tick) -> KernelSums:
    """Of (N, D) and (M, D) float32: the sums that the pass over neighbours gives, from the same products.
    `tick(done, total)` is called after every tile, and may raise."""
    x, y = Side.both(generated, reference)
    tasks = halves(x.places), halves(y.places), pairs(x.places, y.places)
    sizes = [len(part) for part in tasks]
    own_x, squares_x = _within(x, tasks[0], tick, 0, sum(sizes))
    own_y, squares_y = _within(y, tasks[1], tick, sizes[0], sum(sizes))
    rows, columns, squares = _across(x, y, tasks[2], tick, sizes[0] + sizes[1], sum(sizes))
    return KernelSums(own_x, own_y, rows, columns, (squares_x, squares_y, squares))


def _sums(x: Side, y: Side, task: tuple[int, int]) -> Sums:
    a, b = task
    block = x.rows(a) @ y.rows(b).T
    sums = Sums.of(block)
    for rows in strips(block):
        cubes = kernel_less_one(inner(block[rows], x, y, a, b, rows), x.vectors.shape[1])
        if x is y and a == b:
            np.fill_diagonal(cubes[:, rows], 0)
        sums.add(rows, cubes)
    return sums


def _within(side: Side, tasks: Sequence[tuple[int, int]], tick: Tick, done: int, total: int) -> tuple[Double, float]:
    kernel, squares = np.zeros(len(side.vectors)), 0.0
    for (a, b), sums in zip(tasks, each(partial(_sums, side, side), tasks, tick, done, total), strict=True):
        squares += sums.add_half(kernel, a, b)
    return kernel, squares


def _across(
    x: Side, y: Side, tasks: Sequence[tuple[int, int]], tick: Tick, done: int, total: int
) -> tuple[Double, Double, float]:
    rows, columns, squares = np.zeros(len(x.vectors)), np.zeros(len(y.vectors)), 0.0
    for (a, b), sums in zip(tasks, each(partial(_sums, x, y), tasks, tick, done, total), strict=True):
        rows[tile(a)] += sums.rows
        columns[tile(b)] += sums.columns
        squares += sums.squares
    return rows, columns, squares
