"""100,000 x 512 float32 vectors read from SQLite, against `np.load` of the same numbers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.table import Line, side_by_side
from storage import vectors
from storage.database import Database, upgrade


def lines() -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "vectors.db")
        upgrade(database)
        matrix = np.random.default_rng(0).normal(size=(100_000, 512)).astype(np.float32)
        np.save(Path(folder) / "vectors.npy", matrix)
        with database.write() as session:
            number = vectors.store(session, matrix)

        def ours() -> None:
            with database.read() as session:
                read = vectors.load(session, number)
            assert read.shape == matrix.shape

        ours()  # both files are in the system's cache from here on
        seconds = side_by_side(ours, lambda: np.load(Path(folder) / "vectors.npy"), times=9)
        database.close()
    yield Line("100,000 x 512 vectors read from SQLite", *seconds, "np.load", 2.0)
