"""Shape without texture: directions of edges, and Hu's moments."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.extractors.extractor import Extractor, grey, one_by_one
from core.images import Picture

SIDE = 64
RESIZE = "Pillow bicubic, antialiased"
BINS = 36
DEGREES = (1, 2, 2, 2, 4, 3, 4)
"""Of Hu's seven moments in the normalised central moments, whose scale they carry."""


def edge_directions() -> Extractor:
    """Histogram of the gradient's direction at the pixels of Canny's edges (100, 200), 36 bins over the circle; one
    more bin is 1 where there is no edge. (37,), sums to 1 (Jain & Vailaya 1996)."""

    def directions(picture: Picture) -> NDArray[Any]:
        small = grey(picture, SIDE)
        edges = cv2.Canny(small, 100, 200) > 0
        if not edges.any():
            none: NDArray[Any] = np.eye(1, BINS + 1, BINS)[0]
            return none
        across, down = (cv2.Sobel(small, cv2.CV_32F, *axis)[edges] for axis in ((1, 0), (0, 1)))
        turn = np.arctan2(down, across) / (2 * np.pi) % 1
        counts: NDArray[Any] = np.bincount((turn * BINS).astype(np.int64) % BINS, minlength=BINS + 1)
        share: NDArray[Any] = counts / counts.sum()
        return share

    shape = {"resize": RESIZE, "side": SIDE, "colour": "grey", "bins": BINS, "edges": "Canny 100 200"}
    return Extractor("edge-directions", 1, BINS + 1, shape, one_by_one(directions))


def hu_moments() -> Extractor:
    """Hu's seven moments (1962) of the grey levels, (7,): the same after a shift, a turn or another size. Each is taken
    to the root of its degree, with its sign, so that all have one scale; zeros for a black picture."""

    def moments(picture: Picture) -> NDArray[Any]:
        found = cv2.HuMoments(cv2.moments(grey(picture, SIDE) / 255.0))[:, 0]
        rooted: NDArray[Any] = np.sign(found) * np.abs(found) ** (1 / np.array(DEGREES))
        return rooted

    shape = {"resize": RESIZE, "side": SIDE, "colour": "grey"}
    return Extractor("hu-moments", 1, 7, shape, one_by_one(moments))
