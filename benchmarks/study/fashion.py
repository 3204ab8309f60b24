"""60,000 real pictures as a population: Fashion-MNIST's training part under EfficientNet-Lite0 at 96 px, made once."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.extractors.extractor import Extractor

SOURCE = Path("/usr/share/datasets/fashion-mnist")
"""Debian's package dataset-fashion-mnist."""
KEPT = Path(__file__).parents[2] / "build" / "study"
BATCH = 1000
Vectors = NDArray[np.float32]


def available() -> bool:
    return (SOURCE / "train-images-idx3-ubyte.gz").exists()


def _read(name: str, header: int) -> NDArray[np.uint8]:
    with gzip.open(SOURCE / name) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


@cache
def labels() -> NDArray[np.uint8]:
    """(60000,) 0 to 9, 6,000 of each."""
    return _read("train-labels-idx1-ubyte.gz", 8)


def _pictures(blurred: bool) -> NDArray[np.uint8]:
    pictures = _read("train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
    if blurred:  # what a generator makes that is a little soft
        pictures = np.stack([cv2.GaussianBlur(one, (0, 0), 0.8) for one in pictures])
    return pictures[..., None]


def _kept(name: str, blurred: bool, extractor: Callable[[], Extractor]) -> Vectors:
    """Of all pictures, made once: a file is there whole or not at all."""
    path = KEPT / f"fashion-{name}.npy"
    if not path.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        made, pictures = extractor(), _pictures(blurred)
        parts = [made.embed(list(pictures[i : i + BATCH])) for i in range(0, len(pictures), BATCH)]
        np.save(path.with_suffix(".part.npy"), np.concatenate(parts))
        path.with_suffix(".part.npy").replace(path)
    return np.asarray(np.load(path), np.float32)


@cache
def vectors(blurred: bool = False) -> Vectors:
    """(60000, 1280) float32, of the pictures as they are or blurred by a Gaussian of 0.8 px; a minute or two the
    first time, then read from `build/study`."""
    from core.extractors.efficientnet import efficientnet

    return _kept("blurred" if blurred else "real", blurred, lambda: efficientnet(96, KEPT / "models"))


@cache
def gabor() -> Vectors:
    """(60000, 48) float32: classical features of few effective dimensions; minutes the first time."""
    from core import extractors

    return _kept("gabor", False, lambda: extractors.get("gabor").build(KEPT / "models", None))


@cache
def _axes(d: int) -> tuple[Vectors, Vectors]:
    """Mean and the first `d` principal axes of the real population, (1280,) and (1280, d)."""
    whole = vectors()
    _, axes = np.linalg.eigh(np.cov(whole, rowvar=False))
    return whole.mean(axis=0), np.ascontiguousarray(axes[:, ::-1][:, :d], np.float32)


@cache
def reduced(d: int, blurred: bool = False) -> Vectors:
    """(60000, d) float32: the population on its first `d` principal axes; all 1,280 are left as they are."""
    if d == vectors().shape[1]:
        return vectors(blurred)
    mean, axes = _axes(d)
    return np.asarray((vectors(blurred) - mean) @ axes, np.float32)
