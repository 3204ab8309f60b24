"""Decompositions of large matrices on one thread.

Half of LAPACK's work on a symmetric matrix is bound by memory, where a second thread gains little; beside other work on
the cores the two wait for each other without rest: at d = 2,048 0.6 s with one thread, 1 to 20 s with two.
"""

from __future__ import annotations

from collections.abc import Iterator
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


def eigenvalues(symmetric: Matrix) -> Matrix:
    """Of a symmetric (D, D), ascending, (D,); of (0, 0) none."""
    import scipy.linalg

    if not len(symmetric):
        return np.zeros(0)
    with _one_thread(symmetric):
        return np.asarray(scipy.linalg.eigvalsh(symmetric, driver="evd"))


def eigen(symmetric: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Eigenvalues, ascending, and the eigenvectors as columns, of a symmetric (D, D)."""
    import scipy.linalg

    with _one_thread(symmetric):
        values, vectors = scipy.linalg.eigh(symmetric, driver="evd")
    return values, vectors


def singular(matrix: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """(N, R), (R,), (R, M) of an (N, M) with R = min(N, M): the thin singular value decomposition."""
    import scipy.linalg

    with _one_thread(matrix):
        left, values, right = scipy.linalg.svd(matrix, full_matrices=False)
    return left, values, right
