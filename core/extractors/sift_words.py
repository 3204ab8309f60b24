"""SIFT bag of visual words (Lowe 2004; Sivic & Zisserman 2003): the vocabulary is learned on the reference set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.extractors.extractor import Extractor, Vectors, grey, one_by_one
from core.images import Picture

SIDE = 128
WORDS = 128
MOST = 100_000
"""Descriptors that the vocabulary is learned from."""


def descriptors(picture: Picture) -> Vectors:
    """RootSIFT descriptors (Arandjelović & Zisserman 2012) of the picture at 128 x 128, (k, 128); k may be 0."""
    _, found = cv2.SIFT.create().detectAndCompute(grey(picture, SIDE), None)
    if found is None:
        return np.empty((0, 128), np.float32)
    root: Vectors = np.sqrt(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-7)).astype(np.float32)
    return root


def learn(pictures: Sequence[Picture], seed: int = 0, words: int = WORDS) -> Vectors:
    """A vocabulary (words, 128) float32 by k-means. Raises BadInput when the pictures show too few keypoints."""
    found = np.concatenate([descriptors(p) for p in pictures])
    if len(found) < words * 2:
        raise BadInput(
            f"SIFT finds {len(found)} keypoints in this reference set, too few for {words} words; "
            "choose another extractor for pictures this plain."
        )
    if len(found) > MOST:
        found = found[np.random.default_rng(seed).choice(len(found), MOST, replace=False)]
    cv2.setRNGSeed(seed + 1)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 1e-4)
    _, _, centres = cv2.kmeans(found, words, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    return np.asarray(centres, dtype=np.float32)


def sift_words(vocabulary: Vectors) -> Extractor:
    """Share of keypoints nearest to each word; one more bin is 1 when a picture has no keypoint, so that no
    vector is zero. (129,), sums to 1."""
    norms = (vocabulary**2).sum(axis=1)

    def words(picture: Picture) -> NDArray[Any]:
        found = descriptors(picture)
        if len(found) == 0:
            empty: NDArray[Any] = np.eye(1, len(vocabulary) + 1, len(vocabulary))[0]
            return empty
        nearest = (norms - 2 * found @ vocabulary.T).argmin(axis=1)
        share: NDArray[Any] = np.bincount(nearest, minlength=len(vocabulary) + 1) / len(nearest)
        return share

    shape = {"resize": "Pillow bicubic, antialiased", "side": SIDE, "colour": "grey", "words": len(vocabulary)}
    return Extractor("sift-words", 1, len(vocabulary) + 1, shape, one_by_one(words), state=vocabulary)
