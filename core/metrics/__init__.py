"""Every metric there is; the order is the order on screen. One new metric = one file, one line here, one test."""

from core.metrics import distances, frechet, kid, manifold
from core.metrics.result import Metric, Result
from core.named import named

# fmt: off
METRICS = (
    Metric(
        "frechet", "Fréchet distance", 1, "lower", 2, frechet.frechet,
        help="How far the cloud of generated pictures lies from the cloud of real ones, in place and in spread; the "
        "floor is what real pictures reach against real ones.",
    ),
    Metric(
        "kid", "KID", 1, "lower", 3, kid.kid,
        help="The same question without assuming the shape of a cloud, and honest with few pictures: 0 means that the "
        "two cannot be told apart.",
    ),
    Metric(
        "precision", "Precision", 1, "higher", 4, manifold.precision, {"k": 3}, equal_sizes=True,
        help="Share of generated pictures that could pass for real: they lie where real pictures lie.",
    ),
    Metric(
        "recall", "Recall", 1, "higher", 4, manifold.recall, {"k": 3}, equal_sizes=True,
        help="Share of real pictures that the generator could have made: low when it knows few kinds.",
    ),
    Metric(
        "density", "Density", 1, "higher", 6, manifold.density, {"k": 5}, equal_sizes=True,
        help="How thickly real pictures stand around the generated ones; about 1 where both are alike.",
    ),
    Metric(
        "coverage", "Coverage", 1, "higher", 6, manifold.coverage, {"k": 5}, equal_sizes=True,
        help="Share of real pictures that some generated picture comes near: low when something is missing.",
    ),
    Metric(
        "realism", "Mean realism", 1, "higher", 4, manifold.mean_realism, {"k": 3}, equal_sizes=True,
        help="How deep inside the region of real pictures a generated one lies on average; above 1 is inside.",
    ),
    Metric(
        "mean-euclidean", "Mean Euclidean distance", 1, "none", 1, distances.mean_euclidean,
        help="Distance between a generated and a real picture, over all pairs.",
    ),
    Metric(
        "mean-cosine", "Mean cosine distance", 1, "none", 1, distances.mean_cosine,
        help="Difference in direction of the features between a generated and a real picture, over all pairs.",
    ),
    Metric(
        "nearest-euclidean", "Nearest Euclidean distance", 2, "none", 1, distances.nearest_euclidean,
        help="Distance from a generated picture to the real one most like it; near 0 it may be a copy.",
    ),
    Metric(
        "nearest-cosine", "Nearest cosine distance", 2, "none", 1, distances.nearest_cosine,
        help="Difference in direction to the real picture most like it; near 0 it may be a copy.",
    ),
    Metric(
        "sharpness", "Mean sharpness", 1, "none", 1, distances.mean_score, of="sharpness",
        help="How strong edges are on average; compare it with the real pictures, not with the largest.",
    ),
)
# fmt: on
HEADLINE = ("frechet", "kid", "coverage")


def get(name: str) -> Metric:
    """Raises NotFound, listing the names there are."""
    return named(METRICS, name, "metric")


__all__ = ["HEADLINE", "METRICS", "Metric", "Result", "get"]
