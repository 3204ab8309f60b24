"""Colour histograms in other spaces than plain RGB, and with another length."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.extractors.extractor import Extractor, one_by_one
from core.images import Picture

Planes = NDArray[np.float32]


def _counted(planes: Planes, bins: tuple[int, int, int]) -> NDArray[Any]:
    """Joint histogram of planes (H, W, 3) in [0, 1], (product of bins,), sums to 1."""
    index = np.zeros(planes.shape[:2], np.int64)
    for plane, number in zip(np.moveaxis(planes, 2, 0), bins, strict=True):
        index = index * number + np.minimum((plane * number).astype(np.int64), number - 1)
    counts: NDArray[Any] = np.bincount(index.ravel(), minlength=int(np.prod(bins)))
    share: NDArray[Any] = counts / counts.sum()
    return share


def _rgb(picture: Picture) -> Planes:
    """At its own size, in [0, 1]."""
    colour = picture.repeat(3, axis=2) if picture.shape[2] == 1 else picture
    return np.asarray(colour, np.float32) / np.float32(255)


def hellinger() -> Extractor:
    """Square roots of the joint RGB histogram of 8 x 8 x 8 bins, (512,), length 1: the Euclidean distance is √2 times
    the Hellinger distance of the histograms, so that few large areas do not rule it."""

    def roots(picture: Picture) -> NDArray[Any]:
        return np.asarray(np.sqrt(_counted(_rgb(picture), (8, 8, 8))))

    return Extractor("colour-hellinger", 1, 512, {"colour": "RGB", "bins": 8, "norm": "Hellinger"}, one_by_one(roots))


def hsv() -> Extractor:
    """Joint histogram of 16 hues x 4 saturations x 4 values, (256,), sums to 1 (Smith & Chang 1996)."""

    def histogram(picture: Picture) -> NDArray[Any]:
        planes = cv2.cvtColor(_rgb(picture), cv2.COLOR_RGB2HSV) / np.array([360, 1, 1], np.float32)
        return _counted(planes, (16, 4, 4))

    return Extractor("colour-hsv", 1, 256, {"colour": "HSV", "bins": [16, 4, 4], "norm": "L1"}, one_by_one(histogram))


def lab() -> Extractor:
    """Joint histogram of CIE L*a*b* (D65), 8 x 8 x 8 bins over L* 0 to 100 and a*, b* -128 to 127, (512,), sums to 1:
    bins are about as far apart as they look."""

    def histogram(picture: Picture) -> NDArray[Any]:
        planes = cv2.cvtColor(_rgb(picture), cv2.COLOR_RGB2LAB)
        return _counted((planes + np.array([0, 128, 128])) / np.array([100, 255, 255]), (8, 8, 8))

    return Extractor("colour-lab", 1, 512, {"colour": "Lab", "bins": 8, "norm": "L1"}, one_by_one(histogram))
