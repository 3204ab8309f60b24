"""Latent smoothness: how fast pictures change as a latent moves, in the way of perceptual path length (Karras, Laine &
Aila 2019)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.metrics.result import Result, mean_result

EPS = 1e-4
BATCH = 64
Latents = NDArray[np.float32]
Pictures = NDArray[np.float32]
Space = Callable[[Pictures], NDArray[np.floating]]
"""Pictures (n, H, W, C) float32 in [0, 1] as points (n, ...)."""


def root_pixels(pictures: Pictures) -> NDArray[np.float64]:
    """The pixels over the root of their number, (n, H W C): the distance is the root mean square difference of a pixel,
    whatever the size of the pictures."""
    flat = pictures.reshape(len(pictures), -1).astype(np.float64)
    return np.asarray(flat / np.sqrt(flat.shape[1]))


def speeds(
    generate: Callable[[Latents, NDArray[np.int64]], Pictures],
    latents: Latents,
    directions: Latents,
    labels: NDArray[np.int64],
    spaces: dict[str, Space],
    eps: float = EPS,
) -> Iterator[dict[str, NDArray[np.float64]]]:
    """d(G(z), G(z + eps u))^2 / eps^2 for every latent z and direction u (n, L), in every space, batch by batch.

    `generate` gives pictures as floats: rounded to bytes they do not change at all over so small a step, or by a whole
    level.
    """
    for start in range(0, len(latents), BATCH):
        part = slice(start, start + BATCH)
        there = latents[part] + np.float32(eps) * directions[part]
        # float32 cannot hold the step exactly: what was really gone is what counts.
        gone = np.linalg.norm((there - latents[part]).astype(np.float64), axis=1)
        step = gone / np.linalg.norm(directions[part].astype(np.float64), axis=1)
        pictures = generate(latents[part], labels[part]), generate(there, labels[part])
        found = {}
        for name, space in spaces.items():
            gap = space(pictures[1]).astype(np.float64) - space(pictures[0])
            found[name] = (gap.reshape(len(gap), -1) ** 2).sum(axis=1) / step**2
        yield found


def smoothness(found: NDArray[np.float64], eps: float = EPS) -> Result:
    """The mean of `speeds` (n,), with the normal interval of a mean over latents. A few latents on the border between
    two kinds of picture can make most of it: the median stands beside it."""
    if len(found) < 2 or not np.isfinite(found).all():
        raise BadInput("Smoothness needs at least 2 latents whose pictures are numbers; ask for more.")
    return mean_result(found, eps=eps, median=float(np.median(found)))
