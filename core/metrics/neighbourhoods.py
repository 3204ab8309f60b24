"""What lies near what in two sets: one pass over the distances for every metric that counts neighbours.

Three products are looked at tile by tile: generated with generated and reference with reference, of which a tile serves
rows and columns, and generated with reference. Kernel sums for KID come out of the same products. Memory stays at a few
tiles; what lies near the edge of a ball is decided by exact differences, so no value depends on the tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.metrics.across import Across, across
from core.metrics.kernel_sums import KernelSums
from core.metrics.result import Vectors
from core.metrics.tiles import Side, Tick, places
from core.metrics.within import Within, within


@dataclass(frozen=True)
class Neighbourhoods:
    """Both sets among their own, with one neighbour more than the largest of `ks`, and each among the other."""

    ks: tuple[int, ...]
    generated: Within
    reference: Within
    across: Across

    @property
    def kernel_sums(self) -> KernelSums:
        g, r, seen = self.generated, self.reference, self.across
        squares = g.kernel_squares, r.kernel_squares, seen.kernel_squares
        return KernelSums(g.kernel, r.kernel, seen.generated.kernel, seen.reference.kernel, squares)


def neighbourhoods(generated: Vectors, reference: Vectors, ks: Sequence[int], tick: Tick) -> Neighbourhoods:
    """The whole pass for (N, D) and (M, D) float32. `tick(done, total)` is called after every tile, and may raise."""
    n, m, most = len(places(len(generated))), len(places(len(reference))), max(ks) + 1
    halves = n * (n + 1) // 2, m * (m + 1) // 2
    total = sum(halves) + n * m
    x, y = Side.both(generated, reference)
    own_x = within(x, most, tick, 0, total)
    own_y = within(y, most, tick, halves[0], total)
    return Neighbourhoods(tuple(ks), own_x, own_y, across(x, y, own_x, own_y, ks, tick, sum(halves), total))
