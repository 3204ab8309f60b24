"""Generation: latents through a generator, and the generator as a file of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.generators import as_bytes

PROBE = 16
"""Pictures made to see that a generator is worth keeping."""


def pictures(generator: Any, latents: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Latents (n, latent) -> uint8 (n, H, W, C) in inference mode: batch normalisation uses its running statistics,
    so a picture depends on its own latent only. Raises BadInput for values that are not numbers."""
    made: NDArray[np.float32] = generator(latents, training=False).numpy()
    if not np.isfinite(made).all():
        raise BadInput("The generator makes values that are not numbers; train with a lower learning rate.")
    return as_bytes(np.clip(made * np.float32(0.5) + np.float32(0.5), 0, 1))


def export(generator: Any, path: Path) -> None:
    """Write the generator as a `.keras` file that `core.generators.open_generator` reads, whole or not at all.
    Raises BadInput when it makes values that are not numbers."""
    pictures(generator, np.random.default_rng(0).standard_normal((PROBE, generator.input_shape[1]), np.float32))
    write(generator, path)


def write(model: Any, path: Path) -> None:
    """The model as a `.keras` file, whole or not at all."""
    part = path.with_name(f"part-{path.name}")
    model.save(part)
    part.replace(path)
