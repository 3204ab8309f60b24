"""Scores of one picture that need no reference: sharpness, brightness, entropy."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def _grey(picture: Picture) -> NDArray[np.uint8]:
    if picture.shape[2] == 1:
        return picture[:, :, 0]
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


def sharpness(picture: Picture) -> float:
    """Variance of the Laplacian of the grey picture (Pech-Pacheco et al. 2000), in squared grey levels; 0 for a flat
    one. Depends on the size of the picture: compare pictures of one size."""
    return float(cv2.Laplacian(_grey(picture), cv2.CV_64F).var())


def brightness(picture: Picture) -> float:
    """Mean grey level (Rec. 601), 0 to 255."""
    return float(_grey(picture).mean())


def entropy(picture: Picture) -> float:
    """Shannon entropy of the 256 grey levels (1948), 0 to 8 bits; near 0 for a collapsed generator's blanks."""
    counts = np.bincount(_grey(picture).ravel(), minlength=256)
    share = counts[counts > 0] / counts.sum()
    return float(max(0.0, -(share * np.log2(share)).sum()))
