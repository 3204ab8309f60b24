"""The latents with the least loss for several targets at once, by CMA-ES, without gradients. Pure."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

POPULATION = 16
SIGMA = 0.4
"""First step, beside a spread of 1 of the latents themselves."""
Losses = NDArray[np.float64]
Evaluate = Callable[[NDArray[np.float32], NDArray[np.intp]], Losses]


def search(
    evaluate: Evaluate, starts: NDArray[np.float32], steps: int, seed: int,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[NDArray[np.float32], Losses]:  # fmt: skip
    """For each of T targets the best latent found from its start (T, d) in `steps` generations, never worse than that,
    and its loss (T,): separable CMA-ES (Hansen 2016; Ros & Hansen 2008), whose steps adapt to each number of a latent.

    `evaluate(z (k, d), of (k,))` gives the losses of latents for the targets `of`; the populations of all targets go
    into one call. `tick(done, steps)` after every generation may end it by raising. The same seed gives the same
    latents.
    """
    cma = _library()
    dim = starts.shape[1]
    options = {"popsize": POPULATION, "CMA_diagonal": True, "verbose": -9, "tolfun": 0, "tolx": 0, "maxiter": steps}
    found = [
        cma.CMAEvolutionStrategy(start.astype(np.float64), SIGMA, {**options, "seed": seed + i + 1})
        for i, start in enumerate(starts)
    ]
    best, least = starts.astype(np.float32).copy(), evaluate(starts.astype(np.float32), np.arange(len(starts)))
    of = np.repeat(np.arange(len(starts)), POPULATION)
    for done in range(steps):
        tick(done, steps)
        asked = [one.ask() for one in found]
        z = np.concatenate([np.asarray(part, np.float32).reshape(-1, dim) for part in asked])
        losses = evaluate(z, of).reshape(len(starts), POPULATION)
        for i, one in enumerate(found):
            one.tell(asked[i], losses[i].tolist())
        places = losses.argmin(axis=1)
        lower = losses.min(axis=1)
        better = lower < least
        best[better] = z.reshape(len(starts), POPULATION, dim)[np.arange(len(starts)), places][better]
        least = np.minimum(least, lower)
    return best, least


def _library() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it can do without Matplotlib, and says so
        import cma

        return cma


def prior(z: NDArray[np.float32]) -> Losses:
    """How far latents (k, d) lie beyond where standard normal ones lie, (k,): max(0, |z|^2 / d - 1)."""
    return np.asarray(np.maximum(0.0, np.einsum("ij,ij->i", z, z, dtype=np.float64) / z.shape[1] - 1), np.float64)


def percentile(values: NDArray[Any], among: NDArray[Any]) -> NDArray[np.float64]:
    """The share of `among` (m,) that is below each of `values` (n,)."""
    return np.asarray(np.searchsorted(np.sort(among), values) / len(among), np.float64)
