"""Known changes of a set of pictures: which of them are in it. Everything is positions in, positions out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.intp]
Modes = NDArray[np.integer[Any]]
"""(N,) whole numbers 0..K-1: the kind of each picture, a label or a cluster."""
Random = np.random.Generator


def resampled(modes: Modes, weights: NDArray[np.float64], n: int, rng: Random) -> Positions:
    """`n` positions, mode k as often as its size times `weights[k]` asks for (largest remainders), (n,) shuffled.

    No picture comes twice as long as its mode has enough; a mode that has too few repeats all of its pictures
    equally often, to within one. Raises ValueError when every weight is 0.
    """
    sizes = np.bincount(modes, minlength=len(weights)) * weights
    if not sizes.sum() > 0:
        raise ValueError("every mode has weight 0")
    wanted = sizes / sizes.sum() * n
    counts = np.floor(wanted).astype(int)
    counts[np.argsort(counts - wanted, kind="stable")[: n - counts.sum()]] += 1
    parts = [np.resize(rng.permutation(np.flatnonzero(modes == k)), count) for k, count in enumerate(counts) if count]
    found: Positions = rng.permutation(np.concatenate(parts))
    return found


def dropped(modes: Modes, share: float, n: int, rng: Random) -> Positions:
    """`n` positions without `share` of the modes (at least one, never all), drawn by `rng`; the rest resampled."""
    return resampled(modes, _weights(modes, max(1, int(share * _count(modes))), 0.0, rng), n, rng)


def imbalanced(modes: Modes, weight: float, n: int, rng: Random) -> Positions:
    """`n` positions with half of the modes, drawn by `rng`, only `weight` times as frequent as they are."""
    return resampled(modes, _weights(modes, max(1, _count(modes) // 2), weight, rng), n, rng)


def _count(modes: Modes) -> int:
    return int(modes.max()) + 1


def _weights(modes: Modes, changed: int, weight: float, rng: Random) -> NDArray[np.float64]:
    count = _count(modes)
    if count < 2:
        raise ValueError("one mode alone cannot be left out")
    weights = np.ones(count)
    weights[rng.permutation(count)[: min(changed, count - 1)]] = weight
    return weights


def among(n: int, share: float, rng: Random) -> Positions:
    """Which of `n` pictures give way to planted ones: `share` of them, at least one, ascending."""
    found: Positions = np.sort(rng.permutation(n)[: max(1, round(share * n))])
    return found
