"""Nearest-neighbour metrics: precision and recall (Kynkäänniemi et al. 2019), density and coverage
(Naeem et al. 2020), and per-image realism. Block by block: memory stays at a few blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.metrics.result import Z95, Result, Vectors, checked, mean_result

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


def precision(*, generated: Vectors, reference: Vectors, k: int = 3) -> Result:
    """Share of generated pictures inside any k-nearest ball of the reference."""
    checked("Precision", k + 1, generated, reference)
    ball = radii(reference, k)
    inside = [(block <= ball).any(axis=1) for _, block in squared_distances(generated, reference)]
    return _share(np.concatenate(inside), k)


def recall(*, generated: Vectors, reference: Vectors, k: int = 3) -> Result:
    """Share of reference pictures inside any k-nearest ball of the generated. The interval is over the reference
    pictures; the balls are taken as given."""
    checked("Recall", k + 1, generated, reference)
    ball = radii(generated, k)
    inside = [(block <= ball).any(axis=1) for _, block in squared_distances(reference, generated)]
    return _over_reference(_share(np.concatenate(inside), k))


def density(*, generated: Vectors, reference: Vectors, k: int = 5) -> Result:
    """Mean number of reference balls that hold a generated picture, over k; 1 for equal distributions."""
    checked("Density", k + 1, generated, reference)
    ball = radii(reference, k)
    counts = [(block < ball).sum(axis=1) / k for _, block in squared_distances(generated, reference)]
    return mean_result(np.concatenate(counts), k=k)


def coverage(*, generated: Vectors, reference: Vectors, k: int = 5) -> Result:
    """Share of reference balls that hold a generated picture; 1 - 2^-k for equal distributions of equal size."""
    checked("Coverage", k + 1, generated, reference)
    ball = radii(reference, k)
    inside = [block.min(axis=1) for _, block in squared_distances(reference, generated)]
    return _over_reference(_share(np.concatenate(inside) < ball, k))


def realism(generated: Vectors, reference: Vectors, k: int = 3) -> Float:
    """Realism score of each generated picture (Kynkäänniemi et al. 2019, eq. 3), (N,) float32: the largest ratio of
    a reference ball's radius to the distance from its centre. The half of the balls with the largest radii is
    left out, or outliers rule the score."""
    checked("Realism", k + 1, generated, reference)
    ball = radii(reference, k)
    keep = ball <= np.median(ball)
    kept, size = reference[keep], np.sqrt(ball[keep])
    tiny = np.finfo(np.float32).tiny
    parts = [(size / np.sqrt(np.maximum(b, tiny))).max(axis=1) for _, b in squared_distances(generated, kept)]
    capped: Float = np.minimum(np.concatenate(parts), 1e6).astype(np.float32)
    return capped


def _over_reference(result: Result) -> Result:
    """A mean over the reference pictures: its error comes from them."""
    return replace(result, influence=None, reference_influence=result.influence)


def mean_realism(*, generated: Vectors, reference: Vectors, k: int = 3) -> Result:
    """Mean realism of the generated pictures; above 1 is inside the reference's manifold."""
    return mean_result(realism(generated, reference, k), k=k)


def _share(inside: NDArray[np.bool_], k: int) -> Result:
    """A mean of 0/1 with the Wilson interval (1927), which stays honest at shares near 0 and 1."""
    result = mean_result(inside.astype(np.float64), k=k)
    n, p, z2 = len(inside), result.value, Z95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2) / (1 + z2 / n) * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return replace(result, low=float(min(p, max(0.0, centre - half))), high=float(max(p, min(1.0, centre + half))))
