"""The nearest rows of a matrix: exact, block by block, winners verified in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.similarity import vectors
from core.similarity.measure import Measure, Vectors

BLOCK, TILE = 2048, 8192
"""Rows of x and of y at a time: 64 MB of distances."""
SPARE = 4096
"""Near ties that are verified at most; more are copies of one another."""
TIES, STRIP = 16, 256
"""Candidates of one row at most (more are copies of one another); crowded rows at a time."""
NOISE = 1e-5
"""Bound of the rounding of |x|^2 + |y|^2 - 2 x.y in float32, relative to |x|^2 + |y|^2; measured are 3e-7."""

Indices = NDArray[np.intp]
Tick = Callable[[int, int], None]
Ready = Callable[[Vectors], Vectors]
ALONE = "There is no other picture to be near to; use a set with more pictures."


def top(
    measure: Measure, x: Vectors, y: Vectors, k: int, skip: Indices | None = None
) -> tuple[Indices, NDArray[np.float32]]:
    """The k best rows of y (N, D) for one vector x (D,), best first: indices and values, at most k of each.

    Equal values come in the order of rows. `skip`: rows that must not be found.
    """
    sign = 1 if measure.order == "ascending" else -1
    scores = sign * measure.compute(x[None], y)[0]
    if skip is not None:
        scores[skip] = np.inf
    k = min(k, int(np.isfinite(scores).sum()))
    if k == 0:
        return np.empty(0, np.intp), np.empty(0, np.float32)
    last = np.partition(scores, k - 1)[k - 1]
    near = np.flatnonzero(scores <= last + 1e-5 * abs(last) + 1e-6)
    if len(near) > k + SPARE:
        near = np.sort(near[np.argsort(scores[near], kind="stable")[: k + SPARE]])
    exact = measure.compute(x[None].astype(np.float64), y[near])[0]
    best = np.argsort(sign * exact, kind="stable")[:k]
    return near[best], exact[best]


def nearest_rows(
    x: Vectors, y: Vectors, *, unit: bool = False, same: bool = False, tick: Tick | None = None
) -> NDArray[np.float32]:
    """Distance of every row of x (N, D) to its nearest row of y (M, D), (N,) float32: Euclidean, or with `unit` the
    cosine distance 1 - cos. `same`: x is y, and a row is not its own neighbour (its duplicates are).

    Matrix products find the candidates, float64 differences decide among them, so a copy is at distance 0.
    Memory stays near 200 MB whatever N and M. Raises BadInput for a zero row under `unit`, and when y is empty.
    """
    best = _nearest_squared(x, y, vectors.unit if unit else np.asarray, same, tick)
    return (best / 2 if unit else np.sqrt(best)).astype(np.float32)


def nearest_by(
    measure: Measure, x: Vectors, y: Vectors, *, same: bool = False, tick: Tick | None = None
) -> NDArray[np.float32]:
    """As `nearest_rows`, under any measure; a similarity counts as 1 - similarity. One that is not straight takes N x M
    x D differences."""
    if measure.straight is not None:
        squared = _nearest_squared(x, y, measure.straight.ready, same, tick)
        return np.asarray(measure.straight.distance(squared), np.float32)
    if len(y) <= same:
        raise BadInput(ALONE)
    best = np.empty(len(x), np.float32)
    for start in range(0, len(x), STRIP):
        part = _as_distance(measure, measure.compute(x[start : start + STRIP], y))
        if same:
            own = np.arange(len(part))
            part[own, start + own] = np.inf
        best[start : start + STRIP] = part.min(axis=1)
        if tick is not None:
            tick(start + len(part), len(x))
    return best


def _as_distance(measure: Measure, values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values if measure.kind == "distance" else np.maximum(1 - values, 0)


def _nearest_squared(x: Vectors, y: Vectors, ready: Ready, same: bool, tick: Tick | None) -> NDArray[np.float64]:
    """Squared Euclidean distance of every ready row of x to its nearest of y, (N,)."""
    if len(y) <= same:
        raise BadInput(ALONE)
    shift = ready(y[:TILE]).mean(axis=0)
    best = np.full(len(x), np.inf)
    for a in range(0, len(x), BLOCK):
        rows = x[a : a + BLOCK]
        part = ready(rows) - shift
        low = np.full(len(part), np.inf, np.float32)
        for b in range(0, len(y), TILE):
            columns = y[b : b + TILE]
            block, noise = _squared(part, ready(columns) - shift)
            if same:
                own = np.arange(max(a, b), min(a + len(rows), b + len(columns)))
                block[own - a, own - b] = np.inf
            low = np.minimum(low, block.min(axis=1))
            done = best[a : a + BLOCK] == 0  # nothing is nearer than a copy
            i, j = _candidates(block, np.where(done, -np.inf, low + noise))
            np.minimum.at(best[a : a + BLOCK], i, _exact(rows, columns, i, j, ready))
        if tick is not None:
            tick(a + len(rows), len(x))
    return best


def pair_distances(
    x: Vectors, y: Vectors, i: Indices, j: Indices, *, unit: bool = False, tick: Tick | None = None
) -> NDArray[np.float32]:
    """Distance of row i[p] of x to row j[p] of y for every pair p, (P,) float32; `unit` as in `nearest_rows`."""
    squared = _pairs_squared(x, y, i, j, vectors.unit if unit else np.asarray, tick)
    return np.asarray(squared / 2 if unit else np.sqrt(squared), np.float32)


def pairs_by(
    measure: Measure, x: Vectors, y: Vectors, i: Indices, j: Indices, *, tick: Tick | None = None
) -> NDArray[np.float32]:
    """As `pair_distances`, under any measure; a similarity counts as 1 - similarity."""
    if measure.straight is not None:
        squared = _pairs_squared(x, y, i, j, measure.straight.ready, tick)
        return np.asarray(measure.straight.distance(squared), np.float32)
    out = np.empty(len(i), np.float32)
    order = np.argsort(i, kind="stable")  # one row of x against all that it is paired with
    starts = np.flatnonzero(np.diff(i[order], prepend=-1))
    for done, place in enumerate(np.split(order, starts[1:])):
        out[place] = measure.compute(x[i[place[:1]]], y[j[place]])[0]
        if tick is not None and (done % STRIP == STRIP - 1 or done == len(starts) - 1):
            tick(done + 1, len(starts))
    return _as_distance(measure, out)


def _pairs_squared(
    x: Vectors, y: Vectors, i: Indices, j: Indices, ready: Ready, tick: Tick | None
) -> NDArray[np.float32]:
    out = np.empty(len(i), np.float32)
    for start in range(0, len(i), BLOCK):
        part = slice(start, start + BLOCK)
        gap = ready(x[i[part]]) - ready(y[j[part]])
        out[part] = np.einsum("ij,ij->i", gap, gap)
        if tick is not None:
            tick(min(start + BLOCK, len(i)), len(i))
    return out


def _squared(x: Vectors, y: Vectors) -> tuple[Vectors, Vectors]:
    """Squared distances (n, m) up to rounding, and a bound of twice that rounding (n,)."""
    x_norms, y_norms = np.einsum("ij,ij->i", x, x), np.einsum("ij,ij->i", y, y)
    block = x @ y.T
    block *= -2
    block += y_norms
    block += x_norms[:, None]
    return block, 2 * NOISE * (x_norms + y_norms.max(initial=0))


def _candidates(block: Vectors, limit: Vectors) -> tuple[Indices, Indices]:
    """Places (rows, columns) at or below their row's limit, the TIES lowest of a row that has more."""
    inside = block <= limit[:, None]
    crowded = np.flatnonzero(np.count_nonzero(inside, axis=1) > TIES)
    inside[crowded] = False
    rows, columns = np.nonzero(inside)
    for start in range(0, len(crowded), STRIP):
        part = crowded[start : start + STRIP]
        lowest = np.argpartition(block[part], TIES - 1, axis=1)[:, :TIES]
        rows, columns = np.append(rows, part.repeat(TIES)), np.append(columns, lowest)
    finite = np.isfinite(block[rows, columns])  # not the row itself
    return rows[finite], columns[finite]


def _exact(x: Vectors, y: Vectors, i: Indices, j: Indices, ready: Ready) -> NDArray[np.float64]:
    out = np.empty(len(i))
    for start in range(0, len(i), BLOCK):
        part = slice(start, start + BLOCK)
        gap = ready(x[i[part]].astype(np.float64)) - ready(y[j[part]].astype(np.float64))
        out[part] = np.einsum("ij,ij->i", gap, gap)
    return out
