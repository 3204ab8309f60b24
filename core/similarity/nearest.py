"""The nearest rows of a matrix: exact, block by block, winners verified in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
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
    if len(y) <= same:
        raise BadInput("There is no other picture to be near to; use a set with more pictures.")
    shift = _ready(y[:TILE], unit).mean(axis=0)
    best = np.full(len(x), np.inf)
    for a in range(0, len(x), BLOCK):
        rows = x[a : a + BLOCK]
        part = _ready(rows, unit) - shift
        low = np.full(len(part), np.inf, np.float32)
        for b in range(0, len(y), TILE):
            columns = y[b : b + TILE]
            block, noise = _squared(part, _ready(columns, unit) - shift)
            if same:
                own = np.arange(max(a, b), min(a + len(rows), b + len(columns)))
                block[own - a, own - b] = np.inf
            low = np.minimum(low, block.min(axis=1))
            done = best[a : a + BLOCK] == 0  # nothing is nearer than a copy
            i, j = _candidates(block, np.where(done, -np.inf, low + noise))
            np.minimum.at(best[a : a + BLOCK], i, _exact(rows, columns, i, j, unit))
        if tick is not None:
            tick(a + len(rows), len(x))
    return (best / 2 if unit else np.sqrt(best)).astype(np.float32)


def pair_distances(
    x: Vectors, y: Vectors, i: Indices, j: Indices, *, unit: bool = False, tick: Tick | None = None
) -> NDArray[np.float32]:
    """Distance of row i[p] of x to row j[p] of y for every pair p, (P,) float32; `unit` as in `nearest_rows`."""
    out = np.empty(len(i), np.float32)
    for start in range(0, len(i), BLOCK):
        part = slice(start, start + BLOCK)
        gap = _ready(x[i[part]], unit) - _ready(y[j[part]], unit)
        squared = np.einsum("ij,ij->i", gap, gap)
        out[part] = squared / 2 if unit else np.sqrt(squared)
        if tick is not None:
            tick(min(start + BLOCK, len(i)), len(i))
    return out


def _ready(vectors: Vectors, unit: bool) -> NDArray[Any]:
    """The rows themselves, or scaled to length 1."""
    if not unit:
        return np.asarray(vectors)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not lengths.all():
        raise BadInput("The features of a picture are all zeros, so cosine is not defined; use Euclidean distance.")
    return np.asarray(vectors / lengths)


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


def _exact(x: Vectors, y: Vectors, i: Indices, j: Indices, unit: bool) -> NDArray[np.float64]:
    out = np.empty(len(i))
    for start in range(0, len(i), BLOCK):
        part = slice(start, start + BLOCK)
        gap = _ready(x[i[part]].astype(np.float64), unit) - _ready(y[j[part]].astype(np.float64), unit)
        out[part] = np.einsum("ij,ij->i", gap, gap)
    return out
