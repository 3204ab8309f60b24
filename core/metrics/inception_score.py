"""Inception score (Salimans et al. 2016), and the same number from another classifier, which bears another name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.metrics.result import Z95, Given, Result, Vectors, checked

SPLITS = 10


def _divergences(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """KL(p(y|x) || p(y)) of every row of p (n, classes), (n,), with p(y) the mean of the rows."""
    mean = p.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(p > 0, p * (np.log(p) - np.log(mean)), 0.0)
    return np.asarray(parts.sum(axis=1))


def class_score(*, generated: Vectors, reference: Vectors, splits: int = SPLITS) -> Result:
    """exp E KL(p(y|x) || p(y)) of class probabilities generated (N, classes), 1 to classes: the mean over `splits`
    parts of the set in order, as published; the reference takes no part.

    The published "±" is the spread of the parts. The interval here is the delta method's: a picture moves the
    score of its part by score (KL - E KL). The score falls with small parts, which the interval does not hold.
    """
    checked("A class-probability score", 4, generated, reference)
    if generated.min() < 0 or abs(generated.sum(axis=1) - 1).max() > 1e-3:
        raise BadInput("A class-probability score needs probabilities that sum to 1; choose an extractor with classes.")
    splits = max(1, min(splits, len(generated) // 2))
    scores, influences = [], []
    for part in np.array_split(generated.astype(np.float64), splits):
        found = _divergences(part)
        scores.append(float(np.exp(found.mean())))
        influences.append(scores[-1] * (found - found.mean()))
    value, influence = float(np.mean(scores)), np.concatenate(influences)
    error = float(np.sqrt((influence**2).sum() / (len(influence) - splits))) / np.sqrt(len(influence))
    return Result(
        value, max(1.0, value - Z95 * error), max(1.0, value + Z95 * error), error,
        {"splits": splits, "classes": generated.shape[1]}, influence=influence,
    )  # fmt: skip


def inception(given: Given) -> str:
    """Why the published name does not apply; empty where it does."""
    return "" if given.inception else "It is defined by the Inception network of 2015 and no other."


def other_classes(given: Given) -> str:
    """Why there is no such number under these features; empty where there is."""
    if given.inception:
        return "Under the Inception network of 2015 it is the Inception score."
    return "" if given.probabilities else "These features come with no classes; choose EfficientNet-Lite0."
