"""One raw number for each picture of a set: what the gallery sorts by. Thresholds are applied when reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core import images
from core.errors import NotFound
from core.metrics import distances, picture_scores, realism
from core.metrics.pairing import Pairing
from core.named import named
from core.progress import Progress, silent
from core.workspace import Workspace
from storage import evaluations, vectors
from storage.tables import ImageSet, ScoreColumn

BATCH = 1000
Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Score:
    """Either `compute`, which takes one uint8 (H, W, C) picture, or `against`, which takes the generated and reference
    vectors of an evaluation and gives (N,)."""

    name: str
    title: str
    version: int
    help: str
    compute: Callable[[Any], float] | None = None
    against: Callable[[Pairing], NDArray[np.float64]] | None = None


# fmt: off
SCORES = (
    Score(
        "nearest", "Nearest reference distance", 1, "Euclidean, in feature space; 0 is an exact copy",
        against=distances.nearest_scores,
    ),
    Score(
        "realism", "Realism", 1, "above 1 lies inside the reference's manifold", against=realism.realism_scores
    ),
    Score(
        "rarity", "Rarity", 1, "large where real pictures are few; 0 lies outside the reference's manifold",
        against=realism.rarity_scores,
    ),
    Score("copy-pixels", "Copy ratio, pixels", 1, "of the distances to the nearest and the 50 nearest; 0 is a copy"),
    Score("copy-features", "Copy ratio, features", 1, "the same in feature space"),
    Score("sharpness", "Sharpness", 1, "variance of the Laplacian", picture_scores.sharpness),
    Score("brightness", "Brightness", 1, "mean grey level, 0 to 255", picture_scores.brightness),
    Score("entropy", "Entropy", 1, "of the grey levels, 0 to 8 bits", picture_scores.entropy),
)
# fmt: on


@dataclass(frozen=True)
class ScoreView:
    """A stored column of scores; `evaluation_id` is 0 for scores that need no reference."""

    name: str
    title: str
    help: str
    evaluation_id: int
    matrix_id: int


def get(name: str) -> Score:
    """Raises NotFound, listing the names there are."""
    return named(SCORES, name, "score")


def of_pictures(workspace: Workspace, set_id: int, progress: Progress = silent) -> dict[str, Scores]:
    """The scores that need no reference, {name: (N,) float32}; computed in one pass over the set when missing."""
    wanted = [s for s in SCORES if s.compute is not None]
    with workspace.database.read() as session:
        n = session.get_one(ImageSet, set_id).n
        known = {c.name: c for c in evaluations.scores(session, set_id) if c.evaluation_id == 0}
        if all(s.name in known and known[s.name].version == s.version for s in wanted):
            return {s.name: vectors.load(session, known[s.name].matrix_id)[:, 0] for s in wanted}
    found = {s.name: np.empty(n, np.float32) for s in wanted}
    for start in range(0, n, BATCH):
        pictures = images.load(workspace, set_id, start, start + BATCH)
        for score in wanted:
            assert score.compute is not None
            found[score.name][start : start + len(pictures)] = [score.compute(p) for p in pictures]
        progress(start + len(pictures), n, "scoring pictures")
    with workspace.database.write() as session:
        for name, values in found.items():
            store(session, set_id, 0, name, values)
    return found


def store(session: Session, set_id: int, evaluation_id: int, name: str, values: Scores) -> None:
    """Keep a column unless one of this version is there already."""
    version = get(name).version
    known = [(c.evaluation_id, c.name, c.version) for c in evaluations.scores(session, set_id)]
    if (evaluation_id, name, version) not in known:
        matrix_id = vectors.store(session, np.asarray(values, np.float32)[:, None])
        session.add(
            ScoreColumn(set_id=set_id, evaluation_id=evaluation_id, name=name, version=version, matrix_id=matrix_id)
        )
        session.flush()


def columns(workspace: Workspace, set_id: int) -> list[ScoreView]:
    """The scores a set can be sorted by; of those against a reference, the newest evaluation's."""
    with workspace.database.read() as session:
        rows = {c.name: c for c in evaluations.scores(session, set_id)}  # later rows replace earlier ones
    return [
        ScoreView(s.name, s.title, s.help, rows[s.name].evaluation_id, rows[s.name].matrix_id)
        for s in SCORES
        if s.name in rows
    ]


def load(workspace: Workspace, set_id: int, name: str) -> Scores:
    """One column, (N,) float32. Raises NotFound, with the remedy, when the set has no such score yet."""
    for column in columns(workspace, set_id):
        if column.name == name:
            with workspace.database.read() as session:
                return vectors.load(session, column.matrix_id)[:, 0]
    raise NotFound(f"{get(name).title} is not known for this set yet; evaluate it against a reference set.")
