"""Linear algebra and threads: decompositions on one thread, and pieces of work with a thread each.

Half of LAPACK's work on a symmetric matrix is bound by memory, where a second thread gains less than half; beside other
work on the cores the two wait for each other without rest: at d = 2,048 0.6 s with one thread, 0.3 to 20 s with two.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
SMALL = 256
"""Rows below which looking the libraries up costs more than threads do."""


@contextmanager
def _one_thread(matrix: NDArray[Any]) -> Iterator[None]:
    if min(matrix.shape) < SMALL:
        yield
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):
        yield


@contextmanager
def one_thread_each() -> Iterator[tuple[ThreadPoolExecutor, int]]:
    """A pool of as many threads as BLAS may use, and their number; BLAS itself has one in each: what is done between
    two products is then done side by side as well."""
    from threadpoolctl import threadpool_info, threadpool_limits

    threads = max((pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"), default=1)
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads) as pool:
        yield pool, threads


def congruent(lower: Matrix, symmetric: Matrix) -> Matrix:
    """The lower triangle of L^T S L (D, D), L lower triangular, by half of the work; `eigen` and `eigenvalues` read no
    more than that."""
    from scipy.linalg.lapack import dsygst

    found, _ = dsygst(symmetric.T, lower, itype=2, lower=1)  # the transpose is the same, in LAPACK's order
    return np.asarray(found)


def eigenvalues(symmetric: Matrix) -> Matrix:
    """Of the lower triangle of a symmetric (D, D), ascending, (D,); of (0, 0) none. By NumPy, which lets other threads
    go on meanwhile: SciPy's LAPACK does not."""
    with _one_thread(symmetric):
        return np.asarray(np.linalg.eigvalsh(symmetric))


def eigen(symmetric: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Eigenvalues, ascending, and the eigenvectors as columns, of a symmetric (D, D)."""
    import scipy.linalg

    with _one_thread(symmetric):
        values, vectors = scipy.linalg.eigh(symmetric, driver="evd")
    return values, vectors


def eigen_to_read(symmetric: Matrix) -> tuple[Matrix, NDArray[np.float32]]:
    """As `eigen` for less, of the lower triangle of a (D, D) float64, which is lost: eigenvalues in float64,
    eigenvectors in float32, good to 1e-6 each. It reduces to three diagonals and decomposes those in float64, by divide
    and conquer (Cuppen 1981), which is made of products; what turns their vectors back, which costs as much again, is
    in float32."""
    from scipy.linalg import eigh_tridiagonal, lapack

    if len(symmetric) < SMALL:
        values, vectors = eigen(symmetric)
        return values, vectors.astype(np.float32)
    with _one_thread(symmetric):
        work = int(lapack.dsytrd_lwork(len(symmetric), lower=1)[0])
        reflectors, diagonal, beside, scales, _ = lapack.dsytrd(symmetric, lower=1, lwork=work, overwrite_a=1)
    values, vectors = eigh_tridiagonal(diagonal, beside, lapack_driver="stevd")
    turned = np.asfortranarray(vectors, np.float32)
    below, scales = np.asfortranarray(reflectors[1:, :-1], np.float32), scales.astype(np.float32)
    # The first row stays: LAPACK's dormtr, which SciPy has no name for, is dormqr on all below it.
    work = int(lapack.sormqr("L", "N", below, scales, turned[1:], -1)[1][0])
    turned[1:] = lapack.sormqr("L", "N", below, scales, turned[1:], work)[0]
    return values, turned


def along(rows: NDArray[Any], directions: NDArray[Any]) -> NDArray[Any]:
    """rows (K, D) @ directions (D, R), (K, R), of one dtype, for what comes after `eigen_to_read`: by SciPy's BLAS as
    well, whose threads spin for a twentieth of a second when they have done something; those of NumPy's would wait for
    them."""
    from scipy.linalg import get_blas_funcs

    gemm = get_blas_funcs("gemm", (rows, directions))
    return np.asarray(gemm(1, directions, rows.T, trans_a=1).T)


def singular(matrix: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """(N, R), (R,), (R, M) of an (N, M) with R = min(N, M): the thin singular value decomposition."""
    import scipy.linalg

    with _one_thread(matrix):
        left, values, right = scipy.linalg.svd(matrix, full_matrices=False)
    return left, values, right
