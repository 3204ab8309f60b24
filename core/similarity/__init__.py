"""How alike two vectors or two pictures are. The order is the order on screen; one new measure = one line, one test."""

from __future__ import annotations

from core.named import named
from core.similarity import pictures, vectors
from core.similarity.measure import Measure
from core.similarity.pictures import Alike, PictureMeasure

# fmt: off
MEASURES = (
    Measure("euclidean", "Euclidean distance", "distance", False, vectors.euclidean),
    Measure("squared-euclidean", "Squared Euclidean distance", "distance", False, vectors.squared_euclidean),
    Measure("manhattan", "Manhattan distance", "distance", False, vectors.manhattan),
    Measure("chebyshev", "Chebyshev distance", "distance", False, vectors.chebyshev),
    Measure("cosine", "Cosine similarity", "similarity", False, vectors.cosine),
    Measure("correlation", "Correlation", "similarity", False, vectors.correlation),
    Measure("chi-square", "Chi-square distance", "distance", True, vectors.chi_square),
    Measure("intersection", "Histogram intersection", "similarity", True, vectors.intersection),
    Measure("hellinger", "Hellinger distance", "distance", True, vectors.hellinger),
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


def applicable(histogram: bool) -> tuple[Measure, ...]:
    """The measures defined for features that are histograms, or are not."""
    return tuple(m for m in MEASURES if histogram or not m.histogram)


__all__ = ["MEASURES", "PICTURE_MEASURES", "Alike", "Measure", "PictureMeasure", "applicable", "get"]
