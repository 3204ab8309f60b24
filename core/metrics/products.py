"""What products of two pictures' errors add to the variance of the Fréchet distance, read off pairs of pictures.

Around its expectation the distance is a quadratic form in the errors of the two covariances and of the two means. In
the joint basis, where both sides' coordinates have variance 1 and sqrt(eigenvalue of S1 S2) = r_i, two pictures with
coordinates z, w and centred vectors x, y add

    k = sum_ij c_ij (z_i z_j - d_ij) (w_i w_j - d_ij) / 2 + x . y,   c_ij = r_i r_j / (r_i + r_j),

over n^2 where both are generated, minus twice that over n m where one is a reference picture (second derivative of the
trace of the root; Hoeffding 1948 for what of a statistic is made of pairs). For normal features the mean of k^2 has a
closed form; features of a network give several times that, while none of their tails is seen in one coordinate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.metrics.decompositions import along
from core.metrics.looking import Looked
from core.metrics.moments import Floats, Matrix

ASKED = 256
"""Pictures of a side whose pairs are looked at: 33,000 pairs of one side. Their mean errs by a tenth or so."""
LOWEST, HIGHEST = -6, 7
"""Logarithms of t r between which 1 / (r_i + r_j) = integral of exp(-(r_i + r_j) t) dt is summed, a step of 1 apart: to
three thousandths for all r that weigh."""


@dataclass(frozen=True)
class Products:
    """Variance that comes from products of two `generated` pictures, of a generated and a reference one (`across`), of
    two `reference` ones."""

    generated: float
    across: float
    reference: float


@dataclass(frozen=True)
class MeanSquares:
    """Of k over pairs: of two generated pictures, of one of each side, of two reference pictures."""

    generated: float
    across: float
    reference: float

    def products(self, n: int, m: int) -> Products:
        """Of n generated and m reference pictures. The first also as a covariance of two distances from sets of n and k
        generated pictures with c in common: with (c / nk)^2 in place of 1 / n^2."""
        return Products(2 * self.generated / n**2, 4 * self.across / (n * m), 2 * self.reference / m**2)


@dataclass(frozen=True)
class Asked:
    """Some pictures of one side: coordinates (A, R) with variance 1 over all `n` of them, centred vectors (A, D)."""

    n: int
    coordinates: Floats
    vectors: Floats


def asked(seen: Looked, coordinates: Floats, vectors: Floats, mean: Matrix) -> Asked:
    """At most ASKED of those at `seen`, each as likely as the pictures it stands for are many. `coordinates` (K, R): of
    those at `seen`, with sum of squares 1 over all; `vectors` (N, D): of all pictures."""
    count = min(ASKED, len(seen.places))
    chosen = np.random.default_rng(seen.n).choice(len(seen.places), count, replace=False, p=seen.weights / seen.n)
    rows = vectors[seen.places[chosen]] - mean.astype(vectors.dtype)
    return Asked(seen.n, coordinates[chosen] * np.sqrt(seen.n - 1).astype(coordinates.dtype), rows)


def mean_squares(roots: Matrix, generated: Asked, reference: Asked) -> MeanSquares:
    """Of k, from all pairs of these pictures."""
    return MeanSquares(
        _within(roots, generated), float((_pairs(roots, generated, reference) ** 2).mean()), _within(roots, reference)
    )


def normal(roots: Matrix, tails: tuple[float, float]) -> MeanSquares:
    """As for normal features on both sides, heavier by `tails`: where directions are not few against pictures, whose
    own coordinates then tell little of fresh ones."""
    squares = float((roots**2).sum())
    blocks = (roots[start : start + ASKED, None] for start in range(0, len(roots), ASKED))
    mixed = float(sum(np.square(some * roots / (some + roots)).sum() for some in blocks))
    (one, two), covariances = tails, mixed + squares / 4
    return MeanSquares(*((heavy**2 * covariances + 2 * squares) / 2 for heavy in (one, np.sqrt(one * two), two)))


def _within(roots: Matrix, side: Asked) -> float:
    """Of pairs of two different pictures of one side. Coordinates have variance 1 over those very pictures, which takes
    as much of k as directions make of the pictures, in both factors of a covariance's product."""
    found = _pairs(roots, side, side) ** 2
    np.fill_diagonal(found, 0)
    return float(found.sum() / (len(found) * (len(found) - 1)) / (1 - len(roots) / side.n) ** 2)


def _pairs(roots: Matrix, one: Asked, other: Asked) -> Matrix:
    """k of each picture of one side with each of the other, (A, B)."""
    z, w = one.coordinates, other.coordinates
    total = np.zeros((len(z), len(w)))
    for t in np.exp(np.arange(LOWEST, HIGHEST + 1)) / roots.max():
        weights = (np.sqrt(t) * roots * np.exp(-t * roots)).astype(z.dtype)
        total += np.square(along(z * weights, w.T), dtype=np.float64)
    half = roots / 2  # c_ii
    own, others = (np.einsum("ij,ij,j->i", side, side, half) for side in (z, w))
    total += half.sum() - own[:, None] - others
    return np.asarray(total / 2 + along(one.vectors, other.vectors.T))
