"""The error of an estimate from the influence of each picture, and how far an interval reaches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CERTAIN = 1e9
"""Degrees of freedom at which Student's t is the normal distribution."""

Jackknife = tuple[NDArray[np.float64], float, float]
"""Of one side, what `once` takes: influences (n,), the variance that comes off, the least that is left."""


def spread(influence: NDArray[np.float64] | None) -> tuple[float, float]:
    """Variance of the mean of `influence` (n,), and how many degrees of freedom that estimate has: 2n / (kurtosis - 1),
    which is n for a normal one and few where a few pictures make it (Satterthwaite 1946; Box 1953)."""
    if influence is None or len(influence) < 2:
        return 0.0, CERTAIN
    squares = (influence - influence.mean()) ** 2
    variance = float(squares.sum() / (len(influence) - 1))
    if variance == 0:
        return 0.0, CERTAIN
    kurtosis = float((squares**2).mean() / squares.mean() ** 2)
    freedom = min(len(influence) - 1.0, 2 * len(influence) / max(kurtosis - 1, 1e-9))
    return variance / len(influence), max(1.0, freedom)


def once(influence: NDArray[np.float64], off: float, least: float) -> NDArray[np.float64]:
    """Influences (n,) of the delete-one jackknife, scaled so that products of two pictures count once in their variance
    and not twice (Efron & Stein 1981): `off` comes off it, and `least`, the whole variance where nothing is of first
    order, is always left. Two sets that are nearly alike would otherwise have the smallest error where the value is
    lowest, since the jackknife and the value rise and fall together there.

    Products of a generated and a reference picture are in the influences of both. They stay with the generated ones and
    come off the reference's, so that a difference of two checkpoints on one reference set, which reads the generated
    pictures alone, has them: given the reference, they are of first order.
    """
    variance = spread(influence)[0]
    return np.asarray(np.sqrt(max(variance - off, least) / variance) * influence) if variance > 0 else influence


def alike(*sides: Jackknife) -> bool:
    """Of both sides: whether products of two pictures make more of the
    variance than single pictures do, as of two sets that are drawn alike."""
    return sum(spread(influence)[0] - off for influence, off, _ in sides) < 2 * sum(least for *_, least in sides)


def together(*parts: tuple[float, float]) -> tuple[float, float]:
    """Variance and degrees of freedom of a sum of independent parts (Welch 1947; Satterthwaite 1946)."""
    total = sum(variance for variance, _ in parts)
    spreads = sum(variance**2 / freedom for variance, freedom in parts)
    return total, min(CERTAIN, total**2 / spreads) if spreads > 0 else CERTAIN


def quantile(level: float, freedom: float = CERTAIN) -> float:
    """How many errors a two-sided interval of this confidence reaches to each side."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))
