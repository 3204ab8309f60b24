"""CMMD's wide Gaussian kernel while tiles of inner products go by: how unlike two directions are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.metrics.tiles import Double, Float, Side, tile

SIGMA = 10.0


@dataclass(frozen=True)
class WideSums:
    """Sums of 1 - exp(-|u - v|^2 / 2 sigma^2) over directions u, v, as KernelSums has those of KID's kernel: of every
    generated picture over the others (N,) and over the reference (N,), of every reference picture over the others (M,)
    and over the generated (M,). Rows that are all zero are alike among themselves, at right angles to all others."""

    generated: Double
    reference: Double
    generated_across: Double
    reference_across: Double

    @classmethod
    def of(cls, x: Side, y: Side, own: tuple[Double, Double], across: tuple[Double, Double]) -> WideSums:
        """Of sums of what `beyond_cosine` gives."""
        sum_x, sum_y = (_sum_of_directions(side) for side in (x, y))
        right_angle = -np.expm1(-1 / SIGMA**2)
        empty = x.lengths == 0, y.lengths == 0
        for side, rest, others, alone, number, theirs in (
            (x, own[0], sum_x, 1, len(x.vectors) - 1, empty[0].sum() - 1),
            (y, own[1], sum_y, 1, len(y.vectors) - 1, empty[1].sum() - 1),
            (x, across[0], sum_y, 0, len(y.vectors), empty[1].sum()),
            (y, across[1], sum_x, 0, len(x.vectors), empty[0].sum()),
        ):
            for start in side.places:
                u = _directions(side, start)
                cosines = u @ others - alone * np.einsum("ij,ij->i", u, u)
                rest[tile(start)] += (number - cosines) / SIGMA**2
            rest[side.lengths == 0] -= right_angle * theirs
        return cls(*own, *across)


def _directions(side: Side, start: int) -> Double:
    """Rows of length 1, float64; of those that are all zero, 0."""
    rows = side.vectors[tile(start)].astype(np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return np.asarray(rows / np.where(lengths > 0, lengths, 1)[:, None])


def _sum_of_directions(side: Side) -> Double:
    return np.asarray(sum(_directions(side, start).sum(axis=0) for start in side.places))


def inverse(lengths: Float) -> Float:
    """1 / length, 0 for those of 0."""
    return np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)


def beyond_cosine(opposed: Float) -> Float:
    """1 - exp(-u) - u with u = (1 - cosine) / sigma^2, of cosines with their sign turned; spoils these. u is .02 at
    most, so three terms of the series are enough. What float32 rounds is this hundredth of the kernel: sums of u itself
    are products of sums of directions, which WideSums adds in float64."""
    opposed += 1
    opposed *= np.float32(1 / SIGMA**2)
    rest = opposed * np.float32(-1 / 24)
    rest += np.float32(1 / 6)
    rest *= opposed
    rest -= np.float32(1 / 2)
    rest *= opposed
    rest *= opposed
    return rest
