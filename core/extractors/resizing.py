"""The two ways of resizing that published FIDs were made with. Both give float32, not rounded to whole levels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from core.images import Picture

Planes = NDArray[np.float32]


def coloured(picture: Picture) -> Picture:
    """Grey repeated to RGB."""
    return picture.repeat(3, axis=2) if picture.shape[2] == 1 else picture


def tf1_bilinear(picture: Picture, side: int) -> Planes:
    """(side, side, C) as TensorFlow 1's ResizeBilinear with align_corners off makes it: a pixel at `place` is taken
    from place x size / side, without half-pixel centres, between two neighbours whatever the scale (no antialias)."""
    rows, columns = (_between(size, side) for size in picture.shape[:2])
    pixels = picture.astype(np.float32)
    left, right, across = columns
    upper, lower, down = rows
    across, down = across[None, :, None], down[:, None, None]
    top, bottom = pixels[upper], pixels[lower]
    top = top[:, left] + (top[:, right] - top[:, left]) * across
    bottom = bottom[:, left] + (bottom[:, right] - bottom[:, left]) * across
    resized: Planes = top + (bottom - top) * down
    return resized


def _between(size: int, side: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Planes]:
    """Of every new place: the two old ones it lies between, and how far towards the second (float32, as TensorFlow)."""
    scale = np.float32(size) / np.float32(side)
    place = np.arange(side, dtype=np.float32) * scale
    first = np.floor(place).astype(np.intp)
    return first, np.minimum(first + 1, size - 1), (place - first.astype(np.float32)).astype(np.float32)


def clean_bicubic(picture: Picture, side: int) -> Planes:
    """(side, side, C) as clean-fid makes it (Parmar et al. 2022): Pillow's bicubic on each channel in floats, which
    antialiases as it shrinks, cut to 0..255."""
    if picture.shape[:2] == (side, side):
        return picture.astype(np.float32)
    planes = [
        np.asarray(Pillow.fromarray(plane).resize((side, side), Pillow.Resampling.BICUBIC))
        for plane in np.moveaxis(picture.astype(np.float32), 2, 0)
    ]
    resized: Planes = np.clip(np.stack(planes, axis=2), 0, 255)
    return resized
