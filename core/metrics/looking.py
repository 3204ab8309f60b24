"""Which pictures of a large set an error is read off, and what it says of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.result import Vectors

PART, FARTHEST = 2048, 256
"""Pictures of a side that an error is read off where there are more: it errs by 2 to 3% itself then, by chance. Those
farthest from the mean are always among them: a handful of them can make most of it."""
BLOCK = 256
"""Rows at a time: their differences from the mean stay in the cache."""
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Looked:
    """Which of `n` pictures are looked at, and how many each stands for: `places` (K,) rising, `weights` (K,) with the
    sum n."""

    n: int
    places: NDArray[np.intp]
    weights: Array

    def mean(self, found: Array) -> float:
        """Over all n, by what was found (K,) at the places."""
        return float(self.weights @ found / self.n)

    def over_all(self, found: Array) -> Array:
        """(n,) with the spread that what was found (K,) has about its mean; 0 where nobody looked."""
        out = np.zeros(self.n)
        out[self.places] = np.sqrt(self.weights) * (found - self.mean(found))
        return out


def looked_at(vectors: Vectors, mean: Array) -> Looked:
    """All rows of (N, D), or PART of them: the FARTHEST from their `mean` (D,), each for itself, and others drawn at
    random, the same for every N, so that two sets of N pictures are looked at in the same places and their difference
    is told as well. Stratified sampling with one stratum taken whole (Cochran 1977, chapter 5)."""
    n = len(vectors)
    if n <= PART:
        return Looked(n, np.arange(n), np.ones(n))
    weights = np.zeros(n)
    lengths = squared_lengths(vectors, mean.astype(np.float32))
    weights[np.argpartition(lengths, n - FARTHEST)[n - FARTHEST :]] = 1
    order = np.random.default_rng(n).permutation(n)
    weights[order[weights[order] == 0][: PART - FARTHEST]] = (n - FARTHEST) / (PART - FARTHEST)
    places = np.flatnonzero(weights)
    return Looked(n, places, weights[places])


def squared_lengths(vectors: Vectors, mean: NDArray[np.floating]) -> Array:
    """Of the rows (N, D) less `mean` (D,), (N,)."""
    out = np.empty(len(vectors))
    for part, rows in centred(vectors, mean):
        out[part] = np.einsum("ij,ij->i", rows, rows)
    return out


def centred(vectors: Vectors, mean: NDArray[np.floating]) -> Iterator[tuple[slice, NDArray[np.floating]]]:
    """The rows (N, D) less `mean` (D,), some at a time, and where they are."""
    for start in range(0, len(vectors), BLOCK):
        part = slice(start, start + BLOCK)
        yield part, vectors[part] - mean
