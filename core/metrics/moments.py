"""Mean and covariance of many vectors, and a factor of the covariance: what the Fréchet distance is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.decompositions import congruent, eigen, one_thread_each
from core.metrics.result import Vectors

# SciPy's linear algebra takes a quarter of a second to import, and pages that only show numbers import this module.

Matrix = NDArray[np.float64]
Floats = NDArray[np.floating[Any]]
CHUNK = 2048
"""Rows multiplied at a time: as many as keep a float32 sum good to 1e-7; four times as many cost as much, and the
distance of two sets that are nearly alike then errs by 2e-6 rather than 5e-7."""
SMALL = 512
"""Columns of a block of products: few enough that half of the work is saved, enough for full speed."""
COLUMNS = 64
"""By so many of its features a picture is told from others."""
SINGULAR = 1e-10
"""Below this share of the largest, an eigenvalue is rounding."""


@dataclass(frozen=True)
class Factor:
    """`left` (D, R) float64 with covariance = left @ left.T: lower triangular (Cholesky), or orthogonal columns, one
    for each direction that has a variance."""

    left: Matrix
    triangular: bool

    def around(self, cov: Matrix) -> Matrix:
        """left.T @ cov @ left, (R, R), at least its lower triangle."""
        return congruent(self.left, cov) if self.triangular else self.left.T @ cov @ self.left

    def times(self, directions: NDArray[np.float32]) -> NDArray[np.float32]:
        """left @ directions, (D, K) for (R, K), by half of the work where it is triangular."""
        from scipy.linalg.blas import strmm

        left = self.left.astype(np.float32)
        # Its transpose is the same, in LAPACK's order.
        return np.asarray(strmm(1, left.T, directions, trans_a=1) if self.triangular else left @ directions)

    def dual(self, directions: Floats) -> Floats:
        """pinv(left).T @ directions, (D, K) for (R, K) and in their dtype: what reads a vector's coordinates in `left`
        along them."""
        import scipy.linalg

        left = self.left.astype(directions.dtype)
        if self.triangular:
            solved: Floats = scipy.linalg.solve_triangular(left, directions, trans=1, lower=True, check_finite=False)
            return solved
        return np.asarray(left @ (directions / np.einsum("ij,ij->j", left, left)[:, None]))


@dataclass(frozen=True)
class Moments:
    """Of `n` vectors: `mean` (D,) and unbiased covariance `cov` (D, D), float64."""

    n: int
    mean: Matrix
    cov: Matrix
    known_factor: Factor | None = None

    @cached_property
    def factor(self) -> Factor:
        """Made when first asked for: Cholesky's, or the eigenvectors' where the covariance is singular."""
        return self.known_factor or factorise(self.cov)


def moments(vectors: Vectors) -> Moments:
    """From (N, D) float32, which may be a memory map: read once, a chunk at a time, never copied whole.

    Chunks are multiplied in float32 after a common shift and summed in float64, the lower triangle alone: about twice
    as fast as `np.cov` and equal in Fréchet distance to 1e-7 of the covariance's trace; the eigenvalues downstream want
    float64.
    """
    n, d = vectors.shape
    shift = common(vectors)
    work = partial(products, vectors, shift, fit_for(min(n, different_rows(vectors)), d))
    if n <= CHUNK:
        sums, total = work(0, n)
    else:
        with one_thread_each() as (pool, threads):
            ends = np.linspace(0, n, threads + 1).astype(int)
            parts = list(pool.map(work, ends[:-1], ends[1:]))
        sums, total = parts[0]
        for more_sums, more in parts[1:]:
            sums += more_sums
            total += more
    return completed(n, shift, sums, total)


def common(vectors: Vectors) -> NDArray[np.float32]:
    """(D,), about in the middle of the vectors, so that squares of what is left are as small as they can be."""
    return np.asarray(vectors[:CHUNK].mean(axis=0, dtype=np.float64).astype(np.float32))


def fit_for(n: int, d: int) -> np.dtype[Any]:
    """What to multiply in: with few rows the covariance is nearly singular, and the square root of a float32 rounding
    error is large."""
    return np.dtype(np.float64 if n < 2 * d else np.float32)


def different_rows(vectors: Vectors) -> int:
    """How many different rows there are among the first 4 D, by some of their columns: a collapsed generator makes few,
    however many pictures it is asked for."""
    n, d = vectors.shape
    some = np.ascontiguousarray(vectors[: 4 * d, :: max(1, d // COLUMNS)])
    found = len(np.unique(some.view(np.dtype((np.void, some.itemsize * some.shape[1])))))
    return n if found == len(some) else found


def completed(n: int, shift: NDArray[np.float32], sums: Matrix, total: Matrix) -> Moments:
    """From what `products` found of n rows, which becomes the covariance in place."""
    centre, gone = sums / n, sums / np.sqrt(n)
    for rows, columns in triangle(0, len(sums)):
        block = total[rows, columns]
        block -= np.multiply.outer(gone[rows], gone[columns])
        block /= n - 1
        if rows != columns:
            total[columns, rows] = block.T
    return Moments(n, shift + centre, total)


def triangle(start: int, end: int) -> Iterator[tuple[slice, slice]]:
    """Blocks of rows and columns that hold every pair of `start` to `end` once, or on the diagonal twice: a BLAS does
    half of a symmetric product in a call of its own at less than full speed, and copies the result over besides."""
    if end - start <= SMALL:
        yield slice(start, end), slice(start, end)
        return
    middle = (start + end) // 2
    yield from triangle(start, middle)
    yield slice(middle, end), slice(start, middle)
    yield from triangle(middle, end)


def products(
    vectors: Vectors, shift: NDArray[np.float32], dtype: np.dtype[Any], first: int, end: int
) -> tuple[Matrix, Matrix]:  # fmt: skip
    """Sum (D,) and products (D, D), in the blocks of `triangle`, of the shifted rows from `first` to before `end`."""
    d = vectors.shape[1]
    sums, total = np.zeros(d), np.zeros((d, d))
    kept = np.empty((min(CHUNK, len(vectors)), d), dtype)  # fresh memory costs a third
    blocks = [(of, by, np.empty(total[of, by].shape, dtype)) for of, by in triangle(0, d)]
    for start in range(first, end, CHUNK):
        chunk = vectors[start : min(start + CHUNK, end)]
        rows = np.subtract(chunk, shift, kept[: len(chunk)], dtype=dtype)
        sums += np.ones(len(rows), dtype) @ rows
        for of, by, part in blocks:
            total[of, by] += np.matmul(rows[:, of].T, rows[:, by], part)
    return sums, total


def factorise(cov: Matrix) -> Factor:
    """A factor of a covariance (D, D), with (D, 0) for one that is all zero."""
    import scipy.linalg

    try:
        left = scipy.linalg.cholesky(cov, lower=True)
        pivots = np.diagonal(left) ** 2
        if pivots.min() > SINGULAR * pivots.max():
            return Factor(left, True)
    except scipy.linalg.LinAlgError:
        pass
    values, basis = eigen(cov)
    keep = values > max(SINGULAR * values[-1], 0)
    return Factor(basis[:, keep] * np.sqrt(values[keep]), False)
