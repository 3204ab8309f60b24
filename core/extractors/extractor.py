"""The shape of an extractor: pictures in, vectors out, and a key over everything that decides them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from core.images import Picture

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[Picture]], Vectors]


@dataclass(frozen=True)
class Extractor:
    """`embed` takes uint8 (H, W, C) pictures of any size and gives (N, dim) float32."""

    name: str
    version: int
    dim: int
    preprocessing: dict[str, Any]
    embed: Embed = field(repr=False)
    weights_sha256: str = ""
    state: Vectors | None = field(default=None, repr=False)
    """What was learned from a reference set, (words, D) float32; None for most."""
    runtimes: dict[str, Embed] = field(default_factory=dict, repr=False, compare=False)
    """Other ways to the same vectors, to 1e-4 of the largest number, and `embed` itself first; none where there is but
    one. Some import TensorFlow: the worker and the command line only."""
    worker_only: bool = False
    """It imports TensorFlow, which the web process does not: nothing is embedded on the spot."""

    @property
    def key(self) -> str:
        """sha256 over name, version, dimension, preprocessing, weights and learned state."""
        parts = [self.name, self.version, self.dim, self.preprocessing, self.weights_sha256]
        digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
        if self.state is not None:
            digest.update(np.ascontiguousarray(self.state, "<f4").tobytes())
        return digest.hexdigest()


def rgb(picture: Picture, size: int) -> NDArray[np.uint8]:
    """The picture as RGB (size, size, 3): grey is repeated; Pillow's bicubic, which antialiases when it shrinks
    (OpenCV's does not, and that is worth whole FID points)."""
    if picture.shape[2] == 1:
        picture = picture.repeat(3, axis=2)
    if picture.shape[:2] == (size, size):
        return picture
    resized = Pillow.fromarray(picture).resize((size, size), Pillow.Resampling.BICUBIC)
    return np.asarray(resized, dtype=np.uint8)


def grey(picture: Picture, size: int) -> NDArray[np.uint8]:
    """The picture as grey (size, size), Rec. 601 luma."""
    return np.asarray(cv2.cvtColor(rgb(picture, size), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def one_by_one(function: Callable[[Picture], NDArray[Any]]) -> Callable[[Sequence[Picture]], Vectors]:
    """Lift a function of one picture to a sequence of them."""

    def embed(pictures: Sequence[Picture]) -> Vectors:
        return np.stack([function(p) for p in pictures]).astype(np.float32)

    return embed
