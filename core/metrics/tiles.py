"""Matrix products tile by tile: how distances of large sets are looked at without ever holding them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.metrics.decompositions import one_thread_each
from core.metrics.result import Vectors

TILE = 768
"""Rows and columns at a time: 2.3 MB of float32, so that everything done to a tile finds it in the cache."""
GROUP, KEPT = 4, 8
"""Rows of tiles that go over the other set together, so that its shifted rows are made once for all of them; shifted
tiles of a set that are kept."""
NOISE = 1e-5
"""Bound of the rounding of |x|^2 + |y|^2 - 2 x.y in float32, relative to |x|^2 + |y|^2; measured are 3e-7."""
CHUNK, MANY = 128, 20_000
"""Pairs whose difference is taken at a time; pairs in doubt in one tile beyond which they are taken for copies."""

Float = NDArray[np.float32]
Double = NDArray[np.float64]
Indices = NDArray[np.intp]
Tick = Callable[[int, int], None]
T = TypeVar("T")


def untold(done: int, total: int) -> None:
    """Nobody is watching."""


class Recent:
    """What was made of the tiles asked for last, `most` of them. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: dict[int, Float] = {}

    def get(self, start: int, make: Callable[[], Float]) -> Float:
        found = self._found.get(start)
        if found is None:
            found = self._found[start] = make()
            for old in list(self._found)[: -self._most]:
                self._found.pop(old, None)  # another thread may have been quicker
        return found


@dataclass(frozen=True)
class Side:
    """One set, seen from a `centre` (D,) that both sets share: a common shift leaves distances alone and keeps
    float32's cancellation small. `squares` (N,) float32: squared lengths of the shifted rows."""

    vectors: Vectors
    centre: Float
    squares: Float
    kept: Recent = field(default_factory=lambda: Recent(KEPT), init=False, repr=False, compare=False)

    @classmethod
    def of(cls, vectors: Vectors, centre: Float) -> Side:
        side = cls(vectors, centre, np.empty(len(vectors), np.float32))
        for start in places(len(vectors)):
            rows = vectors[tile(start)] - centre
            side.squares[tile(start)] = np.einsum("ij,ij->i", rows, rows)
        return side

    @classmethod
    def both(cls, generated: Vectors, reference: Vectors) -> tuple[Side, Side]:
        """Two sets, from the mean of the reference."""
        centre = reference.mean(axis=0, dtype=np.float64).astype(np.float32)
        return cls.of(generated, centre), cls.of(reference, centre)

    @cached_property
    def along(self) -> Float:
        """Products of the shifted rows with the centre, (N,)."""
        return np.concatenate([self.rows(start) @ self.centre for start in self.places])

    @cached_property
    def lengths(self) -> Float:
        """Of the rows as they are, (N,)."""
        return np.concatenate([np.linalg.norm(self.vectors[tile(start)], axis=1) for start in self.places])

    @property
    def places(self) -> range:
        """First rows of its tiles."""
        return places(len(self.vectors))

    def rows(self, start: int) -> Float:
        """One tile's shifted rows; of many features, to shift them costs as much as all that is done with a tile."""
        return self.kept.get(start, lambda: np.asarray(self.vectors[tile(start)] - self.centre, np.float32))


def pairs(first: Sequence[int], second: Sequence[int]) -> list[tuple[int, int]]:
    """Every tile of the one set with every tile of the other, a group of the first at a time; those of one tile come in
    the order of the others."""
    groups = [first[i : i + GROUP] for i in range(0, len(first), GROUP)]
    return [(a, b) for group in groups for b in second for a in group]


def halves(starts: Sequence[int]) -> list[tuple[int, int]]:
    """Every two tiles of one set once, each with itself first."""
    return [(a, a) for a in starts] + [(a, b) for a, b in pairs(starts, starts) if a < b]


def places(n: int) -> range:
    """First rows of the tiles of n rows."""
    return range(0, n, TILE)


def tile(start: int) -> slice:
    """The rows of the tile that begins at `start`."""
    return slice(start, start + TILE)


def squared(products: Float, x_squares: Float, y_squares: Float, floor: float = 0) -> Float:
    """Squared distances up to rounding, at least `floor`, in the place of the products."""
    products *= -2
    products += y_squares
    products += x_squares[:, None]
    return np.maximum(products, np.float32(floor), out=products)


def each(work: Callable[[Any], T], tasks: Sequence[Any], tick: Tick, done: int, total: int) -> Iterator[T]:
    """`work` of every task, in the order of tasks, on as many threads as BLAS may use: tiles are small, so a thread
    a tile is better than many threads within one. What `tick` raises ends it."""
    if len(tasks) == 1:  # asking for the libraries takes longer than a small tile
        yield work(tasks[0])
        tick(done + 1, total)
        return
    with one_thread_each() as (pool, threads):
        waiting = [pool.submit(work, task) for task in tasks[: 2 * threads]]
        try:
            for position in range(len(tasks)):
                found = waiting.pop(0).result()
                if position + 2 * threads < len(tasks):
                    waiting.append(pool.submit(work, tasks[position + 2 * threads]))
                yield found
                tick(done + position + 1, total)
        finally:
            for future in waiting:
                future.cancel()


def exact(x: Vectors, y: Vectors, i: Indices, j: Indices) -> Double:
    """Squared distance of row i[p] of x to row j[p] of y, (P,) float64, from the differences themselves: a copy is at
    exactly 0, and a pair has one distance whichever way it is asked."""
    out = np.empty(len(i))
    for start in range(0, len(i), CHUNK):
        part = slice(start, start + CHUNK)
        gap = np.subtract(x[i[part]], y[j[part]], dtype=np.float64)
        out[part] = np.einsum("pd,pd->p", gap, gap)
    return out


def exact_of_copies(x: Vectors, y: Vectors, i: Indices, j: Indices) -> Double:
    """The same for pairs so many that most must be copies of one another: each different pair once."""
    rows, row_of = _different(x, i)
    columns, column_of = _different(y, j)
    codes, back = np.unique(row_of * len(columns) + column_of, return_inverse=True)
    return exact(rows, columns, codes // len(columns), codes % len(columns))[back]


def _different(vectors: Vectors, index: Indices) -> tuple[Vectors, Indices]:
    """The different ones of some rows, and which of them each index is."""
    asked, back = np.unique(index, return_inverse=True)
    rows, row_of = np.unique(vectors[asked], axis=0, return_inverse=True)
    return rows, row_of.reshape(-1)[back]
