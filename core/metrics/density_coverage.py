"""Density and coverage (Naeem et al. 2020), from the pass that neighbour metrics share."""

from __future__ import annotations

from core.metrics.pairing import Pairing
from core.metrics.result import Result, Vectors, checked, mean_result
from core.metrics.shares import over_reference, share


def density(*, generated: Vectors, reference: Vectors, k: int = 5, pairing: Pairing | None = None) -> Result:
    """Mean number of reference balls that hold a generated picture, over k; 1 for equal distributions."""
    checked("Density", k + 1, generated, reference)
    near = (pairing or Pairing(generated, reference)).neighbours(k)
    return mean_result(near.across.reference_balls[k].open / k, k=k)


def coverage(*, generated: Vectors, reference: Vectors, k: int = 5, pairing: Pairing | None = None) -> Result:
    """Share of reference balls that hold a generated picture; 1 - 2^-k for equal distributions of equal size."""
    checked("Coverage", k + 1, generated, reference)
    near = (pairing or Pairing(generated, reference)).neighbours(k)
    return over_reference(share(near.across.reference_balls[k].held > 0, k=k))
