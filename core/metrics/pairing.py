"""Two sets of vectors and what was found out about them together: each thing once, whoever asks first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from core.metrics.counting import Counted, counted
from core.metrics.kernel_sums import KernelSums
from core.metrics.moments import Moments, moments
from core.metrics.neighbourhoods import Neighbourhoods, neighbourhoods
from core.metrics.result import Vectors
from core.metrics.tiles import Tick, untold

USUAL = (3, 5)
"""The k of the metrics as they stand in METRICS: whoever asks first has them found for all."""
Found = TypeVar("Found")


@dataclass
class Pairing:
    """`generated` (N, D) and `reference` (M, D) float32. Metrics that need the same costly thing (distances, moments)
    take it from here, so that the metrics of an evaluation share one pass. `tick(done, total)` is told where a long
    pass is, and ends it by raising. `known_moments` gives the reference's moments where an earlier evaluation may have
    found them. `only_balls`: whoever shares this asks for no more than `balls`, which has a shorter pass of its own."""

    generated: Vectors
    reference: Vectors
    tick: Tick = untold
    known_moments: Callable[[], Moments] | None = None
    only_balls: bool = False
    _counted: Counted | None = field(default=None, repr=False)
    _near: Neighbourhoods | None = field(default=None, repr=False)
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    def neighbours(self, *ks: int) -> Neighbourhoods:
        """The pass over all distances, made once for the usual k and these; another k later makes it again."""
        known = self._near.ks if self._near else USUAL
        if self._near is None or not set(ks) <= set(known):
            wanted = tuple(sorted({*known, *ks}))
            self._near = neighbourhoods(self.generated, self.reference, wanted, self.tick)
        return self._near

    def balls(self, *ks: int) -> Counted:
        """What the balls of each set hold of the other, from the pass that others need anyway, or from its own."""
        known = self._counted or self._near
        if known is not None and set(ks) <= set(known.ks):
            return known
        if not self.only_balls:
            return self.neighbours(*ks)
        wanted = tuple(sorted({*USUAL, *ks, *(known.ks if known else ())}))
        self._counted = counted(self.generated, self.reference, wanted, self.tick)
        return self._counted

    def kernel_sums(self) -> KernelSums:
        """Those of the pass over all distances, which other metrics of an evaluation need anyway."""
        return self.neighbours().kernel_sums

    @cached_property
    def generated_moments(self) -> Moments:
        return moments(self.generated)

    @cached_property
    def reference_moments(self) -> Moments:
        return self.known_moments() if self.known_moments is not None else moments(self.reference)

    def once(self, name: str, make: Callable[[], Found]) -> Found:
        """What `make` gave the first time it was asked for under this name."""
        if name not in self._kept:
            self._kept[name] = make()
        found: Found = self._kept[name]
        return found
