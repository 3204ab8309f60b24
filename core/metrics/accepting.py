"""What accepting pictures by a score costs and brings, at every share that is kept. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares that a curve is drawn over."""
Scores = NDArray[np.float64]


def threshold(scores: Scores, keep: float) -> float:
    """The value that a share `keep` in (0, 1] of these scores (n,) reaches or exceeds; higher is accepted."""
    if not 0 < keep <= 1:
        raise ValueError(f"a share of {keep} cannot be kept; give more than 0 and at most 1")
    rank = max(1, round(keep * len(scores)))
    return float(np.partition(scores, len(scores) - rank)[len(scores) - rank])


def accepted(scores: Scores, at_least: float) -> NDArray[np.intp]:
    """The places, in order, of the scores that reach the threshold."""
    return np.flatnonzero(scores >= at_least)
