"""A metric slice by slice: per-picture values, their means by slice drawn towards the whole, and the clusters that a
set without labels is sliced into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.distances import nearest_scores
from core.metrics.pairing import Pairing
from core.metrics.realism import realism_scores
from core.metrics.result import Z95, Vectors, checked

Values = NDArray[np.float64]
PRIOR = 10
"""Degrees of freedom that the variance inside all slices counts for beside a slice's own."""
LIMIT = 1.0
"""Standard errors that a slice is drawn towards the whole at most: one bad slice among many good ones looks like chance
to a variance between slices that the good ones make, and is the very thing that slices are looked at for."""
MANIFOLD, DENSE = 3, 5
"""k of precision and recall, and of density and coverage, as in METRICS."""


@dataclass(frozen=True)
class Estimate:
    """The mean of one slice. `value` is the plain mean of its `n` pictures, `shrunk` the one drawn towards the whole,
    with its 95% interval `low` to `high`."""

    n: int
    value: float
    shrunk: float
    low: float
    high: float


def shrunk(slices: Sequence[Values], whole: Values) -> list[Estimate]:
    """Empirical Bayes estimates of the means of slices (n_s,) of per-picture values, in the order given.

    value_s has the variance v_s = s_s² / n_s, where s_s² is the slice's own variance moderated by PRIOR degrees of
    freedom of the variance inside all slices (Smyth 2004), so that a small slice of equal values is not certain (nor,
    by Laplace's rule, is a whole of nothing but 0 or 1). t²,
    the variance of the true means, is that of DerSimonian & Laird (1986). With B_s = t² / (t² + v_s):
    shrunk_s = mean + B_s (value_s - mean), where mean is that of `whole` (N,), but never farther from value_s than
    LIMIT standard errors of it (Efron & Morris 1972); B_s is then the share that is left. The variance, which knows
    that t² was estimated from S slices (Morris 1983), is
    v_s (1 - (1 - B_s) (S - 1) / S) + 2 / max(S - 3, 1) (1 - B_s)² (value_s - mean)²,
    the last term whole where the limit held. Intervals of values within 0 to 1 stay there.
    """
    means = np.array([s.mean() for s in slices])
    counts = np.array([len(s) for s in slices])
    own = np.array([s.var(ddof=1) if len(s) > 1 else 0.0 for s in slices])
    freedom = counts - 1
    inside = float((own * freedom).sum() / max(freedom.sum(), 1))
    if np.isin(whole, (0, 1)).all():  # none of many is not never: Laplace's rule of succession
        rate = (whole.sum() + 1) / (len(whole) + 2)
        inside = max(inside, rate * (1 - rate))
    variance = (own * freedom + PRIOR * inside) / (freedom + PRIOR) / counts
    between = _between(means, variance)
    share = np.divide(between, between + variance, out=np.ones(len(means)), where=between + variance > 0)
    centre, count = float(whole.mean()), len(slices)
    drawn, room = centre + share * (means - centre), LIMIT * np.sqrt(variance)
    best = np.clip(drawn, means - room, means + room)
    share = np.divide(best - centre, means - centre, out=share, where=means != centre)
    doubt = 2 / max(count - 3, 1)
    spread = np.where(best == drawn, doubt, max(doubt, 1)) * (best - means) ** 2
    half = Z95 * np.sqrt(variance * (1 - (1 - share) * (count - 1) / max(count, 1)) + spread)
    low, high = best - half, best + half
    if whole.min() >= 0 and whole.max() <= 1:
        low, high = np.maximum(low, 0), np.minimum(high, 1)
    return [Estimate(int(n), *map(float, row)) for n, *row in zip(counts, means, best, low, high, strict=True)]


def _between(means: Values, variance: Values) -> float:
    """Variance of the true means, by the method of moments; 0 for fewer than two slices."""
    if len(means) < 2 or not (variance > 0).all():
        return float(means.var(ddof=1)) if len(means) > 1 else 0.0
    weight = 1 / variance
    centre = (weight * means).sum() / weight.sum()
    excess = (weight * (means - centre) ** 2).sum() - (len(means) - 1)
    return float(max(0.0, excess / (weight.sum() - (weight**2).sum() / weight.sum())))


def per_picture(
    *, generated: Vectors, reference: Vectors, pairing: Pairing | None = None
) -> tuple[dict[str, Values], dict[str, Values]]:
    """({metric: value of each generated picture (n,)}, {metric: value of each reference picture (m,)}), float64: the
    means are the metrics of these names. Raises BadInput for fewer than DENSE + 1 pictures a side."""
    checked("Slices", DENSE + 1, generated, reference)
    pairing = pairing or Pairing(generated, reference)
    seen = pairing.neighbours(MANIFOLD, DENSE)
    made = {
        "precision": seen.reference_balls[MANIFOLD].closed > 0, "density": seen.reference_balls[DENSE].open / DENSE,
        "realism": realism_scores(pairing, MANIFOLD), "nearest-euclidean": nearest_scores(pairing),
    }  # fmt: skip
    real = {"recall": seen.generated_balls[MANIFOLD].closed > 0, "coverage": seen.reference_balls[DENSE].held > 0}
    return _floats(made), _floats(real)


def _floats(columns: Mapping[str, NDArray[Any]]) -> dict[str, Values]:
    return {name: values.astype(np.float64) for name, values in columns.items()}


def kinds(reference: Vectors, generated: Vectors, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The cluster of each reference picture (m,) and of each generated one (n,), 0 the largest: k-means of the
    reference in its first 50 principal components, four starts, seed 0. Imports scikit-learn: for the worker only."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    main = PCA(min(50, *reference.shape), svd_solver="randomized", random_state=0).fit(reference)
    means = KMeans(count, n_init=4, random_state=0).fit(main.transform(reference))
    order = np.argsort(-np.bincount(means.labels_, minlength=count), kind="stable")
    place = np.empty(count, np.intp)
    place[order] = np.arange(count)
    return place[means.labels_], place[means.predict(main.transform(generated))]
