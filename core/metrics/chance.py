"""Counts and what chance makes of them: the interval of a share, and how many would fall below a mark."""

from __future__ import annotations

import math

from core.metrics.result import Z95


def wilson(count: int, n: int) -> tuple[float, float]:
    """95% interval of the share count / n (Wilson 1927), which stays honest near 0 and 1; (0, 1) for n = 0."""
    if n == 0:
        return 0.0, 1.0
    p, z2 = count / n, Z95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2) / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half))


def below(rank: int, control: int, n: int, level: float = 0.95) -> tuple[float, float, float]:
    """How many of n values fall at or below the rank-th smallest of a control of `control` values when both come from
    one continuous distribution: the mean, and the ends of the middle `level` of the beta-binomial distribution
    (Wilks 1942). Raises ValueError unless 1 <= rank <= control."""
    if not 1 <= rank <= control:
        raise ValueError(f"rank {rank} of {control}")
    from scipy.stats import betabinom

    law = betabinom(n, rank, control + 1 - rank)
    low, high = law.ppf([(1 - level) / 2, (1 + level) / 2])
    return float(law.mean()), float(low), float(high)
