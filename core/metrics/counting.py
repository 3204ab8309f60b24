"""How the pictures of two sets lie in one another's k-nearest balls, and nothing else: the pass over the distances that
precision, recall, density and coverage need when no other metric shares it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.metrics.balls import BallsByK, Counter
from core.metrics.folded import Folded
from core.metrics.nearest_lists import Nearest
from core.metrics.result import Vectors
from core.metrics.tiles import Double, Float, Indices, Side, Tick, each, halves, pairs
from core.metrics.within import Pairs, Within, below, candidates

Seen = tuple[Indices, Indices, Double]
"""Ball, picture and decided distance of the pairs of one tile that are near enough to matter."""


@dataclass(frozen=True)
class Counted:
    """Both sets among their own, with one neighbour more than the largest of `ks`, and the balls of each, by k, with
    what they hold of the other."""

    ks: tuple[int, ...]
    generated: Within
    reference: Within
    reference_balls: BallsByK
    generated_balls: BallsByK


def counted(generated: Vectors, reference: Vectors, ks: Sequence[int], tick: Tick) -> Counted:
    """For (N, D) and (M, D) float32. `tick(done, total)` is called after every tile, and may raise."""
    most = max(ks) + 1
    x, y = map(Folded, Side.both(generated, reference))
    tasks = halves(x.places), halves(y.places), pairs(x.places, y.places)
    sizes = [len(part) for part in tasks]
    own_x = _within(x, most, tasks[0], tick, 0, sum(sizes))
    own_y = _within(y, most, tasks[1], tick, sizes[0], sum(sizes))
    balls_y, balls_x = Counter(y.side, own_y, x.side, ks), Counter(x.side, own_x, y.side, ks)

    def look(task: tuple[int, int]) -> tuple[Seen, Seen]:
        a, b = task
        block = x.distances(y, a, b)
        return _seen(balls_x, block, a, b), _seen(balls_y, block.T, b, a)

    found = each(look, tasks[2], tick, sizes[0] + sizes[1], sum(sizes))
    for (a, b), (rows, columns) in zip(tasks[2], found, strict=True):
        balls_x.add(*rows, (a, b))
        balls_y.add(*columns, (b, a))
    return Counted(tuple(ks), own_x, own_y, balls_y.found(), balls_x.found())


def _within(side: Folded, k: int, tasks: Sequence[tuple[int, int]], tick: Tick, done: int, total: int) -> Within:
    lists = Nearest(len(side.vectors), k)

    def look(task: tuple[int, int]) -> list[Pairs]:
        a, b = task
        return candidates(lists, side.own_distances(a) if a == b else side.distances(side, a, b), a, b)

    for found in each(look, tasks, tick, done, total):
        for one in found:
            lists.add(*one)
    return Within(*lists.verified(side.vectors, side.vectors))


def _seen(balls: Counter, block: Float, centre: int, picture: int) -> Seen:
    i, j, near = below(block, balls.limit(centre, picture, 0), centre, picture)
    return i, j, balls.decided(i, j, near, 0)
