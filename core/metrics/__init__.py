"""Every metric there is; the order is the order on screen. One new metric = one file, one line here, one test."""

from core.errors import NotFound
from core.metrics import distances, frechet, kid, manifold
from core.metrics.result import Metric, Result

METRICS = (
    Metric("frechet", "Fréchet distance", 1, "lower", 2, frechet.frechet),
    Metric("kid", "KID", 1, "lower", 3, kid.kid),
    Metric("precision", "Precision", 1, "higher", 4, manifold.precision, {"k": 3}, equal_sizes=True),
    Metric("recall", "Recall", 1, "higher", 4, manifold.recall, {"k": 3}, equal_sizes=True),
    Metric("density", "Density", 1, "higher", 6, manifold.density, {"k": 5}, equal_sizes=True),
    Metric("coverage", "Coverage", 1, "higher", 6, manifold.coverage, {"k": 5}, equal_sizes=True),
    Metric("realism", "Mean realism", 1, "higher", 4, manifold.mean_realism, {"k": 3}, equal_sizes=True),
    Metric("mean-euclidean", "Mean Euclidean distance", 1, "none", 1, distances.mean_euclidean),
    Metric("mean-cosine", "Mean cosine distance", 1, "none", 1, distances.mean_cosine),
    Metric("nearest-euclidean", "Nearest Euclidean distance", 2, "none", 1, distances.nearest_euclidean),
    Metric("nearest-cosine", "Nearest cosine distance", 2, "none", 1, distances.nearest_cosine),
    Metric("sharpness", "Mean sharpness", 1, "none", 1, distances.mean_score, of="sharpness"),
)
HEADLINE = ("frechet", "kid", "coverage")


def get(name: str) -> Metric:
    """Raises NotFound, listing the names there are."""
    for metric in METRICS:
        if metric.name == name:
            return metric
    raise NotFound(f"There is no metric '{name}'; there are: {', '.join(m.name for m in METRICS)}.")


__all__ = ["HEADLINE", "METRICS", "Metric", "Result", "get"]
