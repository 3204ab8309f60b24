"""Shares, with an interval that stays honest near 0 and 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.chance import wilson
from core.metrics.result import Z95, Result
from core.metrics.spread import spread

Influence = NDArray[np.float64]


def share(inside: NDArray[np.bool_], reference_influence: Influence | None = None, **parameters: Any) -> Result:
    """A mean of 0/1 over the generated pictures, with what the reference pictures add to its error."""
    return of_influences(float(inside.mean()), from_mean(inside), reference_influence, len(inside), **parameters)


def from_mean(inside: NDArray[np.bool_]) -> Influence:
    """What each picture adds to a mean of 0/1."""
    return np.asarray(inside - inside.mean(), np.float64)


def of_influences(
    value: float, generated: Influence | None, reference: Influence | None, n: int, **parameters: Any
) -> Result:
    """A share of n pictures whose error has these parts. The interval is Wilson's (1927) for n independent pictures;
    what the error holds beyond theirs widens each arm as squares add (Newcombe 1998), so none vanishes at 0 or 1."""
    variance = spread(generated)[0] + spread(reference)[0]
    beyond = Z95 * np.sqrt(max(0.0, variance - value * (1 - value) / n))
    low, high = wilson(round(value * n), n)
    low, high = value - np.hypot(value - low, beyond), value + np.hypot(high - value, beyond)
    return Result(
        value, float(min(value, max(0.0, low))), float(max(value, min(1.0, high))), float(np.sqrt(variance)),
        dict(parameters), influence=generated, reference_influence=reference,
    )  # fmt: skip
