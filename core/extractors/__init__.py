"""Every extractor there is; the order is the order on screen. One new extractor = one file, one line, one test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import NotFound
from core.extractors import classical, colour, preprocessing, shape, sift_vlad, sift_words
from core.extractors.efficientnet import efficientnet, imagenet_classes
from core.extractors.extractor import Extractor, Vectors
from core.extractors.inception import WEIGHTS as INCEPTION
from core.extractors.inception import classes, inception
from core.extractors.keras_models import MODELS as KERAS_MODELS
from core.extractors.keras_models import KerasModel
from core.extractors.preprocessing import Preprocessing
from core.images import Picture
from core.named import named
from core.weights import Weights


@dataclass(frozen=True)
class Kind:
    """An extractor that can be built: `build(models folder, learned state or None)`."""

    name: str
    title: str
    build: Callable[[Path, Vectors | None], Extractor]
    learn: Callable[[Sequence[Picture]], Vectors] | None = None
    """Learns its state from the pictures of a reference set first."""
    histogram: bool = False
    """Vectors are histograms that sum to 1: the histogram measures apply."""
    probabilities: Callable[[Path], Callable[[Vectors], Vectors]] | None = None
    """The classifier that the network was trained with, if it comes along: models folder -> (vectors (n, dim) -> class
    probabilities (n, classes))."""
    deep: bool = False
    """Features of a network that was trained on photographs: the perceptual measure applies."""
    inception: bool = False
    """The Inception network of 2015-12-05, the only one whose numbers may be called FID and Inception score."""
    weights: Weights | None = None
    """A published file that must lie in the models folder first."""

    converted: str = ""
    """What `convert` makes of the weights in the models folder, and what is then run; empty: the weights are enough."""
    convert: Callable[[Path], None] | None = None
    """Imports TensorFlow: the worker and the command line only."""

    def missing(self, folder: Path) -> str:
        """What to do before it can be used; empty when nothing is missing."""
        if self.weights is None or (self.converted and (folder / self.converted).exists()):
            return ""
        if not self.weights.there(folder):
            return self.weights.missing(folder)
        return f"let Proofsheet rewrite {self.weights.file}, which is here, as ONNX" if self.converted else ""

    @property
    def needs_fit(self) -> bool:
        return self.learn is not None


def _learned(build: Callable[[Vectors], Extractor]) -> Callable[[Path, Vectors | None], Extractor]:
    def with_state(_folder: Path, state: Vectors | None) -> Extractor:
        assert state is not None, "a vocabulary is learned first"
        return build(state)

    return with_state


def _keras(model: KerasModel) -> Kind:
    return Kind(
        model.name, model.title, lambda folder, _: model.extractor(folder), deep=True, weights=model.weights,
        converted=model.converted, convert=model.convert,
    )  # fmt: skip


# fmt: off
EXTRACTORS = (
    Kind(
        "efficientnet-lite0-96", "EfficientNet-Lite0 at 96 px", lambda folder, _: efficientnet(96, folder),
        probabilities=imagenet_classes, deep=True,
    ),
    Kind(
        "efficientnet-lite0-224", "EfficientNet-Lite0 at 224 px", lambda folder, _: efficientnet(224, folder),
        probabilities=imagenet_classes, deep=True,
    ),
    Kind("pixels", "Raw pixels", lambda *_: classical.pixels()),
    Kind("colour-histogram", "Colour histogram", lambda *_: classical.colour_histogram(), histogram=True),
    Kind("colour-hellinger", "Colour histogram, Hellinger-normalised", lambda *_: colour.hellinger()),
    Kind("colour-hsv", "Colour histogram (HSV)", lambda *_: colour.hsv(), histogram=True),
    Kind("colour-lab", "Colour histogram (Lab)", lambda *_: colour.lab(), histogram=True),
    Kind("gabor", "Gabor bank", lambda *_: classical.gabor()),
    Kind(
        "sift-words", "SIFT bag of words", _learned(sift_words.sift_words), learn=sift_words.learn, histogram=True,
    ),
    Kind("sift-vlad", "SIFT VLAD", _learned(sift_vlad.sift_vlad), learn=sift_vlad.learn),
    Kind("hog", "Oriented gradients (HOG)", lambda *_: classical.hog()),
    Kind("lbp", "Local binary patterns (LBP)", lambda *_: classical.lbp(), histogram=True),
    Kind("edge-directions", "Edge directions", lambda *_: shape.edge_directions(), histogram=True),
    Kind("hu-moments", "Hu moments", lambda *_: shape.hu_moments()),
)
# fmt: on
DEFAULT = EXTRACTORS[0].name

# fmt: off
PUBLISHED = (
    Kind(
        "inception-2015-tf", "Inception 2015, resized by TensorFlow 1", lambda folder, _: inception("tf", folder),
        probabilities=classes, deep=True, inception=True, weights=INCEPTION,
    ),
    Kind(
        "inception-2015-clean", "Inception 2015, resized clean", lambda folder, _: inception("clean", folder),
        probabilities=classes, deep=True, inception=True, weights=INCEPTION,
    ),
    *map(_keras, KERAS_MODELS),
)
# fmt: on
"""Those that need a published file of weights, which nothing fetches unasked (`proofsheet extractor fetch`)."""


def get(name: str, among: Sequence[Kind] = (*EXTRACTORS, *PUBLISHED)) -> Kind:
    """One of these extractors, or one with `core.extractors.preprocessing` before it: `hog+centre-crop+rotate-90`.
    A workspace may have more: `core.shelf.get`. Raises NotFound, listing the names there are."""
    plain, *steps = name.split("+")
    kind = named(among, plain, "extractor")
    return _prepared(kind, name, preprocessing.parse(steps)) if steps else kind


def title(name: str, among: Sequence[Kind] = (*EXTRACTORS, *PUBLISHED)) -> str:
    """What the pages call an extractor; its name where it is gone."""
    try:
        return get(name, among).title
    except NotFound:
        return name


def _prepared(kind: Kind, name: str, before: Preprocessing) -> Kind:
    """`kind` on pictures that went through `before`, which becomes part of its name and key. Published names stand
    for published preprocessing: with steps before it, no network gives an Inception score."""

    def build(folder: Path, state: Vectors | None) -> Extractor:
        built = kind.build(folder, state)
        return replace(
            built, name=name, preprocessing={**built.preprocessing, "before": before.as_json()},
            embed=lambda pictures: built.embed([before(picture) for picture in pictures]), runtimes={},
        )  # fmt: skip

    learn = kind.learn
    return replace(
        kind, name=name, title=f"{kind.title}, {before.words}", build=build, inception=False,
        learn=None if learn is None else lambda pictures: learn([before(picture) for picture in pictures]),
    )  # fmt: skip


__all__ = ["DEFAULT", "EXTRACTORS", "PUBLISHED", "Extractor", "Kind", "get", "title"]
