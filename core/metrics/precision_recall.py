"""Improved precision and recall (Kynkäänniemi et al. 2019), from the pass that neighbour metrics share."""

from __future__ import annotations

from dataclasses import replace

from core.metrics import leaving_out
from core.metrics.pairing import Pairing
from core.metrics.result import Result, Vectors, checked, rough
from core.metrics.shares import from_mean, of_influences, share


def precision(*, generated: Vectors, reference: Vectors, k: int = 3, pairing: Pairing | None = None) -> Result:
    """Share of generated pictures inside any k-nearest ball of the reference. The error holds the chance of both: a
    mean of 0/1 given the balls, and what leaving reference pictures out does to the balls."""
    checked("Precision", k + 1, generated, reference)
    near = (pairing or Pairing(generated, reference, only_balls=True)).balls(k)
    balls = near.reference_balls[k]
    return share(balls.closed > 0, leaving_out.union(balls, near.reference, k), k=k)


def recall(*, generated: Vectors, reference: Vectors, k: int = 3, pairing: Pairing | None = None) -> Result:
    """Share of reference pictures inside any k-nearest ball of the generated; its error as that of precision, with the
    sides changed. How much of the balls' effects is chance is known less well here: the warning says so."""
    checked("Recall", k + 1, generated, reference)
    near = (pairing or Pairing(generated, reference, only_balls=True)).balls(k)
    balls = near.generated_balls[k]
    inside = balls.closed > 0
    value = float(inside.mean())
    theirs = leaving_out.union(balls, near.generated, k)
    result = of_influences(value, theirs, from_mean(inside), len(inside), k=k)
    return replace(result, warning=rough("recall", "90 to 99"))
