"""Data preparation: the reference part of a stored set as batches in [-1, 1]."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import images, references
from core.errors import BadInput
from core.extractors.extractor import grey, rgb
from core.images import Picture
from core.progress import Progress, silent
from core.workspace import Workspace

READ = 500
"""Pictures read from the database at a time."""


def load(
    workspace: Workspace, set_id: int, size: int, channels: int, *, progress: Progress = silent
) -> NDArray[np.uint8]:
    """The reference part of a set, uint8 (m, size, size, channels); the held-out part stays out, so that it remains a
    control that no generator has seen. Raises NotFound for an unknown set."""
    reference = references.get(workspace, set_id)
    out = np.empty((reference.m, size, size, channels), np.uint8)
    for start in range(0, reference.m, READ):
        part = images.load(workspace, set_id, start, min(start + READ, reference.m))
        out[start : start + len(part)] = [_fitted(picture, size, channels) for picture in part]
        progress(start + len(part), reference.m, f"reading {reference.label}")
    return out


def _fitted(picture: Picture, size: int, channels: int) -> Picture:
    if picture.shape == (size, size, channels):
        return picture
    return rgb(picture, size) if channels == 3 else grey(picture, size)[:, :, None]


def steps_per_epoch(pictures: int, batch: int) -> int:
    """Whole batches in an epoch. Raises BadInput when there is none."""
    if pictures < batch:
        raise BadInput(f"{pictures} pictures do not fill a batch of {batch}; use a smaller batch or a larger set.")
    return pictures // batch


def batches(pictures: NDArray[np.uint8], batch: int, seed: int) -> Any:
    """One epoch as a tf.data.Dataset of float32 (batch, size, size, channels), scaled here and nowhere else to
    [-1, 1]. The order is decided by `seed` alone; the last incomplete batch is dropped."""
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices(np.random.default_rng(seed).permutation(len(pictures)))
    source = tf.constant(pictures)
    return (
        dataset.batch(batch, drop_remainder=True)
        .map(lambda rows: tf.cast(tf.gather(source, rows), tf.float32) / 127.5 - 1)
        .prefetch(2)
    )
