"""Whether features have tails so heavy that a few pictures make most of an error."""

from __future__ import annotations

import numpy as np

from core.metrics.frechet import HEAVY
from core.metrics.result import Vectors, rough

ENOUGH = 5000
"""Rows that are looked at: tails that so many do not show make no error either."""


def tails(vectors: Vectors) -> float:
    """About 1 for normal features (N, D), more for heavier tails: the mean fourth power of the distance from the centre
    against a normal one's (Mardia 1970), whose spread over the directions is read off pairs of rows."""
    rows = vectors[:ENOUGH].astype(np.float64)
    rows = rows - rows.mean(axis=0)
    squares = np.einsum("ij,ij->i", rows, rows)
    half = len(rows) // 2
    across = np.einsum("ij,ij->i", rows[:half], rows[half : 2 * half])
    square = squares.mean() ** 2
    return float((squares**2).mean() / (square + 2 * (across**2).mean())) if square > 0 else 1.0


def warning(what: str, *sides: Vectors) -> str:
    """For a metric whose interval suffers a little under heavy tails, by the simulations of docs/study.md."""
    heavy = max(tails(side) for side in sides) > HEAVY
    return f"The features have heavy tails. {rough(what, 'about 90')}" if heavy else ""
