"""Density and coverage (Naeem et al. 2020), from the pass that neighbour metrics share."""

from __future__ import annotations

from dataclasses import replace

from core.metrics import leaving_out, tails
from core.metrics.pairing import Pairing
from core.metrics.result import Result, Vectors, checked, mean_result, with_reference
from core.metrics.shares import of_influences


def density(*, generated: Vectors, reference: Vectors, k: int = 5, pairing: Pairing | None = None) -> Result:
    """Mean number of reference balls that hold a generated picture, over k; 1 for equal distributions. The error holds
    the chance of both sides: how the pictures fall into the balls, and what leaving reference pictures out does."""
    checked("Density", k + 1, generated, reference)
    near = (pairing or Pairing(generated, reference, only_balls=True)).balls(k)
    balls = near.reference_balls[k]
    result = with_reference(mean_result(balls.open / k, k=k), leaving_out.mean_count(balls, near.reference, k))
    return replace(result, low=max(0.0, result.low or 0.0))


def coverage(*, generated: Vectors, reference: Vectors, k: int = 5, pairing: Pairing | None = None) -> Result:
    """Share of reference balls that hold a generated picture; 1 - 2^-k for equal distributions of equal size. The error
    holds the chance of both sides: balls that one picture alone fills, and balls that grow when others leave."""
    checked("Coverage", k + 1, generated, reference)
    near = (pairing or Pairing(generated, reference, only_balls=True)).balls(k)
    balls = near.reference_balls[k]
    ours, theirs = leaving_out.held(balls, near.reference, k)
    result = of_influences(float((balls.held > 0).mean()), ours, theirs, len(reference), k=k)
    return replace(result, warning=tails.warning("coverage", generated, reference))
