"""The nearest pictures by pixels, whatever small shift or mirroring brings two of them together: exact, block by block.

Every window of a picture that leaves out `border` pixels a side, of it and of its mirror image, is compared with the
middle window of the other: no pixel is made up at the edges. Few directions of the windows give a lower bound of every
distance in one matrix product; what the bound leaves open is decided on the pixels themselves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.similarity.nearest import Tick

SIDE = 32
"""Pixels a side at most: larger pictures are shrunk before."""
BORDER = 2
"""Largest shift in pixels, at SIDE; small pictures move less."""
RANK = 128
"""Directions of the bound."""
VALUES = 16 << 20
"""Numbers in one block: 64 MB of float32."""
ROUNDING = 1e-5
"""Bound of what float32 adds to a squared distance, relative to the squared lengths; measured are 3e-7."""

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


def border(side: int) -> int:
    """Largest shift, in pixels, of pictures of this side."""
    return min(BORDER, side // 8)


def nearest_moved(x: Pixels, y: Pixels, k: int, tick: Tick | None = None) -> tuple[NDArray[np.intp], Floats]:
    """The k pictures of y (M, S, S, C) nearest to each of x (N, S, S, C), both uint8, nearest first: positions (N, k)
    and distances (N, k), the root of the mean squared difference in grey levels, 0 to 255, at the shift of up to
    `border(S)` pixels each way, mirrored or not, where it is smallest. k is cut to M.

    Exact: a shifted or mirrored copy is at distance 0. Equal distances come in the order of y. Raises BadInput when y
    is empty.
    """
    if not len(y):
        raise BadInput("There is no other picture to be near to; use a set with more pictures.")
    k, edge = min(k, len(y)), border(x.shape[1])
    middle = y[:, edge : y.shape[1] - edge, edge : y.shape[2] - edge].reshape(len(y), -1)
    bound = _Bound(middle)
    places, squares = np.empty((len(x), k), np.intp), np.empty((len(x), k))
    step = max(1, VALUES // (_windows(x[:1], edge).shape[1] * len(y)))
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        places[part], squares[part] = _nearest(_windows(x[part], edge), middle, bound, k)
        if tick is not None:
            tick(min(start + step, len(x)), len(x))
    return places, np.sqrt(squares / middle.shape[1]).astype(np.float32)


def _windows(x: Pixels, edge: int) -> Pixels:
    """(N, windows, values): every window of every picture, then those of its mirror image."""
    rows, columns = x.shape[1] - 2 * edge, x.shape[2] - 2 * edge
    both = np.stack([x, x[:, :, ::-1]], axis=1)
    seen = np.lib.stride_tricks.sliding_window_view(both, (rows, columns), axis=(2, 3))
    return np.moveaxis(seen, 4, -1).reshape(len(x), -1, rows * columns * x.shape[3])


class _Bound:
    """Squared distances from below: those within the RANK main directions, and of what is left, the difference of the
    two lengths."""

    def __init__(self, middle: Pixels) -> None:
        sample = middle[:: max(1, len(middle) // 2000)].astype(np.float32)
        self.centre = sample.mean(axis=0)
        self.basis = _directions(sample - self.centre)
        self.coded = self._code(middle)
        self.turned = np.ascontiguousarray(-2 * self.coded.T)
        self.noise = 0.0

    def _code(self, values: Pixels) -> Floats:
        """(n, RANK + 1): coordinates, and the length of the rest."""
        out = np.empty((len(values), self.basis.shape[1] + 1), np.float32)
        step = max(1, VALUES // values.shape[1])
        for start in range(0, len(values), step):
            rows = values[start : start + step] - self.centre
            out[start : start + step, :-1] = rows @ self.basis
            rest = np.einsum("ij,ij->i", rows, rows) - np.einsum("ij,ij->i", *[out[start : start + step, :-1]] * 2)
            out[start : start + step, -1] = np.sqrt(np.maximum(rest, 0))
        return out

    def squared(self, windows: Pixels) -> Floats:
        """(n, M): at most the squared distance of the best of n x w windows to each picture."""
        code = self._code(windows.reshape(-1, windows.shape[2]))
        block = code @ self.turned
        block += np.einsum("ij,ij->i", code, code)[:, None]
        self.noise = ROUNDING * float((code * code).sum(axis=1).max() + (self.coded * self.coded).sum(axis=1).max())
        lowest: Floats = block.reshape(len(windows), windows.shape[1], -1).min(axis=1)
        lowest += np.einsum("ij,ij->i", self.coded, self.coded)
        return lowest


def _directions(centred: Floats) -> Floats:
    """The RANK directions (values, RANK) in which pictures differ most; any orthonormal ones would do."""
    from scipy.linalg import eigh

    values = centred.shape[1]
    rank = min(RANK, values)
    _, basis = eigh(centred.T @ centred, subset_by_index=(values - rank, values - 1))
    return np.asarray(basis, np.float32)


def _nearest(
    windows: Pixels, middle: Pixels, bound: _Bound, k: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:  # fmt: skip
    """The k with the lowest bounds first; then, for each picture, all whose bound is not above the worst of these."""
    lowest = bound.squared(windows)
    first = np.argpartition(lowest, k - 1, axis=1)[:, :k]
    places, squares = _decided(windows, middle, np.sort(first, axis=1), k)
    for row, limit in enumerate(squares[:, -1] + bound.noise):
        near = np.flatnonzero(lowest[row] <= limit)
        found = _decided(windows[row : row + 1], middle, near[None], k)
        places[row], squares[row] = found[0][0], found[1][0]
    return places, squares


def _decided(
    windows: Pixels, middle: Pixels, candidates: NDArray[np.intp], k: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The best k of the candidates (n, c), in ascending order of place, of each of n pictures."""
    exact = np.empty(candidates.shape)
    step = max(1, VALUES // 4 // windows.shape[2])
    rows, columns = max(1, step // candidates.shape[1]), min(step, candidates.shape[1])
    for i in range(0, len(windows), rows):
        for j in range(0, candidates.shape[1], columns):
            part = slice(i, i + rows), slice(j, j + columns)
            exact[part] = _squared(windows[part[0]], middle[candidates[part]])
    best = np.argsort(exact, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(candidates, best, axis=1), np.take_along_axis(exact, best, axis=1)


def _squared(windows: Pixels, pictures: Pixels) -> NDArray[np.float64]:
    """Squared distances (n, c) of the best of the windows (n, w, values) to each picture (n, c, values): sums of whole
    numbers, exact in float64."""
    a, b = windows.astype(np.float64), pictures.astype(np.float64)
    block = a @ np.swapaxes(b, 1, 2)
    block *= -2
    block += np.einsum("nwv,nwv->nw", a, a)[:, :, None]
    lowest: NDArray[np.float64] = block.min(axis=1)
    lowest += np.einsum("ncv,ncv->nc", b, b)
    return lowest
