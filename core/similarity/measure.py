"""The shape of a measure between feature vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[Any]
"""(N, D) float32, or float64 for exact work."""
Kind = Literal["distance", "similarity"]


@dataclass(frozen=True)
class Measure:
    """`compute` takes (Q, D) and (N, D) and gives (Q, N) float32; it works in the wider of the two input types.
    It raises BadInput where it is not defined: NaN never comes out."""

    name: str
    title: str
    kind: Kind
    histogram: bool
    """Defined only for features that are histograms."""
    compute: Callable[[Vectors, Vectors], NDArray[np.float32]] = field(repr=False)

    @property
    def order(self) -> Literal["ascending", "descending"]:
        """How values are sorted, best first."""
        return "ascending" if self.kind == "distance" else "descending"
