"""Memorisation-penalised Fréchet distance (Bai et al. 2021, for Kaggle's competition of 2019, which calls it MiFID)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.metrics.distances import without_features
from core.metrics.frechet import analyse, frechet
from core.metrics.pairing import Pairing
from core.metrics.result import Z95, Result, Vectors, checked

TINY = 1e-14
"""What the competition's code adds to the divisor: of exact copies the number is as large as that makes it."""
COPIES = 1e-6
"""A mean distance of pictures that are copies, up to rounding."""
COPIED = (
    "The features of the generated pictures have the directions of reference ones, as those of copies do: the number "
    "says no more than that; look at Copies."
)


def mifid(*, generated: Vectors, reference: Vectors, threshold: float = 0.1, pairing: Pairing | None = None) -> Result:
    """The Fréchet distance of (N, D) against (M, D), divided by the mean cosine distance to the nearest reference
    picture where that is below `threshold`. The interval is the delta method's over both factors; at the threshold
    itself the number jumps, which no interval holds. How large the cosine distances are depends on the features: under
    many of them every generator is below the threshold.
    """
    checked("Penalised Fréchet distance", 3, generated, reference)
    pairing = pairing or Pairing(generated, reference)
    base = frechet(generated=generated, reference=reference, pairing=pairing)
    across = pairing.neighbours().across
    near = np.clip(np.minimum(across.cosine, 1 + across.opposed), 0, None)  # 1 - |cos| of whichever is largest
    distance = float(near.mean())
    penalised = distance < threshold
    warnings = [base.warning, without_features(generated, reference), COPIED if distance < COPIES else ""]
    divisor = max(distance, TINY) if penalised else 1.0
    value, parts = base.value / divisor, {"threshold": threshold, "memorisation distance": distance}
    assert base.influence is not None
    seen = analyse(pairing).seen.generated
    influence = base.influence / divisor
    if penalised and distance > TINY:
        influence = influence - value / divisor * seen.over_all((near - distance)[seen.places])
    theirs = None if base.reference_influence is None else base.reference_influence / divisor
    error = float(np.sqrt(_variance(influence) + (0.0 if theirs is None else _variance(theirs))))
    return replace(
        base, value=value, low=max(0.0, value - Z95 * error), high=value + Z95 * error, standard_error=error,
        parameters={**base.parameters, **parts}, warning=" ".join(filter(None, warnings)),
        influence=influence, reference_influence=theirs,
    )  # fmt: skip


def _variance(influence: NDArray[np.float64]) -> float:
    return float(influence.var(ddof=1) / len(influence))
