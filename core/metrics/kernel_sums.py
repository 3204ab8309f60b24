"""The cubic kernel over all pairs of two sets, without their neighbours: what KID needs when it is asked alone."""

from __future__ import annotations

from dataclasses import dataclass

from core.metrics.result import Vectors
from core.metrics.tile_sums import Of, sums_across, sums_within
from core.metrics.tiles import Double, Float, Side, Tick, halves, pairs
from core.metrics.within import inner, kernel_less_one


@dataclass(frozen=True)
class KernelSums:
    """Sums of (x.y/d + 1)^3 - 1: of every generated picture over the others (N,) and over the reference (N,), of every
    reference picture over the others (M,) and over the generated (M,); `squares`: of its squares over all pairs of two
    generated, two reference (both ways), and one of each."""

    generated: Double
    reference: Double
    generated_across: Double
    reference_across: Double
    squares: tuple[float, float, float]


def kernel_sums(generated: Vectors, reference: Vectors, tick: Tick) -> KernelSums:
    """Of (N, D) and (M, D) float32: the sums that the pass over neighbours gives, from the same products.
    `tick(done, total)` is called after every tile, and may raise."""
    x, y = Side.both(generated, reference)
    tasks = halves(x.places), halves(y.places), pairs(x.places, y.places)
    sizes = [len(part) for part in tasks]
    own_x, squares_x = sums_within(x, _kernel(x, x), tasks[0], tick, 0, sum(sizes))
    own_y, squares_y = sums_within(y, _kernel(y, y), tasks[1], tick, sizes[0], sum(sizes))
    rows, columns, squares = sums_across(x, y, _kernel(x, y), tasks[2], tick, sizes[0] + sizes[1], sum(sizes))
    return KernelSums(own_x, own_y, rows, columns, (squares_x, squares_y, squares))


def _kernel(x: Side, y: Side) -> Of:
    def of(products: Float, a: int, b: int, rows: slice) -> Float:
        return kernel_less_one(inner(products, x, y, a, b, rows), x.vectors.shape[1])

    return of
