"""Every extractor there is; the order is the order on screen. One new extractor = one file, one line, one test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.extractors import classical, sift_words
from core.extractors.efficientnet import efficientnet, imagenet_classes
from core.extractors.extractor import Extractor, Vectors
from core.named import named


@dataclass(frozen=True)
class Kind:
    """An extractor that can be built: `build(models folder, learned state or None)`."""

    name: str
    title: str
    build: Callable[[Path, Vectors | None], Extractor]
    needs_fit: bool = False
    """Its state is learned from a reference set first (`sift_words.learn`)."""
    histogram: bool = False
    """Vectors are histograms that sum to 1: the histogram measures apply."""
    probabilities: Callable[[Path], Callable[[Vectors], Vectors]] | None = None
    """The classifier that the network was trained with, if it comes along: models folder -> (vectors (n, dim) -> class
    probabilities (n, classes))."""
    inception: bool = False
    """The Inception network of 2015-12-05, the only one whose numbers may be called FID and Inception score."""


def _sift(_folder: Path, state: Vectors | None) -> Extractor:
    assert state is not None, "sift-words needs a vocabulary"
    return sift_words.sift_words(state)


# fmt: off
EXTRACTORS = (
    Kind(
        "efficientnet-lite0-96", "EfficientNet-Lite0 at 96 px", lambda folder, _: efficientnet(96, folder),
        probabilities=imagenet_classes,
    ),
    Kind(
        "efficientnet-lite0-224", "EfficientNet-Lite0 at 224 px", lambda folder, _: efficientnet(224, folder),
        probabilities=imagenet_classes,
    ),
    Kind("pixels", "Raw pixels", lambda *_: classical.pixels()),
    Kind("colour-histogram", "Colour histogram", lambda *_: classical.colour_histogram(), histogram=True),
    Kind("gabor", "Gabor bank", lambda *_: classical.gabor()),
    Kind("sift-words", "SIFT bag of words", _sift, needs_fit=True, histogram=True),
    Kind("hog", "Oriented gradients (HOG)", lambda *_: classical.hog()),
    Kind("lbp", "Local binary patterns (LBP)", lambda *_: classical.lbp(), histogram=True),
)
# fmt: on
DEFAULT = EXTRACTORS[0].name


def get(name: str) -> Kind:
    """Raises NotFound, listing the names there are."""
    return named(EXTRACTORS, name, "extractor")


__all__ = ["DEFAULT", "EXTRACTORS", "Extractor", "Kind", "get"]
