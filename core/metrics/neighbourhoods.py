"""What lies near what in two sets: one pass over the distances for every metric that counts neighbours.

Three products are looked at tile by tile: generated with generated and reference with reference, of which a tile serves
rows and columns, and generated with reference. Kernel sums for KID come out of the same products. Memory stays at a few
tiles; what lies near the edge of a ball is decided by exact differences, so no value depends on the tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.metrics.across import Across, across
from core.metrics.counting import Counted
from core.metrics.kernel_sums import KernelSums
from core.metrics.result import Vectors
from core.metrics.tiles import Side, Tick, places
from core.metrics.within import within


@dataclass(frozen=True)
class Neighbourhoods(Counted):
    """What balls hold, everything else about each set among the other, and the sums of KID's kernel."""

    across: Across
    kernel_sums: KernelSums


def neighbourhoods(generated: Vectors, reference: Vectors, ks: Sequence[int], tick: Tick) -> Neighbourhoods:
    """The whole pass for (N, D) and (M, D) float32. `tick(done, total)` is called after every tile, and may raise."""
    n, m, most = len(places(len(generated))), len(places(len(reference))), max(ks) + 1
    halves = n * (n + 1) // 2, m * (m + 1) // 2
    total = sum(halves) + n * m
    x, y = Side.both(generated, reference)
    own_x, kernel_x, squares_x = within(x, most, tick, 0, total)
    own_y, kernel_y, squares_y = within(y, most, tick, halves[0], total)
    seen, balls_y, balls_x = across(x, y, own_x, own_y, ks, tick, sum(halves), total)
    squares = squares_x, squares_y, seen.kernel_squares
    kernel = KernelSums(kernel_x, kernel_y, seen.generated.kernel, seen.reference.kernel, squares)
    return Neighbourhoods(tuple(ks), own_x, own_y, balls_y, balls_x, seen, kernel)
