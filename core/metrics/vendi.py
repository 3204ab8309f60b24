"""Vendi score: how many different pictures the generated ones are worth (Friedman & Dieng 2023)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.decompositions import along, eigen_to_read
from core.metrics.distances import directions
from core.metrics.result import Z95, Result, Vectors, checked, rough, the_same

CHUNK = 4096
COLLAPSED = 0.999
"""Share of the largest eigenvalue from which on float32's rounding in all others is seen in the score."""
Column = NDArray[np.float64]


def _gram(vectors: Vectors, dtype: type[np.floating[Any]]) -> NDArray[np.float64]:
    """X^T X (D, D) float64, multiplied in `dtype` in chunks of rows."""
    total = np.zeros((vectors.shape[1], vectors.shape[1]))
    for start in range(0, len(vectors), CHUNK):
        part = vectors[start : start + CHUNK].astype(dtype, copy=False)
        total += part.T @ part
    return total


def _spectrum(x: Vectors, dtype: type[np.floating[Any]] = np.float32) -> tuple[Column, Column]:
    """Eigenvalues of K / n for the cosine kernel K, and for every row its -x^T log(C) x with C = X^T X / n, (n,): the
    mean of these is the entropy of the eigenvalues. The smaller of K and C is decomposed."""
    n, d = x.shape
    small = _gram(x if d < n else np.ascontiguousarray(x.T), dtype) / n
    values, vectors = eigen_to_read(small)
    keep = values > values[-1] * 1e-10
    values, vectors = values[keep], vectors[:, keep]
    values = values / values.sum()
    if d < n:
        rows = np.concatenate(
            [along(x[i : i + CHUNK], vectors) ** 2 @ -np.log(values) for i in range(0, n, CHUNK)]
        )  # fmt: skip
    else:
        rows = n * (vectors**2 @ (-values * np.log(values)))
    return values, rows


def vendi(*, generated: Vectors, reference: Vectors) -> Result:
    """exp of the entropy of the eigenvalues of K / n, K the cosines of the (N, D) generated rows; 1 to min(N, D).

    The reference takes no part: its own score is the floor. Noise has the highest score there is, so more is not
    better, and no direction is claimed. The interval is a delta method over the generated pictures: the entropy moves
    by -x^T log(C) x - H with a picture x. The score grows with N, which the interval does not hold. Where all
    directions weigh nearly alike it moves by products of two pictures more than by single ones, which this counts twice
    (Efron & Stein 1981): it is then up to 1.4 times too wide. With fewer than 2 D pictures it is too narrow. One of the
    two taken off, it was too narrow (0.90 times the spread with 8 D pictures, 1.05 with 31 D), so both are left in.
    """
    checked("Vendi score", 2, generated, reference)
    x, _, empty = directions(generated, generated[:0])
    values, rows = _spectrum(x)
    if values[-1] > COLLAPSED:
        values, rows = _spectrum(x, np.float64)
    score = float(np.exp(-(values * np.log(values)).sum()))
    influence = score * (rows - rows.mean())
    error = float(influence.std(ddof=1) / np.sqrt(len(x)))
    warning = " ".join(filter(None, [empty, the_same(error) or rough("the Vendi score", "88 to 100")]))
    if len(x) < 2 * x.shape[1]:
        few = (
            f"{len(x):,} pictures in {x.shape[1]:,} dimensions are few: the Vendi score still grows with their number."
        )
        warning = f"{warning} {few}"
    return Result(
        score, max(1.0, score - Z95 * error), max(1.0, score + Z95 * error), error, {"kernel": "cosine"}, warning,
        influence,
    )  # fmt: skip
