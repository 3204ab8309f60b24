"""Squared distances straight from a product: lengths ride along as two more columns, so that nothing is left to be done
to a tile but to look at it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.metrics.result import Vectors
from core.metrics.tiles import GROUP, Float, Recent, Side, squared, tile


@dataclass(frozen=True)
class Folded:
    """A side whose shifted rows come as (x, 1, |x|^2) and, `turned`, as (-2 x, |x|^2, 1): the product of the one with
    the other is |x - y|^2 up to rounding, and slightly negative at worst. Tiles of a group are kept."""

    side: Side
    _rows: Recent = field(default_factory=lambda: Recent(3), init=False, repr=False, compare=False)
    _turned: Recent = field(default_factory=lambda: Recent(GROUP + 1), init=False, repr=False, compare=False)

    @property
    def vectors(self) -> Vectors:
        return self.side.vectors

    @property
    def places(self) -> range:
        return self.side.places

    def rows(self, start: int) -> Float:
        return self._rows.get(start, lambda: self._made(start, 1, slice(-1, -3, -1)))

    def turned(self, start: int) -> Float:
        return self._turned.get(start, lambda: self._made(start, -2, slice(-2, None)))

    def distances(self, others: Folded, a: int, b: int) -> Float:
        """Of the tile at a to that at b of the others."""
        return self.turned(a) @ others.rows(b).T

    def own_distances(self, a: int) -> Float:
        """Of the tile at a among itself, from half of the products; inf from a row to itself."""
        rows, squares = self.rows(a)[:, :-2], self.side.squares[tile(a)]
        block = squared(rows @ rows.T, squares, squares)
        np.fill_diagonal(block, np.inf)
        return block

    def _made(self, start: int, times: int, ends: slice) -> Float:
        vectors, squares = self.side.vectors[tile(start)], self.side.squares[tile(start)]
        out = np.empty((len(vectors), vectors.shape[1] + 2), np.float32)
        np.subtract(vectors, self.side.centre, out=out[:, :-2])
        if times != 1:
            out[:, :-2] *= times
        out[:, ends] = np.stack([squares, np.ones_like(squares)], axis=1)
        return out
