"""Mean and nearest distances between the generated and the reference vectors."""

from __future__ import annotations

import numpy as np

from core.errors import BadInput
from core.metrics.manifold import nearest, squared_distances
from core.metrics.result import Result, Vectors, checked, mean_result


def unit(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1, float32. Raises BadInput for a zero row: its direction does not exist."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if (lengths == 0).any():
        rows = np.flatnonzero(lengths == 0)
        raise BadInput(f"Picture {rows[0]} has an all-zero vector ({len(rows)} such): use Euclidean distance instead.")
    scaled: Vectors = (vectors / lengths).astype(np.float32)
    return scaled


def mean_euclidean(*, generated: Vectors, reference: Vectors) -> Result:
    """Mean Euclidean distance over all pairs."""
    checked("Mean Euclidean distance", 1, generated, reference)
    rows = [np.sqrt(block).mean(axis=1, dtype=np.float64) for _, block in squared_distances(generated, reference)]
    return mean_result(np.concatenate(rows))


def mean_cosine(*, generated: Vectors, reference: Vectors) -> Result:
    """Mean cosine distance (1 - cosine) over all pairs."""
    checked("Mean cosine distance", 1, generated, reference)
    return mean_result(1 - unit(generated) @ unit(reference).mean(axis=0, dtype=np.float64))


def nearest_euclidean(*, generated: Vectors, reference: Vectors) -> Result:
    """Mean Euclidean distance of a generated picture to its nearest reference picture."""
    checked("Nearest Euclidean distance", 1, generated, reference)
    return mean_result(nearest(generated, reference))


def nearest_cosine(*, generated: Vectors, reference: Vectors) -> Result:
    """Mean cosine distance of a generated picture to its nearest reference picture."""
    checked("Nearest cosine distance", 1, generated, reference)
    return mean_result(nearest(unit(generated), unit(reference)) ** 2 / 2)


def mean_score(*, generated: Vectors, reference: Vectors) -> Result:
    """Mean of one per-image score (N, 1) over the generated pictures; read it beside the same mean of the reference."""
    checked("A mean score", 1, generated, reference)
    return mean_result(generated[:, 0])
