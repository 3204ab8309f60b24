"""Realism of each generated picture (Kynkäänniemi et al. 2019) and rarity (Han et al. 2023)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.metrics import leaving_out
from core.metrics.pairing import Pairing
from core.metrics.result import NARROW, Result, Vectors, checked, mean_result, rough, with_reference
from core.metrics.tiles import Double

K = 3
COPY = 100.0
"""Realism from which a picture lies on a real one, at a hundredth of a ball's radius: a mean of such has no bound."""
NO_RARITY = "No generated picture lies where real ones do, so none has a rarity."


def realism_scores(pairing: Pairing, k: int = K) -> Double:
    """Largest ratio of a reference ball's radius to the distance from its centre (eq. 3), (N,); above 1 is inside the
    reference's manifold, 1e6 at most. The half of the balls with the largest radii is left out, or outliers rule."""
    return pairing.neighbours(k).across.realism[k].best


def rarity_scores(pairing: Pairing, k: int = K) -> Double:
    """Radius of the smallest reference ball that holds a picture, (N,): large where real pictures are few. 0 for a
    picture that no ball holds: rarity is not defined off the manifold."""
    smallest = pairing.balls(k).reference_balls[k].smallest
    return np.where(np.isfinite(smallest), np.sqrt(smallest), 0.0)


def mean_realism(*, generated: Vectors, reference: Vectors, k: int = K, pairing: Pairing | None = None) -> Result:
    """Mean realism of the generated pictures; above 1 is inside the reference's manifold. That the median of the radii,
    which leaves balls out, moves with the reference pictures is not in the interval, and the warning says so. Where
    pictures are copies of real ones the warning says that instead, and the value decides nothing."""
    checked("Realism", k + 1, generated, reference)
    near = (pairing or Pairing(generated, reference)).neighbours(k)
    realism = near.across.realism[k]
    result = with_reference(mean_result(realism.best, k=k), leaving_out.mean_ratio(realism, near.reference, k))
    copies = realism.best[realism.best > COPY]
    if copies.sum() > realism.best.sum() / 2:
        said = f"{len(copies):,} of {len(generated):,} pictures lie on a real one and make most of the mean"
        return replace(result, warning=f"{said}: look at Copies; {NARROW}.")
    return replace(result, warning=rough("mean realism", "about 90"))


def mean_rarity(*, generated: Vectors, reference: Vectors, k: int = K, pairing: Pairing | None = None) -> Result:
    """Mean rarity of the generated pictures that lie in a ball of the reference; none where none does.

    The interval is that of a ratio of means (delta method): how many lie in a ball is left to chance too.
    """
    checked("Rarity", k + 1, generated, reference)
    pairing = pairing or Pairing(generated, reference, only_balls=True)
    inside = pairing.balls(k).reference_balls[k].closed > 0
    share = inside.mean()
    if share == 0:
        return replace(mean_result(np.zeros(len(generated)), k=k), none=NO_RARITY)
    scores = rarity_scores(pairing, k)
    mean = scores[inside].mean()
    linear = mean_result(mean + np.where(inside, scores - mean, 0) / share, k=k)
    narrow = f"Mean rarity: {NARROW}, for the chance of the reference pictures is not in it."
    return replace(linear, parameters={**linear.parameters, "inside": int(inside.sum())}, warning=narrow)
