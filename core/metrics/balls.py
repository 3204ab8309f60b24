"""The k-nearest balls of one set, and which pictures of another set they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.tiles import MANY, NOISE, Double, Float, Indices, Side, exact, exact_of_copies, tile
from core.metrics.within import Within

KEPT = 2_000_000
"""Pairs of ball and picture that are remembered; where there are more, those of every second picture, fourth, ..."""


@dataclass(frozen=True)
class Near:
    """Pairs of a ball and a picture in it or just outside: `centre`, `picture` (P,) and squared `distance` (P,), for
    every `stride`-th picture."""

    centre: NDArray[np.int32]
    picture: NDArray[np.int32]
    distance: Double
    stride: int


@dataclass(frozen=True)
class Balls:
    """The k-nearest balls of one set (C of them) and the pictures of the other (N).

    `held` (C,): how many pictures lie strictly inside a ball; `sole` (C,): which, where it is one, -1 elsewhere;
    `reached` (C,): none does, but with one neighbour more one would. `closed`, `open` (N,): how many balls hold a
    picture with and without their edge; `smallest` (N,): the smallest squared radius among those of `closed`, inf
    without any. `near`: the pairs themselves, up to the balls' size with one neighbour more.
    """

    held: Indices
    sole: Indices
    reached: NDArray[np.bool_]
    closed: Indices
    open: Indices
    smallest: Double
    near: Near


BallsByK = dict[int, Balls]


class Counter:
    """Counts for each k in `ks`, from pairs of ball and picture that are near enough to matter, tile by tile."""

    def __init__(self, centres: Side, within: Within, pictures: Side, ks: Sequence[int]) -> None:
        self.centres, self.pictures, self.ks = centres, pictures, ks
        self.radii = {k: within.radii(k) for k in sorted({*ks, *(k + 1 for k in ks)})}
        self.widest = within.radii(max(ks) + 1).astype(np.float32)
        c, n = len(centres.vectors), len(pictures.vectors)
        self.held, self.closed, self.open = ({k: np.zeros(size, np.intp) for k in ks} for size in (c, n, n))
        self.smallest = {k: np.full(n, np.inf) for k in ks}
        self.sole = {k: np.full(c, -1, np.intp) for k in ks}
        self.reached = {k: np.zeros(c, bool) for k in ks}
        self.near: list[tuple[NDArray[np.int32], NDArray[np.int32], Double]] = []
        self.stride, self.remembered = 1, 0

    def limit(self, centre: int, picture: int, floor: float) -> Float:
        """Below what a distance may matter to a ball of the tile from `centre`, (TILE,) float32; above 0, so that
        copies lie on a ball without extent."""
        part = self.centres.squares[tile(centre)]
        noise = NOISE * (part + self.pictures.squares[tile(picture)].max())
        return np.nextafter(np.asarray(self.widest[tile(centre)] + noise + 2 * floor, np.float32), np.float32(np.inf))

    def decided(self, centre: Indices, picture: Indices, near: Float, floor: float) -> Double:
        """The distances of pairs, exact where rounding might decide on which side of an edge they lie."""
        noise = NOISE * (self.centres.squares[centre] + self.pictures.squares[picture]) + 2 * floor
        doubt = np.any([np.abs(near - self.radii[k][centre]) <= noise for k in self.radii], axis=0)
        distances = near.astype(np.float64)
        look = exact if np.count_nonzero(doubt) < MANY else exact_of_copies
        distances[doubt] = look(self.centres.vectors, self.pictures.vectors, centre[doubt], picture[doubt])
        return distances

    def add(self, centre: Indices, picture: Indices, distances: Double, start: tuple[int, int]) -> None:
        """Pairs of one tile, which starts at this ball and this picture."""
        for k in self.ks:
            radii = self.radii[k][centre]
            inside, closed = distances < radii, distances <= radii
            _count(self.held[k], centre[inside], start[0])
            _count(self.open[k], picture[inside], start[1])
            _count(self.closed[k], picture[closed], start[1])
            np.minimum.at(self.smallest[k], picture[closed], radii[closed])
            self.sole[k][centre[inside]] = picture[inside]
            self.reached[k][centre[distances < self.radii[k + 1][centre]]] = True
        self._remember(centre.astype(np.int32), picture.astype(np.int32), distances)

    def _remember(self, centre: NDArray[np.int32], picture: NDArray[np.int32], distances: Double) -> None:
        kept = (distances <= self.widest[centre]) & (picture % self.stride == 0)
        self.near.append((centre[kept], picture[kept], distances[kept]))
        self.remembered += int(kept.sum())
        while self.remembered > KEPT and self.stride < len(self.pictures.vectors):
            self.stride *= 2
            masks = [pictures % self.stride == 0 for _, pictures, _ in self.near]
            self.near = [(c[m], p[m], d[m]) for (c, p, d), m in zip(self.near, masks, strict=True)]
            self.remembered = sum(int(mask.sum()) for mask in masks)

    def found(self) -> BallsByK:
        centre, picture, distance = (np.concatenate([part[i] for part in self.near]) for i in range(3))
        near = Near(centre, picture, distance, self.stride)
        return {k: self._found(k, near) for k in self.ks}

    def _found(self, k: int, near: Near) -> Balls:
        held = self.held[k]
        sole, reached = np.where(held == 1, self.sole[k], -1), self.reached[k] & (held == 0)
        return Balls(held, sole, reached, self.closed[k], self.open[k], self.smallest[k], near)


def _count(totals: Indices, rows: Indices, start: int) -> None:
    part = totals[tile(start)]
    part += np.bincount(rows - start, minlength=len(part))
