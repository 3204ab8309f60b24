"""Matrices of float32 in chunks of rows: the rows in SQLite are the truth, a memory-mapped `.npy` the fast path."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.tables import Matrix, MatrixChunk

CHUNK_BYTES = 1 << 20
"""Target size of one chunk. SQLite is fastest at 0.5-1 MB; 8 MB chunks fall to a tenth by page faults."""

Array = NDArray[np.float32]


def create(session: Session, rows: int, dim: int) -> int:
    """Announce a matrix of `rows` x `dim`; fill it by `append`. Returns its id."""
    matrix = Matrix(rows=rows, dim=dim, complete=rows == 0)
    session.add(matrix)
    session.flush()
    return matrix.id


def append(session: Session, matrix_id: int, start: int, vectors: Array) -> None:
    """Store `vectors` (k, dim) as rows start..start+k. Marks the matrix complete with its last row.

    Raises ValueError when the rows do not follow those already stored, or the width is wrong: a gap or a
    doubled batch must never be stored.
    """
    matrix = session.get_one(Matrix, matrix_id)
    if vectors.ndim != 2 or vectors.shape[1] != matrix.dim:
        raise ValueError(f"expected rows of {matrix.dim} values, got an array of shape {vectors.shape}")
    if start != filled(session, matrix_id):
        raise ValueError(f"rows must follow one another: next is {filled(session, matrix_id)}, got {start}")
    if start + len(vectors) > matrix.rows:
        raise ValueError(f"the matrix has {matrix.rows} rows, got up to {start + len(vectors)}")
    step = max(1, CHUNK_BYTES // (4 * max(matrix.dim, 1)))
    little = np.ascontiguousarray(vectors, dtype="<f4")
    session.add_all(
        MatrixChunk(matrix_id=matrix_id, start=start + i, rows=len(part), data=part.tobytes())
        for i in range(0, len(little), step)
        for part in [little[i : i + step]]
    )
    matrix.complete = start + len(vectors) == matrix.rows
    session.flush()


def store(session: Session, vectors: Array) -> int:
    """Store a whole (N, D) matrix at once and return its id."""
    matrix_id = create(session, *vectors.shape)
    if len(vectors):
        append(session, matrix_id, 0, vectors)
    return matrix_id


def filled(session: Session, matrix_id: int) -> int:
    """Rows stored so far."""
    return (
        session.scalar(
            select(func.coalesce(func.max(MatrixChunk.start + MatrixChunk.rows), 0)).where(
                MatrixChunk.matrix_id == matrix_id
            )
        )
        or 0
    )


def chunks(session: Session, matrix_id: int, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, Array]]:
    """The stored chunks that overlap rows start..stop, in order, as (first row, (k, D) array)."""
    dim = session.get_one(Matrix, matrix_id).dim
    # The driver's own cursor hands over one chunk at a time, so a chunk is copied while it is still in the processor's
    # cache: through SQLAlchemy's result, which buffers several, reading takes 1.3 to 1.7 times as long.
    cursor = session.connection().connection.cursor()
    try:
        cursor.execute(
            "SELECT start, data FROM matrix_chunk WHERE matrix_id = ? AND start + rows > ? AND start < ? "
            "ORDER BY start",
            (matrix_id, start, sys.maxsize if stop is None else stop),
        )
        while (row := cursor.fetchone()) is not None:
            first, data = row
            yield first, np.frombuffer(data, dtype="<f4").reshape(-1, dim)
    finally:
        cursor.close()


def load(session: Session, matrix_id: int, start: int = 0, stop: int | None = None) -> Array:
    """Rows start..stop of a matrix as one (N, D) float32 array, read from the database."""
    matrix = session.get_one(Matrix, matrix_id)
    stop = filled(session, matrix_id) if stop is None else stop
    out = np.empty((max(stop - start, 0), matrix.dim), dtype=np.float32)
    for first, part in chunks(session, matrix_id, start, stop):
        a, b = max(first, start), min(first + len(part), stop)
        out[a - start : b - start] = part[a - first : b - first]
    return out


def open_mapped(session: Session, matrix_id: int, folder: Path) -> Array:
    """A complete matrix as a read-only memory map, made from the truth when its file is missing or unreadable.

    The file is written beside and renamed, so a reader never sees half of one. Raises ValueError when the
    matrix is not complete yet.
    """
    matrix = session.get_one(Matrix, matrix_id)
    if not matrix.complete:
        raise ValueError(f"matrix {matrix_id} is not complete")
    if matrix.rows == 0 or matrix.dim == 0:
        return np.empty((matrix.rows, matrix.dim), dtype=np.float32)
    path = folder / f"{matrix_id}.npy"
    mapped = _map(path, matrix.rows, matrix.dim)
    if mapped is None:
        _write_map(session, matrix, folder, path)
        mapped = _map(path, matrix.rows, matrix.dim)
        assert mapped is not None
    return mapped


def _map(path: Path, rows: int, dim: int) -> Array | None:
    try:
        mapped: Array = np.load(path, mmap_mode="r")
    except (OSError, ValueError):
        return None
    return mapped if mapped.shape == (rows, dim) and mapped.dtype == np.float32 else None


def _write_map(session: Session, matrix: Matrix, folder: Path, path: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
    os.close(handle)
    temporary = Path(name)
    try:
        out = open_memmap(temporary, mode="w+", dtype=np.float32, shape=(matrix.rows, matrix.dim))
        for first, part in chunks(session, matrix.id):
            out[first : first + len(part)] = part
        out.flush()
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
