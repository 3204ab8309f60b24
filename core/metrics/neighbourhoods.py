"""What lies near what in two sets: one pass over the distances for every metric that counts neighbours.

Three products are looked at tile by tile: generated with generated and reference with reference, of which a tile serves
rows and columns, and generated with reference. Kernel sums for KID and CMMD come out of the same products. Memory stays
at a few tiles; what lies near the edge of a ball is decided by exact differences, so no value depends on the tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.metrics.across import Across, across
from core.metrics.counting import Counted
from core.metrics.kernel_sums import KernelSums
from core.metrics.result import Vectors
from core.metrics.tiles import Double, Side, Tick, places
from core.metrics.wide_kernel import WideSums
from core.metrics.within import within


@dataclass(frozen=True)
class Neighbourhoods(Counted):
    """What balls hold, everything else about each set among the other, the sums of KID's and of CMMD's kernel, and of
    the distances of every generated picture to the others, (N,)."""

    across: Across
    kernel_sums: KernelSums
    wide_sums: WideSums
    generated_roots: Double


def neighbourhoods(generated: Vectors, reference: Vectors, ks: Sequence[int], tick: Tick) -> Neighbourhoods:
    """The whole pass for (N, D) and (M, D) float32. `tick(done, total)` is called after every tile, and may raise."""
    n, m, most = len(places(len(generated))), len(places(len(reference))), max(ks) + 1
    halves = n * (n + 1) // 2, m * (m + 1) // 2
    total = sum(halves) + n * m
    x, y = Side.both(generated, reference)
    own_x = within(x, most, tick, 0, total)
    own_y = within(y, most, tick, halves[0], total)
    seen, balls_y, balls_x = across(x, y, own_x.near, own_y.near, ks, tick, sum(halves), total)
    squares = own_x.kernel_squares, own_y.kernel_squares, seen.kernel_squares
    kernel = KernelSums(own_x.kernel, own_y.kernel, seen.generated.kernel, seen.reference.kernel, squares)
    wide = WideSums.of(x, y, (own_x.wide, own_y.wide), (seen.generated.wide, seen.reference.wide))
    return Neighbourhoods(tuple(ks), own_x.near, own_y.near, balls_y, balls_x, seen, kernel, wide, own_x.roots)
