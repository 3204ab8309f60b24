"""Mean and nearest distances between the generated and the reference vectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.metrics.manifold import nearest, squared_distances
from core.metrics.result import Result, Vectors, checked, mean_result


def directions(generated: Vectors, reference: Vectors) -> tuple[Vectors, Vectors, str]:
    """Both sets with rows of length 1, float32, and a warning about pictures without features.

    A blank picture, or what a collapsed generator makes, may have an all-zero vector, which has no direction. Such
    rows get one of their own, a column more: alike among themselves, at right angles to all others.
    """
    sets = (generated, reference)
    lengths = [np.linalg.norm(vectors, axis=1, keepdims=True) for vectors in sets]
    zeros = [(length == 0).astype(np.float32) for length in lengths]
    units = [
        (vectors / (length + zero)).astype(np.float32)
        for vectors, length, zero in zip(sets, lengths, zeros, strict=True)
    ]
    empty = [int(zero.sum()) for zero in zeros]
    if not any(empty):
        return units[0], units[1], ""
    x, y = (np.hstack([rows, zero]) for rows, zero in zip(units, zeros, strict=True))
    return x, y, (
        f"{empty[0]:,} generated and {empty[1]:,} reference pictures have all-zero features: alike among "
        "themselves, at cosine distance 1 from all others."
    )  # fmt: skip


def mean_euclidean(*, generated: Vectors, reference: Vectors) -> Result:
    """Mean Euclidean distance over all pairs."""
    checked("Mean Euclidean distance", 1, generated, reference)
    rows = [np.sqrt(block).mean(axis=1, dtype=np.float64) for _, block in squared_distances(generated, reference)]
    return mean_result(np.concatenate(rows))


def mean_cosine(*, generated: Vectors, reference: Vectors) -> Result:
    """Mean cosine distance (1 - cosine) over all pairs."""
    checked("Mean cosine distance", 1, generated, reference)
    x, y, warning = directions(generated, reference)
    return replace(mean_result(1 - x @ y.mean(axis=0, dtype=np.float64)), warning=warning)


def nearest_euclidean(*, generated: Vectors, reference: Vectors) -> Result:
    """Mean Euclidean distance of a generated picture to its nearest reference picture."""
    checked("Nearest Euclidean distance", 1, generated, reference)
    return mean_result(nearest(generated, reference))


def nearest_cosine(*, generated: Vectors, reference: Vectors) -> Result:
    """Mean cosine distance of a generated picture to its nearest reference picture."""
    checked("Nearest cosine distance", 1, generated, reference)
    x, y, warning = directions(generated, reference)
    return replace(mean_result(nearest(x, y) ** 2 / 2), warning=warning)


def mean_score(*, generated: Vectors, reference: Vectors) -> Result:
    """Mean of one per-image score (N, 1) over the generated pictures; read it beside the same mean of the reference."""
    checked("A mean score", 1, generated, reference)
    return mean_result(generated[:, 0])
