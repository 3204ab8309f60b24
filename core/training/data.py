"""Data preparation: the reference part of a stored set as batches in [-1, 1], augmented if asked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import images, references
from core.errors import BadInput
from core.extractors.extractor import grey, rgb
from core.images import Picture
from core.progress import Progress, silent
from core.training.models import get
from core.training.settings import TrainingSettings
from core.workspace import Workspace
from storage.images import smallest_side

READ = 500
"""Pictures read from the database at a time."""
MOST_BYTES = 2 << 30
"""All pictures are kept in memory while they are trained on."""
MOST_PROPOSED = 128
LOOKED_AT = 64
"""Pictures looked at to propose a number of channels."""
STREAM = 1_000_003
"""Keeps the random numbers of the augmentation apart from those of the order."""


def proposed(workspace: Workspace, set_id: int, architecture: str) -> tuple[int, int]:
    """(size, channels) that fit the pictures of a set: the smallest side, brought to what the architecture can make and
    128 at most, and 3 where one of the first pictures has colours. Raises NotFound for what is unknown."""
    model = get(architecture)
    references.get(workspace, set_id)
    with workspace.database.read() as session:
        side = smallest_side(session, set_id)
    size = min(max(round(side / model.multiple), 8 // model.multiple, 1) * model.multiple, MOST_PROPOSED)
    return size, max(picture.shape[2] for picture in images.load(workspace, set_id, 0, LOOKED_AT))


def load(workspace: Workspace, settings: TrainingSettings, *, progress: Progress = silent) -> NDArray[np.uint8]:
    """The reference part of the settings' set, uint8 (m, size, size, channels); the held-out part stays out, so that
    it remains a control that no generator has seen. Raises NotFound for an unknown set, BadInput for one too large for
    memory."""
    reference = references.get(workspace, settings.reference_set_id)
    shape = (reference.m, settings.size, settings.size, settings.channels)
    if (needed := int(np.prod(shape, dtype=np.int64))) > MOST_BYTES:
        raise BadInput(
            f"{reference.m:,} pictures of {settings.size} px are {needed / 2**30:.1f} GiB, more than the "
            f"{MOST_BYTES >> 30} GiB that a training keeps in memory; train at a smaller size or on a smaller set."
        )
    out = np.empty(shape, np.uint8)
    for start in range(0, reference.m, READ):
        part = images.load(workspace, reference.set_id, start, min(start + READ, reference.m))
        out[start : start + len(part)] = [fitted(p, settings.size, settings.channels, settings.fit) for p in part]
        progress(start + len(part), reference.m, f"reading {reference.label}")
    return out


def fitted(picture: Picture, size: int, channels: int, fit: str) -> Picture:
    """The picture as uint8 (size, size, channels); `fit` is one of `settings.FITS`."""
    if fit == "crop":
        height, width = picture.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        picture = np.ascontiguousarray(picture[top : top + side, left : left + side])
    if picture.shape == (size, size, channels):
        return picture
    return rgb(picture, size) if channels == 3 else grey(picture, size)[:, :, None]


def steps_per_epoch(pictures: int, batch: int) -> int:
    """Whole batches in an epoch. Raises BadInput when there is none."""
    if pictures < batch:
        raise BadInput(f"{pictures} pictures do not fill a batch of {batch}; use a smaller batch or a larger set.")
    return pictures // batch


def batches(pictures: NDArray[np.uint8], settings: TrainingSettings, epoch: int) -> Any:
    """One epoch as a tf.data.Dataset of float32 (batch, size, size, channels), scaled here and nowhere else to
    [-1, 1]. Order and augmentation are decided by seed and epoch alone; the last incomplete batch is dropped."""
    import tensorflow as tf

    seed = settings.seed + epoch
    order = np.random.default_rng(seed).permutation(len(pictures))
    source = tf.constant(pictures)
    moves = _moves(settings, len(pictures), seed)
    dataset = tf.data.Dataset.from_tensor_slices((order, order if moves is None else moves))

    def prepared(rows: Any, moved: Any) -> Any:
        real = tf.cast(tf.gather(source, rows), tf.float32) / 127.5 - 1
        return real if moves is None else _moved(real, moved)

    return dataset.batch(settings.batch, drop_remainder=True).map(prepared).prefetch(2)


def _moves(settings: TrainingSettings, n: int, seed: int) -> NDArray[np.float32] | None:
    """For each picture the first two rows of the matrix that takes a place (x, y, 1) of the new picture to a place in
    the old one, then 0, 0: (n, 8) as TensorFlow wants them; None where nothing is moved."""
    if not (settings.flip or settings.rotate or settings.crop):
        return None
    rng = np.random.default_rng((STREAM, seed))
    flip, turn, *place = rng.random((4, n))
    share = rng.random(n)
    middle = (settings.size - 1) / 2
    scale = 1 - settings.crop * share
    angle = np.deg2rad(settings.rotate) * (2 * turn - 1)
    mirror = np.where(settings.flip & (flip < 0.5), -1.0, 1.0)
    a, b = scale * np.cos(angle) * mirror, -scale * np.sin(angle)
    c, d = scale * np.sin(angle) * mirror, scale * np.cos(angle)
    across, down = ((1 - scale) * middle * (2 * p - 1) for p in place)
    x, y = middle - (a + b) * middle + across, middle - (c + d) * middle + down
    nothing = np.zeros(n)
    return np.stack([a, b, x, c, d, y, nothing, nothing], 1).astype(np.float32)


def _moved(real: Any, moves: Any) -> Any:
    """Bilinear; what comes from beyond the edge is mirrored at it."""
    import tensorflow as tf

    return tf.raw_ops.ImageProjectiveTransformV3(
        images=real, transforms=moves, output_shape=tf.shape(real)[1:3], fill_value=0.0, interpolation="BILINEAR",
        fill_mode="REFLECT",
    )  # fmt: skip
