"""VLAD of SIFT descriptors (Jégou et al. 2010): not which words a picture has, but how it differs from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.extractors import sift_words
from core.extractors.extractor import Extractor, Vectors, one_by_one
from core.images import Picture

WORDS = 16


def learn(pictures: Sequence[Picture]) -> Vectors:
    """A vocabulary (16, 128) float32, as `sift_words.learn`."""
    return sift_words.learn(pictures, words=WORDS)


def sift_vlad(vocabulary: Vectors) -> Extractor:
    """Sums over a picture's descriptors of the difference to the nearest word, word by word; signed square roots
    (Jégou & Chum 2012), length 1. One more number is 1 when a picture has no keypoint, so that no vector is zero.
    (2049,)."""
    norms = (vocabulary**2).sum(axis=1)
    dim = vocabulary.size + 1

    def residuals(picture: Picture) -> NDArray[Any]:
        found = sift_words.descriptors(picture)
        out = np.zeros(dim)
        if len(found) == 0:
            out[-1] = 1
            return out
        word = (norms - 2 * found @ vocabulary.T).argmin(axis=1)
        sums = np.zeros(vocabulary.shape)
        np.add.at(sums, word, found - vocabulary[word])
        out[:-1] = (np.sign(sums) * np.sqrt(np.abs(sums))).ravel()
        unit: NDArray[Any] = out / np.linalg.norm(out)
        return unit

    shape = {
        "resize": "Pillow bicubic, antialiased", "side": sift_words.SIDE, "colour": "grey", "words": len(vocabulary),
        "norm": "signed square root, L2",
    }  # fmt: skip
    return Extractor("sift-vlad", 1, dim, shape, one_by_one(residuals), state=vocabulary)
