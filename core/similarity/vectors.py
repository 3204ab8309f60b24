"""Measures between feature vectors, by differences row against block: a copy is at distance 0, not nearly 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.errors import BadInput
from core.similarity.measure import Vectors

BLOCK_VALUES = 1 << 16
"""Values of one block: small enough that several passes over it stay in the processor's cache."""


def by_block(function: Callable[[Vectors, Vectors], Vectors]) -> Callable[[Vectors, Vectors], Vectors]:
    """Lift function(row (D,), block (n, D)) -> (n,) to (Q, D), (N, D) -> (Q, N) float32.

    Raises ValueError when the widths differ.
    """

    def compute(x: Vectors, y: Vectors) -> Vectors:
        if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
            raise ValueError(f"expected (Q, D) and (N, D), got {x.shape} and {y.shape}")
        kind, rows = np.result_type(x, y), np.asarray(y)
        out = np.empty((len(x), len(y)), np.float32)
        step = max(1, BLOCK_VALUES // max(x.shape[1], 1))
        for start in range(0, len(rows), step):
            part = rows[start : start + step].astype(kind, copy=False)
            for i, row in enumerate(x):
                out[i, start : start + step] = function(row, part)
        return out

    return compute


def _lengths(block: Vectors) -> Vectors:
    lengths: Vectors = np.sqrt(np.einsum("ij,ij->i", block, block))
    return lengths


@by_block
def squared_euclidean(row: Vectors, block: Vectors) -> Vectors:
    """sum (x - y)^2."""
    gap = block - row
    squared: Vectors = np.einsum("ij,ij->i", gap, gap)
    return squared


@by_block
def euclidean(row: Vectors, block: Vectors) -> Vectors:
    """sqrt(sum (x - y)^2)."""
    return _lengths(block - row)


@by_block
def manhattan(row: Vectors, block: Vectors) -> Vectors:
    """sum |x - y|."""
    gap = block - row
    total: Vectors = np.abs(gap, out=gap).sum(axis=1)
    return total


@by_block
def chebyshev(row: Vectors, block: Vectors) -> Vectors:
    """max |x - y|."""
    gap = block - row
    most: Vectors = np.abs(gap, out=gap).max(axis=1)
    return most


@by_block
def cosine(row: Vectors, block: Vectors) -> Vectors:
    """x.y / (|x| |y|), -1 to 1. A zero vector has no direction: BadInput."""
    return _cosine(row, block, "all zeros")


@by_block
def correlation(row: Vectors, block: Vectors) -> Vectors:
    """Pearson's r, -1 to 1 (1 - SciPy's `correlation` distance). A constant vector has none: BadInput."""
    return _cosine(row - row.mean(), block - block.mean(axis=1, keepdims=True), "constant")


def _cosine(row: Vectors, block: Vectors, what: str) -> Vectors:
    lengths = _lengths(block) * np.sqrt(row @ row)
    if not lengths.all():
        raise BadInput(f"The features of a picture are {what}, so this measure is not defined; use Euclidean distance.")
    within: Vectors = np.clip(block @ row / lengths, -1, 1)
    return within


def _histograms(row: Vectors, block: Vectors) -> None:
    if row.min(initial=0) < 0 or block.min(initial=0) < 0:
        raise BadInput("Histogram measures need features without negative values; use Euclidean distance.")


@by_block
def chi_square(row: Vectors, block: Vectors) -> Vectors:
    """1/2 sum (x - y)^2 / (x + y), 0 to 1 for histograms that sum to 1; a quarter of OpenCV's CHISQR_ALT. Bins that
    are empty in both count nothing."""
    _histograms(row, block)
    both = block + row
    parts: Vectors = (block - row) ** 2
    np.divide(parts, both, out=parts, where=both > 0)
    half: Vectors = parts.sum(axis=1) / 2
    return half


@by_block
def intersection(row: Vectors, block: Vectors) -> Vectors:
    """sum min(x, y), 1 for equal histograms that sum to 1 (Swain & Ballard 1991)."""
    _histograms(row, block)
    shared: Vectors = np.minimum(block, row).sum(axis=1)
    return shared


@by_block
def perceptual(row: Vectors, block: Vectors) -> Vectors:
    """|x/|x| - y/|y||, 0 to 2: between deep features it goes with what people call alike (Zhang et al. 2018). A zero
    vector has no direction: BadInput."""
    gap: Vectors = _lengths(unit(block) - unit(row[None]))
    return gap


def unit(vectors: Vectors, what: str = "all zeros") -> Vectors:
    """The rows scaled to length 1. Raises BadInput for a row without length."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not lengths.all():
        raise BadInput(f"The features of a picture are {what}, so this measure is not defined; use Euclidean distance.")
    return np.asarray(vectors / lengths)


def centred_unit(vectors: Vectors) -> Vectors:
    """The rows less their own means, scaled to length 1. Raises BadInput for a constant row."""
    return unit(vectors - np.mean(vectors, axis=1, keepdims=True), "constant")


def roots(vectors: Vectors) -> Vectors:
    """Square roots of histograms. Raises BadInput for negative values."""
    if vectors.size and vectors.min() < 0:
        raise BadInput("Histogram measures need features without negative values; use Euclidean distance.")
    return np.asarray(np.sqrt(vectors))


@by_block
def hellinger(row: Vectors, block: Vectors) -> Vectors:
    """|sqrt x - sqrt y| / sqrt 2, 0 to 1 for histograms that sum to 1: OpenCV's HISTCMP_HELLINGER."""
    _histograms(row, block)
    gap: Vectors = _lengths(np.sqrt(block) - np.sqrt(row)) / np.sqrt(block.dtype.type(2))
    return gap
