"""Mean and nearest distances between the generated and the reference vectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.metrics import leaving_out
from core.metrics.pairing import Pairing
from core.metrics.result import NARROW, Result, Vectors, both_sides, checked, mean_result, rough, with_reference
from core.metrics.tiles import Double


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
    warning = without_features(generated, reference)
    if not warning:
        return units[0], units[1], ""
    x, y = (np.hstack([rows, zero]) for rows, zero in zip(units, zeros, strict=True))
    return x, y, warning


def without_features(generated: Vectors, reference: Vectors) -> str:
    """A warning that counts pictures whose features are all zero; empty where there are none."""
    empty = [int((~vectors.any(axis=1)).sum()) for vectors in (generated, reference)]
    if not any(empty):
        return ""
    return (
        f"{empty[0]:,} generated and {empty[1]:,} reference pictures have all-zero features: alike among "
        "themselves, at cosine distance 1 from all others."
    )


def mean_euclidean(*, generated: Vectors, reference: Vectors, pairing: Pairing | None = None) -> Result:
    """Mean Euclidean distance over all pairs."""
    checked("Mean Euclidean distance", 1, generated, reference)
    seen = (pairing or Pairing(generated, reference)).neighbours().across
    n, m = len(generated), len(reference)
    return both_sides(mean_result(seen.generated.roots / m), seen.reference.roots / n)


def mean_cosine(*, generated: Vectors, reference: Vectors) -> Result:
    """Mean cosine distance (1 - cosine) over all pairs."""
    checked("Mean cosine distance", 1, generated, reference)
    x, y, warning = directions(generated, reference)
    means = [rows.mean(axis=0, dtype=np.float64) for rows in (x, y)]
    return replace(
        both_sides(mean_result(1 - x @ means[1]), 1 - y @ means[0]),
        warning=" ".join(filter(None, [rough("mean cosine distance", "93 to 100"), warning])),
    )


def nearest_scores(pairing: Pairing) -> Double:
    """Euclidean distance of every generated picture to its nearest reference picture, (N,); 0 is an exact copy."""
    return np.sqrt(pairing.neighbours().across.generated.squared[:, 0])


def nearest_euclidean(*, generated: Vectors, reference: Vectors, pairing: Pairing | None = None) -> Result:
    """Mean Euclidean distance of a generated picture to its nearest reference picture."""
    checked("Nearest Euclidean distance", 1, generated, reference)
    seen = (pairing or Pairing(generated, reference)).neighbours().across.generated
    first, second = np.sqrt(seen.squared).T
    theirs = leaving_out.mean_nearest(first, second, seen.index[:, 0], len(reference))
    return with_reference(mean_result(first), theirs)


def nearest_cosine(*, generated: Vectors, reference: Vectors, pairing: Pairing | None = None) -> Result:
    """Mean cosine distance of a generated picture to its nearest reference picture. Pictures with all-zero features are
    alike among themselves, at distance 1 from all others."""
    checked("Nearest cosine distance", 1, generated, reference)
    near = (pairing or Pairing(generated, reference)).neighbours()
    narrow = f"Nearest cosine distance: {NARROW}, for the chance of the reference pictures is not in it."
    warning = " ".join(filter(None, [without_features(generated, reference), narrow]))
    return replace(mean_result(near.across.cosine), warning=warning)


def mean_score(*, generated: Vectors, reference: Vectors) -> Result:
    """Mean of one per-image score (N, 1) over the generated pictures; read it beside the same mean of the reference."""
    checked("A mean score", 1, generated, reference)
    return mean_result(generated[:, 0])
