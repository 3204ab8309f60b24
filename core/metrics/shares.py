"""Means of 0/1 with an interval that stays honest near 0 and 1."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.result import Z95, Result, mean_result


def share(inside: NDArray[np.bool_], **parameters: Any) -> Result:
    """A mean of 0/1 with the Wilson interval (1927)."""
    result = mean_result(inside.astype(np.float64), **parameters)
    n, p, z2 = len(inside), result.value, Z95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2) / (1 + z2 / n) * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return replace(result, low=float(min(p, max(0.0, centre - half))), high=float(max(p, min(1.0, centre + half))))


def over_reference(result: Result) -> Result:
    """A mean over the reference pictures: its error comes from them."""
    return replace(result, influence=None, reference_influence=result.influence)
