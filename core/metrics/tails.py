"""Whether features have tails so heavy that a few pictures make most of an error."""

from __future__ import annotations

import numpy as np

from core.metrics.frechet import HEAVY
from core.metrics.result import Vectors, rough

ENOUGH = 5000
"""Rows that are looked at: tails that so many do not show make no error either."""
CHUNK = 250
"""Rows of each half at a time: what is made of them in float64 stays in the cache."""


def tails(vectors: Vectors) -> float:
    """About 1 for normal features (N, D), more for heavier tails: the mean fourth power of the distance from the centre
    against a normal one's (Mardia 1970), whose spread over the directions is read off pairs of rows."""
    rows = vectors[:ENOUGH]
    mean, half = rows.mean(axis=0, dtype=np.float64), len(rows) // 2
    squares, across = np.empty(len(rows)), np.empty(half)
    for start in range(0, half, CHUNK):
        first, second = slice(start, min(start + CHUNK, half)), slice(start + half, min(start + CHUNK, half) + half)
        x, y = rows[first] - mean, rows[second] - mean
        for of, a, b in ((squares[first], x, x), (squares[second], y, y), (across[first], x, y)):
            np.einsum("ij,ij->i", a, b, out=of)
    for i in range(2 * half, len(rows)):
        squares[i] = (rows[i] - mean) @ (rows[i] - mean)
    square = squares.mean() ** 2
    return float((squares**2).mean() / (square + 2 * (across**2).mean())) if square > 0 else 1.0


def warning(what: str, *sides: Vectors) -> str:
    """For a metric whose interval suffers a little under heavy tails, by the simulations of docs/study.md."""
    heavy = max(tails(side) for side in sides) > HEAVY
    return f"The features have heavy tails. {rough(what, 'about 90')}" if heavy else ""
