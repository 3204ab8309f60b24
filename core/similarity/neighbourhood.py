"""The k nearest rows of a matrix for many rows at once, and how much nearer the nearest is than the others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.similarity.measure import Vectors
from core.similarity.nearest import Tick

VALUES = 16 << 20
"""Numbers in one block: 64 MB of float32."""
STRIP = 4 << 20
"""Numbers in one strip of differences."""


def nearest_several(
    x: Vectors, y: Vectors, k: int, tick: Tick | None = None
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The k rows of y (M, D) nearest to each row of x (N, D), nearest first: their places (N, k) and Euclidean
    distances (N, k). k is cut to M.

    Matrix products find them, differences in float64 give the distances, so a copy is at distance 0. Memory stays near
    200 MB beside one more y. Raises BadInput when y is empty.
    """
    if not len(y):
        raise BadInput("There is no other picture to be near to; use a set with more pictures.")
    k, centre = min(k, len(y)), y.mean(axis=0)
    shifted = y - centre
    norms = np.einsum("ij,ij->i", shifted, shifted)
    places, distances = np.empty((len(x), k), np.intp), np.empty((len(x), k), np.float32)
    step = max(1, VALUES // len(y))
    for start in range(0, len(x), step):
        rows = x[start : start + step]
        block = (rows - centre) @ shifted.T
        block *= -2
        block += norms
        near = np.argpartition(block, k - 1, axis=1)[:, :k] if k < len(y) else np.tile(np.arange(k), (len(rows), 1))
        part = slice(start, start + len(rows))
        places[part], distances[part] = _ordered(rows, y, np.sort(near, axis=1))
        if tick is not None:
            tick(start + len(rows), len(x))
    return places, distances


def _ordered(
    x: Vectors, y: Vectors, near: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:  # fmt: skip
    """The same places (n, k) by their true distances; equal ones in the order of y."""
    distances = np.empty(near.shape)
    step = max(1, STRIP // (near.shape[1] * x.shape[1]))
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        distances[part] = np.linalg.norm(x[part, None].astype(np.float64) - y[near[part]], axis=2)
    order = np.argsort(distances, axis=1, kind="stable")
    return np.take_along_axis(near, order, axis=1), np.take_along_axis(distances, order, axis=1)


def ratio(distances: NDArray[Any]) -> NDArray[np.float32]:
    """The calibrated distance of Carlini et al. 2023 (section 5.1) without its constant: the distance to the nearest
    over the mean distance to the k nearest, (N, k) ascending -> (N,) in [0, 1]. 0 is an exact copy; about 1 is no
    nearer to one picture than to its neighbourhood, which is also what k equal pictures give. The paper halves the
    mean, which changes no order."""
    mean = distances.mean(axis=1, dtype=np.float64)
    plain = np.ones(len(distances))
    found: NDArray[np.float32] = np.divide(distances[:, 0], mean, out=plain, where=mean > 0).astype(np.float32)
    return found
