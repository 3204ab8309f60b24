"""What generated and reference vectors are drawn from, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.study import fashion

Vectors = NDArray[np.float32]
Draw = Callable[[np.random.Generator, int], tuple[Vectors, Vectors]]
D = 64
SHIFT, SCALE = 1.0, 1.1
"""Made-up generators are off by |m| = 1 and have 1.1 times the spread."""


@dataclass(frozen=True)
class Population:
    """`draw(rng, n)` gives n generated and n reference vectors. `size`: of a finite population, else 0; `truth`: the
    values of metrics for infinitely many pictures, where there is a closed form."""

    name: str
    title: str
    d: int
    draw: Draw
    size: int = 0
    truth: dict[str, float] = field(default_factory=dict)
    available: Callable[[], bool] = lambda: True


def _cloud(rng: np.random.Generator, n: int, freedom: float = np.inf, d: int = D) -> Vectors:
    """(n, d) float32 with mean 0 and covariance I: normal, or Student's t with so many degrees of freedom."""
    drawn = rng.standard_normal((n, d))
    if np.isfinite(freedom):
        drawn *= np.sqrt((freedom - 2) / rng.chisquare(freedom, (n, 1)))
    return drawn.astype(np.float32)


def _made_up(rng: np.random.Generator, n: int, freedom: float = np.inf) -> tuple[Vectors, Vectors]:
    generated = _cloud(rng, n, freedom) * np.float32(SCALE) + np.float32(SHIFT / np.sqrt(D))
    return generated, _cloud(rng, n, freedom)


def _soft(rng: np.random.Generator, n: int, d: int) -> tuple[Vectors, Vectors]:
    """Blurred pictures against real ones, each drawn without replacement."""
    return tuple(fashion.reduced(d, blurred)[rng.choice(60_000, n, replace=False)] for blurred in (True, False))  # type: ignore[return-value]


def _equal(rng: np.random.Generator, n: int) -> tuple[Vectors, Vectors]:
    return _cloud(rng, n, d=8), _cloud(rng, n, d=8)


def _halves(rng: np.random.Generator, n: int, of: Callable[[], Vectors]) -> tuple[Vectors, Vectors]:
    """Real pictures against other real ones: a difference of two parts of a finite population without common pictures
    varies as if both were drawn from an infinite one."""
    whole = of()
    rows = rng.choice(len(whole), 2 * n, replace=False)
    return whole[rows[:n]], whole[rows[n:]]


_FRECHET = SHIFT**2 + D * (SCALE - 1) ** 2
POPULATIONS = (
    Population("gaussian", "Gaussian", D, _made_up, truth={"fd-infinity": _FRECHET}),
    Population(
        "student10", "Student t, 10 degrees", D, partial(_made_up, freedom=10.0), truth={"fd-infinity": _FRECHET}
    ),
    Population("student5", "Student t, 5 degrees", D, partial(_made_up, freedom=5.0), truth={"fd-infinity": _FRECHET}),
    Population("real64", "Real, 64 axes", 64, partial(_soft, d=64), 60_000, available=fashion.available),
    Population("equal8", "Equals: Gaussian, 8 dimensions", 8, _equal, truth={"kid": 0.0, "fd-infinity": 0.0}),
    Population(
        "equal64",
        "Equals: real against real, 64 axes",
        64,
        partial(_halves, of=partial(fashion.reduced, 64)),
        truth={"kid": 0.0},
        available=fashion.available,
    ),
    Population(
        "equalgabor",
        "Equals: real against real, Gabor",
        48,
        partial(_halves, of=fashion.gabor),
        truth={"kid": 0.0},
        available=fashion.available,
    ),
    Population("real1280", "Real, all 1,280", 1280, partial(_soft, d=1280), 60_000, available=fashion.available),
)
