"""Which pictures the balls of coverage miss: real ones that no generated picture comes near, and generated ones that
come near no real one; and which of them belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.pairing import Pairing
from core.metrics.result import Vectors, checked

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

DIRECTIONS = 50
"""Principal components that clusters are found in."""
MOST = 12
"""Clusters at most; the silhouette chooses how many."""
FEWEST = 12
"""Pictures below which there is one cluster."""
TREE = 4000
"""Pictures that make the tree of clusters at most; others join the nearest cluster."""
LOOKED_AT = 1500
"""Pictures that the silhouette is taken over at most."""


def left_out(
    *, generated: Vectors, reference: Vectors, k: int = 5, pairing: Pairing | None = None
) -> tuple[Flags, Flags]:
    """(reference pictures (m,) whose ball holds no generated picture, generated pictures (n,) that lie in no ball).
    A ball reaches to the k-th neighbour in the reference, its edge left out (Naeem et al. 2020): the share of the
    first is 1 - coverage. Raises BadInput for fewer than k + 1 pictures a side."""
    checked("Missing modes", k + 1, generated, reference)
    balls = (pairing or Pairing(generated, reference, only_balls=True)).balls(k).reference_balls[k]
    return balls.held == 0, balls.open == 0


def clusters(vectors: Vectors) -> NDArray[np.intp]:
    """The cluster of each row, 0 the largest, (N,): Ward's tree (1963) in the first DIRECTIONS principal components,
    cut into 2 to MOST clusters, as many as give the largest mean silhouette (Rousseeuw 1987). Fewer than FEWEST rows,
    or rows that are all equal, are one cluster. Deterministic. Imports scikit-learn: for the worker only."""
    if len(vectors) < FEWEST or not np.ptp(vectors, axis=0).any():
        return np.zeros(len(vectors), np.intp)
    from scipy.cluster.hierarchy import fcluster, linkage
    from sklearn.metrics import silhouette_score

    points = _main_directions(vectors)
    kept = np.linspace(0, len(points) - 1, min(len(points), TREE)).astype(int)
    tree = linkage(points[kept], "ward")
    looked = np.linspace(0, len(kept) - 1, min(len(kept), LOOKED_AT)).astype(int)
    best: tuple[float, NDArray[np.intp]] = (-2.0, np.zeros(len(kept), np.intp))
    for count in range(2, min(MOST, len(kept) // 2) + 1):
        cut = fcluster(tree, count, "maxclust")[looked]
        if 1 < len(np.unique(cut)) < len(cut):
            score = float(silhouette_score(points[kept][looked], cut))
            best = max(best, (score, fcluster(tree, count, "maxclust") - 1), key=lambda pair: pair[0])
    found = best[1] if len(kept) == len(points) else nearest_centre(points, centres(points[kept], best[1]))
    return _by_size(found)


def _main_directions(vectors: Vectors) -> NDArray[np.float64]:
    from sklearn.decomposition import PCA

    rank = min(DIRECTIONS, len(vectors) - 1, vectors.shape[1])
    found: NDArray[np.float64] = PCA(rank, svd_solver="full").fit_transform(vectors.astype(np.float64))
    return found


def _by_size(found: NDArray[np.intp]) -> NDArray[np.intp]:
    """The same clusters, the largest numbered 0; equal sizes by their first row."""
    names, first, sizes = np.unique(found, return_index=True, return_counts=True)
    place = np.empty(names.max() + 1, np.intp)
    place[names[np.lexsort((first, -sizes))]] = np.arange(len(names))
    ordered: NDArray[np.intp] = place[found]
    return ordered


def centres(points: NDArray[np.floating], found: NDArray[np.intp]) -> NDArray[np.float64]:
    """The mean of the points of every cluster, (clusters, D)."""
    return np.stack([points[found == c].mean(axis=0, dtype=np.float64) for c in range(int(found.max()) + 1)])


def nearest_centre(points: NDArray[np.floating], middles: NDArray[np.float64]) -> NDArray[np.intp]:
    """The nearest of the centres to each point, (N,)."""
    norms = np.einsum("ij,ij->i", middles, middles)
    found: NDArray[np.intp] = np.argmin(norms - 2 * points.astype(np.float64) @ middles.T, axis=1)
    return found


@dataclass(frozen=True)
class Cluster:
    """`members`: places of its pictures, the most typical first. `real`: how many pictures of the control lie here;
    `p`: the chance of so many more members than that, were both drawn alike, corrected for the number of clusters."""

    members: Places
    real: int
    p: float


def compared(vectors: Vectors, flags: Flags, control: Vectors, control_flags: Flags | None = None) -> list[Cluster]:
    """The flagged rows of `vectors` (N, D) in clusters, the largest first, beside the rows of the control that lie
    nearest to each cluster's centre. `control`: what real pictures do in place of the generated ones, its flagged
    rows where it has flags of its own (N,) on the same rows, all of it otherwise.

    The test is the exact sign test, one-sided, with Holm's correction over the clusters; rows that are flagged on both
    sides say nothing and are left out of it.
    """
    places = np.flatnonzero(flags)
    if not len(places):
        return []
    found = clusters(vectors[places])
    middles = centres(vectors[places], found)
    rows = control if control_flags is None else control[control_flags]
    here = nearest_centre(rows, middles) if len(rows) else np.empty(0, np.intp)
    both = np.zeros(len(middles), int)
    out = []
    if control_flags is not None:
        both = np.bincount(found[control_flags[places]], minlength=len(middles))
    real = np.bincount(here, minlength=len(middles))
    sizes = np.bincount(found)
    p = _holm([sign_test(int(n - b), int(r - b)) for n, r, b in zip(sizes, real, both, strict=True)])
    for number, middle in enumerate(middles):
        members = places[found == number]
        far = np.linalg.norm(vectors[members] - middle, axis=1)
        out.append(Cluster(members[np.argsort(far, kind="stable")], int(real[number]), p[number]))
    return out


def sign_test(more: int, less: int) -> float:
    """Chance of at least `more` heads in more + less throws: the exact sign test, one-sided."""
    from scipy.stats import binom

    return float(binom.sf(more - 1, more + max(less, 0), 0.5)) if more > 0 else 1.0


def _holm(p: Sequence[float]) -> list[float]:
    """Holm 1979: step-down corrected p-values, in the order given."""
    out, largest = [1.0] * len(p), 0.0
    for step, place in enumerate(np.argsort(p, kind="stable")):
        largest = max(largest, min(1.0, (len(p) - step) * p[place]))
        out[place] = largest
    return out
