"""Single questions about the distances of two sets, block by block. What an evaluation asks together is answered by one
pass in `core.metrics.neighbourhoods`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.metrics.result import Vectors

BLOCK = 2048
Float = NDArray[np.float32]


def squared_distances(x: Vectors, y: Vectors) -> Iterator[tuple[int, Float]]:
    """Squared Euclidean distances of blocks of rows of x to all of y: (first row, (block, len(y)) float32)."""
    # A common shift leaves distances alone and keeps float32's cancellation small.
    centre = y.mean(axis=0)
    x, y = x - centre, y - centre
    y_norms = np.einsum("ij,ij->i", y, y)
    for start in range(0, len(x), BLOCK):
        part = x[start : start + BLOCK]
        block = part @ y.T
        block *= -2
        block += y_norms
        block += np.einsum("ij,ij->i", part, part)[:, None]
        yield start, np.maximum(block, 0, out=block)


def radii(vectors: Vectors, k: int) -> Float:
    """Squared distance of every row to its k-th nearest other row, (N,) float32."""
    out = np.empty(len(vectors), np.float32)
    for start, block in squared_distances(vectors, vectors):
        rows = np.arange(len(block))
        block[rows, start + rows] = np.inf  # a row is not its own neighbour, duplicates are
        out[start : start + len(block)] = np.partition(block, k - 1, axis=1)[:, k - 1]
    return out


def nearest(x: Vectors, y: Vectors) -> Float:
    """Euclidean distance of every row of x to its nearest row of y, (N,) float32.

    The expansion |x|^2 + |y|^2 - 2xy finds the row; its distance is then taken from the difference itself, so that
    an exact copy is at exactly 0.
    """
    out = np.empty(len(x), np.float32)
    for start, block in squared_distances(x, y):
        rows = slice(start, start + len(block))
        out[rows] = np.linalg.norm(x[rows] - y[block.argmin(axis=1)], axis=1)
    return out
