"""Means of 0/1 with an interval that stays honest near 0 and 1."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.chance import wilson
from core.metrics.result import Result, mean_result


def share(inside: NDArray[np.bool_], **parameters: Any) -> Result:
    """A mean of 0/1 with the Wilson interval (1927)."""
    low, high = wilson(int(np.count_nonzero(inside)), len(inside))
    return replace(mean_result(inside.astype(np.float64), **parameters), low=low, high=high)


def over_reference(result: Result) -> Result:
    """A mean over the reference pictures: its error comes from them."""
    return replace(result, influence=None, reference_influence=result.influence)
