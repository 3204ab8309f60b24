"""How alike two vectors or two pictures are. The order is the order on screen; one new measure = one line, one test."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.named import named
from core.similarity import pictures, vectors
from core.similarity.measure import Measure, Straight
from core.similarity.pictures import Alike, PictureMeasure


def half(squared: NDArray[Any]) -> NDArray[Any]:
    """1 - cosine of rows of length 1, from their squared distance."""
    return squared / 2


# fmt: off
MEASURES = (
    Measure(
        "euclidean", "Euclidean distance", "distance", False, vectors.euclidean, straight=Straight(np.asarray, np.sqrt),
    ),
    Measure(
        "squared-euclidean", "Squared Euclidean distance", "distance", False, vectors.squared_euclidean,
        straight=Straight(np.asarray, np.asarray),
    ),
    Measure("manhattan", "Manhattan distance", "distance", False, vectors.manhattan),
    Measure("chebyshev", "Chebyshev distance", "distance", False, vectors.chebyshev),
    Measure(
        "cosine", "Cosine similarity", "similarity", False, vectors.cosine, straight=Straight(vectors.unit, half),
    ),
    Measure(
        "correlation", "Correlation", "similarity", False, vectors.correlation,
        straight=Straight(vectors.centred_unit, half),
    ),
    Measure(
        "perceptual", "Perceptual distance", "distance", False, vectors.perceptual, deep=True,
        straight=Straight(vectors.unit, np.sqrt),
    ),
    Measure("chi-square", "Chi-square distance", "distance", True, vectors.chi_square),
    Measure("intersection", "Histogram intersection", "similarity", True, vectors.intersection),
    Measure(
        "hellinger", "Hellinger distance", "distance", True, vectors.hellinger,
        straight=Straight(vectors.roots, lambda squared: np.sqrt(squared / 2)),
    ),
)
PICTURE_MEASURES = (
    PictureMeasure("ssim", "SSIM", "similarity", pictures.ssim),
    PictureMeasure("ms-ssim", "MS-SSIM", "similarity", pictures.ms_ssim),
    PictureMeasure("psnr", "PSNR (dB)", "similarity", pictures.psnr),
    PictureMeasure("mse", "Mean squared error", "distance", pictures.mse),
    PictureMeasure("sift-matches", "SIFT match ratio", "similarity", pictures.sift_matches),
)
# fmt: on


def get(name: str) -> Measure:
    """Raises NotFound, listing the names there are."""
    return named(MEASURES, name, "measure")


def applicable(histogram: bool, deep: bool = False) -> tuple[Measure, ...]:
    """The measures defined for features that are histograms, or come from a network trained on photographs, or
    neither."""
    return tuple(m for m in MEASURES if (histogram or not m.histogram) and (deep or not m.deep))


__all__ = ["MEASURES", "PICTURE_MEASURES", "Alike", "Measure", "PictureMeasure", "applicable", "get"]
