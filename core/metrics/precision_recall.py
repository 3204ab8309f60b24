"""Improved precision and recall (Kynkäänniemi et al. 2019), from the pass that neighbour metrics share."""

from __future__ import annotations

from core.metrics.pairing import Pairing
from core.metrics.result import Result, Vectors, checked
from core.metrics.shares import over_reference, share


def precision(*, generated: Vectors, reference: Vectors, k: int = 3, pairing: Pairing | None = None) -> Result:
    """Share of generated pictures inside any k-nearest ball of the reference."""
    checked("Precision", k + 1, generated, reference)
    near = (pairing or Pairing(generated, reference)).neighbours(k)
    return share(near.across.reference_balls[k].closed > 0, k=k)


def recall(*, generated: Vectors, reference: Vectors, k: int = 3, pairing: Pairing | None = None) -> Result:
    """Share of reference pictures inside any k-nearest ball of the generated. The interval is over the reference
    pictures; the balls are taken as given."""
    checked("Recall", k + 1, generated, reference)
    near = (pairing or Pairing(generated, reference)).neighbours(k)
    return over_reference(share(near.across.generated_balls[k].closed > 0, k=k))
