"""Every metric there is; the order is the order on screen. One new metric = one file, one line here, one test."""

from core.metrics import (
    authenticity,
    c_t,
    cmmd,
    density_coverage,
    distances,
    diversity,
    fd_infinity,
    frechet,
    inception_score,
    kid,
    mifid,
    precision_recall,
    realism,
    sliced_wasserstein,
    vendi,
)
from core.metrics.result import Given, Metric, Result
from core.named import named

# fmt: off
METRICS = (
    Metric(
        "frechet", "Fréchet distance", 5, "lower", 3, frechet.frechet, shares=True, published="FID",
        help="How far the cloud of generated pictures lies from the cloud of real ones, in place and in spread; the "
        "floor is what real pictures reach against real ones.",
    ),
    Metric(
        "kid", "KID", 4, "lower", 3, kid.kid, lacking=kid.TOO_LARGE, shares=True,
        help="The same question without assuming the shape of a cloud, and honest with few pictures: 0 means that the "
        "two cannot be told apart.",
    ),
    Metric(
        "fd-infinity", "FD-infinity", 4, "lower", 3, fd_infinity.fd_infinity, {"sizes": fd_infinity.SIZES, "seed": 0},
        applies=fd_infinity.enough, shares=True, published="FID-infinity",
        dear=True,
        help="The Fréchet distance that infinitely many generated pictures would have, as far as these foretell it: "
        "the share that only comes from having few pictures is taken off.",
    ),
    Metric(
        "precision", "Precision", 4, "higher", 4, precision_recall.precision, {"k": 3}, equal_sizes=True, shares=True,
        help="Share of generated pictures that could pass for real: they lie where real pictures lie.",
    ),
    Metric(
        "recall", "Recall", 4, "higher", 4, precision_recall.recall, {"k": 3}, equal_sizes=True, shares=True,
        help="Share of real pictures that the generator could have made: low when it knows few kinds.",
    ),
    Metric(
        "density", "Density", 4, "higher", 6, density_coverage.density, {"k": 5}, equal_sizes=True, shares=True,
        help="How thickly real pictures stand around the generated ones; about 1 where both are alike.",
    ),
    Metric(
        "coverage", "Coverage", 3, "higher", 6, density_coverage.coverage, {"k": 5}, equal_sizes=True, shares=True,
        help="Share of real pictures that some generated picture comes near: low when something is missing.",
    ),
    Metric(
        "realism", "Mean realism", 3, "higher", 4, realism.mean_realism, {"k": 3}, equal_sizes=True, shares=True,
        help="How deep inside the region of real pictures a generated one lies on average; above 1 is inside.",
    ),
    Metric(
        "rarity", "Mean rarity", 1, "none", 4, realism.mean_rarity, {"k": 3}, equal_sizes=True, shares=True,
        lacking=realism.NO_RARITY,
        help="How unusual the generated pictures that could pass for real are: high where they resemble real pictures "
        "of which there are few.",
    ),
    Metric(
        "authenticity", "Authenticity", 2, "none", 2, authenticity.authenticity, equal_sizes=True, shares=True,
        help="Share of generated pictures that lie no nearer to a real one than real ones lie to each other; far below "
        "the value of real pictures, look for copies.",
    ),
    Metric(
        "mean-euclidean", "Mean Euclidean distance", 2, "none", 1, distances.mean_euclidean, shares=True,
        help="Distance between a generated and a real picture, over all pairs.",
    ),
    Metric(
        "mean-cosine", "Mean cosine distance", 2, "none", 1, distances.mean_cosine,
        help="Difference in direction of the features between a generated and a real picture, over all pairs.",
    ),
    Metric(
        "nearest-euclidean", "Nearest Euclidean distance", 4, "none", 1, distances.nearest_euclidean, shares=True,
        help="Distance from a generated picture to the real one most like it; near 0 it may be a copy.",
    ),
    Metric(
        "nearest-cosine", "Nearest cosine distance", 3, "none", 1, distances.nearest_cosine, shares=True,
        help="Difference in direction to the real picture most like it; near 0 it may be a copy.",
    ),
    Metric(
        "cmmd", "CMMD", 2, "lower", 2, cmmd.cmmd, {"sigma": 10.0}, shares=True,
        help="How far apart the average generated and the average real picture are; it sees little else, so never "
        "read it alone.",
    ),
    Metric(
        "sliced-wasserstein", "Sliced Wasserstein distance", 1, "lower", 2, sliced_wasserstein.sliced_wasserstein,
        {"projections": 1000, "seed": 0}, shares=True,
        help="How far features have to be moved to turn the generated pictures into the real ones, seen along a "
        "thousand directions.",
    ),
    Metric(
        "mifid", "Penalised Fréchet distance (MiFID)", 6, "none", 3, mifid.mifid, {"threshold": 0.1}, shares=True,
        help="The Fréchet distance made larger where generated pictures lie very near to real ones, as copies do; a "
        "reason to look at them, no verdict.",
    ),
    Metric(
        "c_t", "Data copying (C_T)", 1, "none", 4, c_t.c_t, {"cells": 3}, control=True, shares=True,
        applies=c_t.needs_control,
        help="Clearly below 0: generated pictures lie nearer to the reference than other real pictures do, as copies "
        "would; above 0: farther. Look at the nearest pairs.",
    ),
    Metric(
        "vendi", "Vendi score", 1, "none", 2, vendi.vendi,
        help="How many clearly different pictures the generated ones are worth; noise counts as different too, so "
        "compare it with the real pictures.",
    ),
    Metric(
        "pairwise-distance", "Pairwise distance within the set", 2, "none", 2, diversity.pairwise_distance,
        shares=True,
        help="How unlike one another two generated pictures are on average; far below the real pictures' own value "
        "the generator repeats itself.",
    ),
    Metric(
        "pairwise-ms-ssim", "Pairwise MS-SSIM within the set", 1, "none", 4, diversity.pairwise_ms_ssim,
        {"pairs": 300, "seed": 0}, of="pictures", applies=diversity.large_enough,
        help="How alike two generated pictures look on average; far above the real pictures' own value the generator "
        "repeats itself.",
    ),
    Metric(
        "inception-score", "Inception score", 1, "none", 4, inception_score.class_score, {"splits": 10},
        of="probabilities", applies=inception_score.inception,
        help="High when the Inception network is sure what each picture shows, and finds many kinds; it never looks "
        "at your real pictures.",
    ),
    Metric(
        "class-score", "Class-probability score", 1, "none", 4, inception_score.class_score, {"splits": 10},
        of="probabilities", applies=inception_score.other_classes,
        help="High when the classifier of these features is sure what each picture shows, and finds many kinds; it "
        "is not the Inception score.",
    ),
    Metric(
        "sharpness", "Mean sharpness", 1, "none", 1, distances.mean_score, of="sharpness",
        help="How strong edges are on average; compare it with the real pictures, not with the largest.",
    ),
)
# fmt: on
HEADLINE = ("frechet", "kid", "coverage")
WITH_REFERENCE = ("recall", "coverage")
"""A difference of two checkpoints takes the influences of the reference pictures too: in means over these pictures they
hold how the generated ones fall. Elsewhere those of the generated pictures hold all of it."""


def get(name: str) -> Metric:
    """Raises NotFound, listing the names there are."""
    return named(METRICS, name, "metric")


__all__ = ["HEADLINE", "METRICS", "WITH_REFERENCE", "Given", "Metric", "Result", "get"]
