"""Moments of many runs of one order of vectors, by one pass over all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.metrics.moments import Matrix, Moments, common, completed, different_rows, fit_for, products, triangle
from core.metrics.result import Vectors
from core.metrics.tiles import each, untold

AT_ONCE = 512 * 2**20
"""Bytes of covariances that are added up together; more dimensions than 2,048 take more than one pass."""
Places = NDArray[np.intp]


def moments_of_runs(vectors: Vectors, order: Places, runs: Sequence[Places]) -> Iterator[Moments]:
    """Of the rows `order[run]` of (N, D) float32 for every run, places one after another of the order, and from its end
    on to its start.

    Runs share most of their rows. Of the rows between two ends of any runs the products are taken once; what stands
    before the end of a run, less what stands before its start, is the run's own. All of that is in float64, where
    nothing of the products is lost again.
    """
    group = max(1, AT_ONCE // (8 * vectors.shape[1] ** 2))
    for first in range(0, len(runs), group):
        yield from _together(vectors, order, runs[first : first + group])


def _together(vectors: Vectors, order: Places, runs: Sequence[Places]) -> list[Moments]:
    n, d = vectors.shape
    shift, dtype = common(vectors), fit_for(min(different_rows(vectors), *map(len, runs)), d)
    signs = [_signs(run, n) for run in runs]
    between = list(pairwise(sorted({0, *(place for own in signs for place in own)})))

    def part(ends: tuple[int, int]) -> tuple[Matrix, Matrix]:
        rows = vectors[order[slice(*ends)]]
        return products(rows, shift, dtype, 0, len(rows))

    before = np.zeros(d), np.zeros((d, d))
    found = [(np.zeros(d), np.zeros((d, d))) for _ in runs]
    for (_, end), own in zip(between, each(part, between, untold, 0, len(between)), strict=True):
        _add(before, own, 1)
        for sums, places in zip(found, signs, strict=True):
            if end in places:
                _add(sums, before, places[end])
    return [completed(len(run), shift, *sums) for run, sums in zip(runs, found, strict=True)]


def _signs(run: Places, n: int) -> dict[int, int]:
    """Of what stands before which places of the order the run is the sum, and with which sign."""
    start, end = int(run[0]), int(run[0]) + len(run)
    signs = Counter({end: 1} if end <= n else {n: 1, end - n: 1})
    signs[start] -= 1
    return {place: sign for place, sign in signs.items() if place and sign}


def _add(to: tuple[Matrix, Matrix], sums: tuple[Matrix, Matrix], sign: int) -> None:
    change = np.add if sign > 0 else np.subtract
    change(to[0], sums[0], out=to[0])
    for rows, columns in triangle(0, len(to[0])):
        block = to[1][rows, columns]
        change(block, sums[1][rows, columns], out=block)
