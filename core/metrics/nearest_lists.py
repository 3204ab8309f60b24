"""The few nearest of every row, kept while tiles of distances go by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.metrics.result import Vectors
from core.metrics.tiles import Double, Float, Indices, each, exact, places, tile, untold

SPARE = 2
"""Candidates kept beyond those asked for, so that near ties are decided by exact differences."""


class Nearest:
    """The `k` nearest of each of `n` rows: candidates by float32 products, the order by float64 differences."""

    def __init__(self, n: int, k: int) -> None:
        self.k = k
        self.squared: Float = np.full((n, k + SPARE), np.inf, np.float32)
        self.index: NDArray[np.int32] = np.full((n, k + SPARE), -1, np.int32)

    def limit(self, start: int, block: Float) -> Float:
        """What a distance in this block (rows from `start`) must be below to be worth adding, (rows,) float32."""
        limit = self.squared[start : start + len(block), -1]
        keep = self.squared.shape[1]
        if np.isfinite(limit).all() or block.shape[1] <= keep:
            return limit
        # The first tile of a row tells more than nothing; from then on hardly anything gets through.
        first = np.partition(block, keep - 1, axis=1)[:, keep - 1]
        return np.minimum(limit, np.nextafter(first, np.float32(np.inf)))

    def add(self, rows: Indices, columns: Indices, squared: Float) -> None:
        """Candidates: row, column and squared distance of each pair."""
        better = squared < self.squared[rows, -1]
        rows, columns, squared = rows[better], columns[better], squared[better]
        if not len(rows):
            return
        order = np.lexsort((columns, squared, rows))
        rows, columns, squared = rows[order], columns[order], squared[order]
        touched, first, place = np.unique(rows, return_index=True, return_inverse=True)
        rank = np.arange(len(rows)) - first[place]
        keep = self.squared.shape[1]
        best = rank < keep
        width = keep + int(rank[best].max()) + 1  # after the first tiles hardly more than one is new
        values = np.full((len(touched), width), np.inf, np.float32)
        where = np.full((len(touched), width), -1, np.int32)
        values[:, :keep], where[:, :keep] = self.squared[touched], self.index[touched]
        values[place[best], keep + rank[best]] = squared[best]
        where[place[best], keep + rank[best]] = columns[best]
        chosen = np.argsort(values, axis=1, kind="stable")[:, :keep]
        self.squared[touched] = np.take_along_axis(values, chosen, axis=1)
        self.index[touched] = np.take_along_axis(where, chosen, axis=1)

    def verified(self, x: Vectors, y: Vectors) -> tuple[Double, Indices]:
        """Exact squared distances (n, k) float64, ascending, and whose they are, (n, k); inf and -1 where there are
        fewer than k."""

        def look(start: int) -> Double:
            index = self.index[tile(start)]
            row, place = np.nonzero(index >= 0)
            found = np.full(index.shape, np.inf)
            found[row, place] = exact(x, y, row + start, index[row, place].astype(np.intp))
            return found

        starts = places(len(self.index))
        values = np.concatenate(list(each(look, starts, untold, 0, len(starts))))
        order = np.lexsort((self.index, values))[:, : self.k]
        return np.take_along_axis(values, order, axis=1), np.take_along_axis(self.index, order, axis=1).astype(np.intp)
