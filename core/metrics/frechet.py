"""Fréchet distance between Gaussians (Dowson & Landau 1982; Heusel et al. 2017 for FID)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.result import Z95, Result, Vectors, checked

# SciPy's linear algebra takes a quarter of a second to import, and pages that only show numbers import this module.

Matrix = NDArray[np.float64]
Eigen = tuple[Matrix, Matrix]
CHUNK = 4096


def moments(vectors: Vectors) -> tuple[Matrix, Matrix]:
    """Mean (D,) and unbiased covariance (D, D), float64, from (N, D) float32.

    Chunks are multiplied in float32 after the mean is taken off and summed in float64: twice as fast as `np.cov`
    and equal in FD to 1e-7; the eigenvalues downstream want float64.
    """
    mean: Matrix = np.asarray(np.mean(vectors, axis=0, dtype=np.float64))
    # With few rows the covariance is nearly singular, and the square root of a float32 rounding error is large.
    few = len(vectors) < 2 * vectors.shape[1]
    total = np.zeros((vectors.shape[1], vectors.shape[1]))
    for start in range(0, len(vectors), CHUNK):
        centred: NDArray[Any] = vectors[start : start + CHUNK] - mean
        part = centred if few else centred.astype(np.float32)
        total += part.T @ part
    return mean, total / (len(vectors) - 1)


def decompose(cov: Matrix) -> Eigen:
    """Eigenvalues (D,) ascending and eigenvectors (D, D) of a covariance; dear, so value and error share it."""
    import scipy.linalg

    values, vectors = scipy.linalg.eigh(cov, driver="evd")
    return values, vectors


def distance(mean_a: Matrix, cov_a: Matrix, mean_b: Matrix, cov_b: Matrix, eigen_a: Eigen | None = None) -> float:
    """|mu1-mu2|^2 + Tr(S1 + S2 - 2 (S1 S2)^(1/2)), never negative. `eigen_a`: `decompose(cov_a)`, if already known."""
    gap = mean_a - mean_b
    root = _root_trace(eigen_a or decompose(cov_a), cov_b)
    return max(0.0, float(gap @ gap + np.trace(cov_a) + np.trace(cov_b) - 2 * root))


def _root_trace(eigen_a: Eigen, cov_b: Matrix) -> float:
    """Tr (S1 S2)^(1/2) as the sum of square roots of the eigenvalues of the symmetric L^T S2 L, S1 = L L^T."""
    import scipy.linalg

    values, vectors = eigen_a
    left = vectors * np.sqrt(np.clip(values, 0, None))
    return float(np.sqrt(np.clip(scipy.linalg.eigvalsh(left.T @ cov_b @ left), 0, None)).sum())


def _influence(generated: Vectors, mean_g: Matrix, eigen_g: Eigen, mean_r: Matrix, cov_r: Matrix) -> Matrix:
    """First-order change of the distance by each generated picture (delta method), (N,) with mean 0.

    d FD / d mu = 2 (mu_g - mu_r); d FD / d S = I - T with T the optimal transport map from generated to
    reference. Directions without variance among the generated are left out: the distance is not smooth there.
    """
    import scipy.linalg

    values, vectors = eigen_g
    keep = values > values[-1] * 1e-10
    values, basis = values[keep], vectors[:, keep]
    root = np.sqrt(values)
    inner = (basis * root).T @ cov_r @ (basis * root)
    w, u = scipy.linalg.eigh(inner, driver="evd")
    middle = (u * np.sqrt(np.clip(w, 0, None))) @ u.T
    transport = middle / root[:, None] / root[None, :]
    centred = (generated - mean_g).astype(np.float64)
    projected = centred @ basis
    quadratic = (centred**2).sum(axis=1) - np.einsum("ij,ij->i", projected @ transport, projected)
    influence: Matrix = 2 * centred @ (mean_g - mean_r) + quadratic
    influence -= influence.mean()
    return influence


def _by_pictures(generated: Vectors, reference: Vectors) -> tuple[float, Matrix]:
    """The distance and `_influence` from one n x m decomposition, for n <= d.

    With the centred rows X, Y and X Y^T = U S V^T: Tr (S1 S2)^(1/2) is the sum of S, and the transport map's
    quadratic form x_i^T T x_i is (n-1) (U S U^T)_ii, both over sqrt((n-1)(m-1)). Nothing is inverted or squared, so
    directions without variance need no care.
    """
    import scipy.linalg

    n, m = len(generated), len(reference)
    mean_g: Matrix = generated.mean(axis=0, dtype=np.float64)
    mean_r: Matrix = reference.mean(axis=0, dtype=np.float64)
    x: Matrix = generated - mean_g
    y: Matrix = reference - mean_r
    left, root, _ = scipy.linalg.svd(x @ y.T, full_matrices=False)
    root = root / np.sqrt((n - 1) * (m - 1))
    gap = mean_g - mean_r
    squares = np.einsum("ij,ij->i", x, x)
    spread = squares.sum() / (n - 1) + np.einsum("ij,ij->", y, y) / (m - 1)
    influence: Matrix = 2 * x @ gap + squares - (n - 1) * (left**2 @ root)
    return max(0.0, float(gap @ gap + spread - 2 * root.sum())), influence - influence.mean()


def _by_moments(generated: Vectors, reference: Vectors) -> tuple[float, Matrix]:
    """The same from d x d decompositions, for n > d."""
    mean_g, cov_g = moments(generated)
    mean_r, cov_r = moments(reference)
    eigen_g = decompose(cov_g)
    value = distance(mean_g, cov_g, mean_r, cov_r, eigen_g)
    return value, _influence(generated, mean_g, eigen_g, mean_r, cov_r)


def frechet(*, generated: Vectors, reference: Vectors) -> Result:
    """FD of (N, D) against (M, D) float32, with a delta-method interval over the generated pictures.

    FD is biased upwards by about d^2 / 2n, which the interval does not hold: compare only values of one n.
    """
    checked("Fréchet distance", 2, generated, reference)
    n, d = generated.shape
    value, influence = (_by_pictures if n <= d else _by_moments)(generated, reference)
    error = float(influence.std(ddof=1) / np.sqrt(n))
    return Result(
        value,
        max(0.0, value - Z95 * error),
        value + Z95 * error,
        error,
        {"d": d},
        _warning(min(n, len(reference)), d),
        influence,
    )


def _warning(n: int, d: int) -> str:
    if n <= d:
        return f"{n:,} pictures in {d:,} dimensions: the covariance is singular; read KID and coverage instead."
    if n < 2 * d:
        return f"{n:,} pictures in {d:,} dimensions are few: the bias is large; compare only at this n."
    return ""
