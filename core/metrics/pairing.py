"""Two sets of vectors and what was found out about them together: each thing once, whoever asks first."""

from __future__ import annotations

from dataclasses import dataclass

from core.metrics.result import Vectors


@dataclass
class Pairing:
    """`generated` (N, D) and `reference` (M, D) float32. Metrics that need the same costly thing (distances, moments)
    take it from here, so that the metrics of an evaluation share one pass."""

    generated: Vectors
    reference: Vectors
