"""Realism (Kynkäänniemi et al. 2019, eq. 3) while tiles of distances go by: the largest ratio of a ball's radius to the
distance from its centre. The half of the balls with the largest radii is left out, or outliers rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.tiles import Double, Float, Indices, Side, exact, tile
from core.metrics.within import Within

BEST = 1e6
"""Largest realism: what lies on the centre of a ball has no ratio."""
Least = tuple[Indices, Float, Float]


@dataclass(frozen=True)
class Realism:
    """Of every picture (N,): the largest ratio, whose ball it is, and about the largest there would be without it."""

    best: Double
    centre: Indices
    second: Double


def least(block: Float, b: int) -> tuple[Indices, Float]:
    """Column (counted from b) and value of the least of every row of a strip."""
    columns = block.argmin(axis=1)
    return columns + b, block[np.arange(len(block)), columns]


def two_least(block: Float, b: int) -> Least:
    """The same and the value of the second, which costs the block its least values."""
    columns, values = least(block, b)
    block[np.arange(len(block)), columns - b] = np.inf
    return columns, values, block.min(axis=1)


def joined(parts: Sequence[tuple[NDArray[Any], ...]]) -> Any:
    """What strips of a tile gave, as what the tile gives."""
    return tuple(map(np.concatenate, zip(*parts, strict=True)))


class Extreme:
    """The column with the least value of every row so far, that value, and the least of another column."""

    def __init__(self, n: int) -> None:
        self.value: Float = np.full(n, np.inf, np.float32)
        self.second: Float = np.full(n, np.inf, np.float32)
        self.index: Indices = np.zeros(n, np.intp)

    def add(self, start: int, columns: Indices, values: Float, seconds: Float | None = None) -> None:
        value, second, index = (whole[tile(start)] for whole in (self.value, self.second, self.index))
        better = values < value
        if seconds is not None:
            np.minimum(np.minimum(second, seconds), np.maximum(value, values), out=second)
        value[better], index[better] = values[better], columns[better]


class Ratios:
    """Keeps the two largest ratios of every picture for each k."""

    def __init__(self, x: Side, y: Side, own: Within, ks: Sequence[int]) -> None:
        self.x, self.y, self.own = x, y, own
        self.found = {k: Extreme(len(x.vectors)) for k in ks}
        unit = float(np.median(own.radii(min(ks))))
        self.unit = unit if np.isfinite(unit) and unit > 0 else 1.0
        self.weights = {k: self._weights(k) for k in ks}

    @property
    def floor(self) -> float:
        """The least squared distance at which a ball that is left out cannot be taken for the best."""
        return self.unit * 1e-12

    def _kept(self, k: int) -> np.ndarray:
        radii = self.own.radii(k)
        return np.asarray(radii <= np.median(radii))

    def _weights(self, k: int) -> Float:
        """What squared distances are multiplied by, (M,), so that the least product is the largest ratio; for balls
        that are left out, a number beyond all others."""
        radii = self.own.radii(k)
        used = self._kept(k) & (radii > 0) & np.isfinite(radii)
        return np.where(used, self.unit / np.where(used, radii, 1), 1e30).astype(np.float32)

    def look(self, block: Float, b: int) -> dict[int, Least]:
        """The two least of every row of a strip whose columns start at b, by k."""
        with np.errstate(over="ignore"):  # beyond all numbers is beyond all others, too
            return {k: two_least(block * weights[tile(b)], b) for k, weights in self.weights.items()}

    def add(self, a: int, seen: dict[int, Least]) -> None:
        for k, found in seen.items():
            self.found[k].add(a, *found)

    def realism(self, k: int, nearest: Indices) -> Realism:
        """The largest ratios; they are checked exactly, and so are those to the `nearest` (N, ·), so that a copy is
        known as one."""
        kept, radii, rows = self._kept(k), self.own.radii(k), np.arange(len(self.x.vectors))
        centre = self.found[k].index.copy()
        best = np.full(len(rows), -1.0)
        for index in (self.found[k].index, *nearest.T):
            distance = exact(self.x.vectors, self.y.vectors, rows, index)
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(distance == radii[index], 1.0, np.sqrt(radii[index] / distance))
            better = kept[index] & (ratio > best)
            best[better], centre[better] = ratio[better], index[better]
        with np.errstate(divide="ignore"):
            second = np.sqrt(self.unit / self.found[k].second.astype(np.float64))
        best = np.clip(best, 0, BEST)
        return Realism(best, centre, np.minimum(second, best))
