"""Fréchet distance, its error, moments and KID, against numpy and the programs that people use for them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.neighbour_process import features
from benchmarks.peers import Peers, missing
from benchmarks.table import Line, side_by_side
from core.metrics.frechet import distance, frechet
from core.metrics.kid import kid
from core.metrics.moments import Moments, moments
from core.metrics.pairing import Pairing
from core.metrics.result import Vectors

DIM = 2048
TIMES = 3
ALIKE = 1e-6


def lines() -> Iterator[Line | str]:
    x, y = features(10_000, DIM, 1, 1.1), features(10_000, DIM, 2)
    known = moments(y)
    assert known.factor.left.shape[1] == DIM

    def value() -> float:
        return distance(moments(x), known)

    def with_error() -> float:
        return frechet(generated=x, reference=y, pairing=Pairing(x, y, known_moments=lambda: known)).value

    both, alone = side_by_side(with_error, value, TIMES)
    yield Line("standard error of the Fréchet distance, 10k x 2,048", both - alone, alone, "the value", 1.0)
    yield _moments()
    if missing():
        yield f"Fréchet distance and KID against other programs: {missing()}"
        return
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "generated.npy", x)
        np.save(Path(folder) / "reference.npy", y)
        with Peers(Path(folder)) as peers:
            for name, most in (("clean-fid", 1 / 10), ("torch-fidelity", 1 / 2.8)):
                assert abs(peers.call(name) / value() - 1) < ALIKE, name
                seconds = side_by_side(value, partial(peers.call, name), TIMES)
                yield Line("Fréchet distance, 10k x 2,048, reference known", *seconds, name, most)
            seconds = side_by_side(lambda: kid(generated=x, reference=y), partial(peers.call, "kid-subsets"), TIMES)
            yield Line("KID with its error, all of 10k x 10k x 2,048", *seconds, "torch-fidelity 100 x 1,000", 1.0)


def _moments() -> Line:
    """The promise is about the distance: moments in one pass over a memory map give the same to 1e-6."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        np.save(path, features(50_000, DIM, 3))
        rows = np.load(path, mmap_mode="r")
        ours, exact = moments(rows), Moments(len(rows), rows.mean(axis=0, dtype=float), _by_numpy(rows))
        other = moments(features(8000, DIM, 4, 1.1))
        assert abs(distance(ours, other) / distance(exact, other) - 1) < ALIKE
        seconds = side_by_side(lambda: moments(rows), lambda: _by_numpy(rows), TIMES)
    return Line("moments of 50k x 2,048", *seconds, "np.cov in float64", 1 / 2)


def _by_numpy(rows: Vectors) -> np.ndarray:
    return np.cov(rows, rowvar=False, dtype=np.float64)
