"""Features that need no weights: raw pixels, colour histogram, Gabor bank, HOG, LBP."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.extractors.extractor import Extractor, grey, one_by_one, rgb
from core.images import Picture

SIDE = 64
RESIZE = "Pillow bicubic, antialiased"


def pixels() -> Extractor:
    """RGB of the picture at 32 x 32, in [0, 1], (3072,)."""
    return Extractor(
        "pixels", 1, 32 * 32 * 3, {"resize": RESIZE, "side": 32, "colour": "RGB"},
        one_by_one(lambda p: rgb(p, 32).ravel() / np.float32(255)),
    )  # fmt: skip


def colour_histogram() -> Extractor:
    """Joint RGB histogram of 8 x 8 x 8 bins at the picture's own size, sums to 1 (Swain & Ballard 1991)."""

    def histogram(picture: Picture) -> NDArray[Any]:
        bins = picture.astype(np.int64) >> 5
        if bins.shape[2] == 1:
            bins = bins.repeat(3, axis=2)
        index = bins[..., 0] * 64 + bins[..., 1] * 8 + bins[..., 2]
        counts: NDArray[Any] = np.bincount(index.ravel(), minlength=512)
        share: NDArray[Any] = counts / counts.sum()
        return share

    return Extractor("colour-histogram", 1, 512, {"colour": "RGB", "bins": 8, "norm": "L1"}, one_by_one(histogram))


@cache
def _gabor_bank() -> tuple[NDArray[Any], ...]:
    kernels = []
    for wavelength in (4.0, 6.0, 9.0, 13.5):
        for turn in range(6):
            kernel = cv2.getGaborKernel((25, 25), 0.5 * wavelength, np.pi * turn / 6, wavelength, 0.5, 0)
            kernels.append(kernel - kernel.mean())  # no answer to flat brightness
    return tuple(kernels)


def gabor() -> Extractor:
    """Mean and standard deviation of the response energy of 4 scales x 6 orientations, (48,)
    (Manjunath & Ma 1996)."""

    def energies(picture: Picture) -> NDArray[Any]:
        small = grey(picture, SIDE).astype(np.float32) / 255
        answers = [np.abs(cv2.filter2D(small, cv2.CV_32F, kernel)) for kernel in _gabor_bank()]
        return np.array([[a.mean(), a.std()] for a in answers]).ravel()

    shape = {"resize": RESIZE, "side": SIDE, "colour": "grey", "scales": 4, "orientations": 6}
    return Extractor("gabor", 1, 48, shape, one_by_one(energies))


def hog() -> Extractor:
    """Histogram of oriented gradients, 9 orientations, 8 x 8 cells, 2 x 2 blocks, (1764,) (Dalal & Triggs 2005)."""

    def gradients(picture: Picture) -> NDArray[Any]:
        from skimage.feature import hog as skimage_hog

        out: NDArray[Any] = skimage_hog(grey(picture, SIDE), 9, (8, 8), (2, 2), "L2-Hys")
        return out

    shape = {"resize": RESIZE, "side": SIDE, "colour": "grey", "orientations": 9, "cell": 8, "block": 2}
    return Extractor("hog", 1, 1764, shape, one_by_one(gradients))


def lbp() -> Extractor:
    """Histogram of the 59 non-rotation-invariant uniform local binary patterns, 8 neighbours at radius 1, sums to 1
    (Ojala et al. 2002)."""

    def patterns(picture: Picture) -> NDArray[Any]:
        from skimage.feature import local_binary_pattern

        codes = local_binary_pattern(grey(picture, SIDE), 8, 1, "nri_uniform").astype(np.int64)
        counts: NDArray[Any] = np.bincount(codes.ravel(), minlength=59)
        share: NDArray[Any] = counts / codes.size
        return share

    shape = {"resize": RESIZE, "side": SIDE, "colour": "grey", "neighbours": 8, "radius": 1}
    return Extractor("lbp", 1, 59, shape, one_by_one(patterns))
