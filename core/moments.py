"""The moments of a set's first rows, found once: in memory for the next checkpoint of a series, and in a file of the
workspace's `vectors/` for the next process."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.embeddings import EmbeddingsView
from core.keys import key
from core.memory import Memory
from core.metrics import moments
from core.metrics.moments import Factor, Moments
from core.workspace import Workspace
from storage import derived

VERSION = 2
"""To be raised when the same vectors would give other moments."""

_memory = Memory(2)
"""A reference set's and its half's: 2 matrices of float64 each, 67 MB together at 2,048 dimensions."""


def of_rows(workspace: Workspace, view: EmbeddingsView, rows: NDArray[np.float32]) -> Moments:
    """Mean, covariance and factor of `rows`, which are the first of a view's vectors. A file that is missing or broken
    is made again; the numbers are the same bit for bit."""
    named = key("moments", VERSION, view.set_key, view.key, len(rows))
    path = workspace.vectors / f"moments-{named[:32]}.npz"

    def find() -> Moments:
        kept = derived.load(path)
        if kept is not None and kept.keys() == {"n", "mean", "cov", "left", "triangular"}:
            return _restored(kept)
        made = moments.moments(rows)
        left = made.factor.left
        derived.save(
            path, n=np.array(made.n), mean=made.mean, cov=made.cov, left=left,
            triangular=np.array(made.factor.triangular),
        )  # fmt: skip
        return made

    found: Moments = _memory.get((str(workspace.folder), named), find)
    return found


def _restored(kept: dict[str, NDArray[Any]]) -> Moments:
    factor = Factor(kept["left"], bool(kept["triangular"]))
    return Moments(int(kept["n"]), kept["mean"], kept["cov"], factor)
