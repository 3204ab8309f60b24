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
class Straight:
    """A distance that is a function of the Euclidean distance between rows made ready: it is as quick as that one.
    `ready` takes (N, D) and raises BadInput where the measure is not defined; `distance` takes squared distances."""

    ready: Callable[[Vectors], Vectors]
    distance: Callable[[NDArray[Any]], NDArray[Any]]


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
    deep: bool = False
    """Defined only for features of a network that was trained on photographs."""
    straight: Straight | None = field(default=None, repr=False)
    """The quick way to it, or to 1 - it for a similarity; None: differences block by block."""

    @property
    def distance_title(self) -> str:
        """What it is called where smaller has to mean nearer: a similarity counts as 1 - similarity."""
        return self.title if self.kind == "distance" else f"1 − {self.title[0].lower()}{self.title[1:]}"

    @property
    def order(self) -> Literal["ascending", "descending"]:
        """How values are sorted, best first."""
        return "ascending" if self.kind == "distance" else "descending"
