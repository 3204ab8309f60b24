"""Letting pictures go: of a watched run's checkpoints the best keep their pictures, all keep their numbers."""

from __future__ import annotations

from typing import Any

from core import results
from core.errors import BadInput
from core.metrics import METRICS
from core.results import EvaluationView
from core.workspace import Workspace
from storage import sets, watches


def check(retention: dict[str, Any]) -> None:
    """Raises BadInput for anything but {} and {"best": 1 or more, "metric": one with a better and a worse}."""
    if not retention:
        return
    best, metric = retention.get("best"), retention.get("metric")
    judged = [m.name for m in METRICS if m.direction != "none"]
    if set(retention) != {"best", "metric"} or type(best) is not int or best < 1:
        raise BadInput("Keep the pictures of how many? Give the best as a whole number of 1 or more, and a metric.")
    if metric not in judged:
        raise BadInput(f"'{metric}' does not say which checkpoint is better; choose one of: {', '.join(judged)}.")


def ranked(found: list[EvaluationView], metric: str) -> list[EvaluationView]:
    """The evaluations that have this metric, the best first; of equals the newest first."""
    sign = -1 if next(m.direction for m in METRICS if m.name == metric) == "higher" else 1
    known = [view for view in found if metric in view.values]
    return sorted(known, key=lambda view: (sign * view.values[metric].value, -view.id))


def let_go(workspace: Workspace, set_id: int, checkpoint_ids: tuple[int, ...]) -> bool:
    """Delete the pictures and vectors of a sample set and keep its numbers. False, and nothing done, when it is not
    complete or somebody needs them: votes, notes, tags, reports, jobs under way."""
    with workspace.database.write() as session:
        row = sets.get(session, set_id)
        if row is None or row.kind != "sample" or not row.complete or watches.used(session, set_id, checkpoint_ids):
            return False
        matrices = watches.let_go(session, set_id)
    for matrix_id in matrices:
        (workspace.vectors / f"{matrix_id}.npy").unlink(missing_ok=True)
    return True


def keep_best(
    workspace: Workspace, checkpoint_ids: set[int], protocol: dict[str, Any], retention: dict[str, Any],
    spared: set[int],
) -> set[int]:  # fmt: skip
    """Let the pictures go of all but the best of these checkpoints, under one protocol; those `spared` count among the
    rest but keep theirs. Returns the checkpoints whose pictures went."""
    asked = tuple(protocol[name] for name in ("reference_set_id", "extractor", "n", "seed"))
    mine = [
        view for view in results.every(workspace)
        if (view.reference_set_id, view.extractor, view.n, view.seed) == asked
        and checkpoint_ids & {*view.checkpoint_ids}
    ]  # fmt: skip
    by_rank, best = ranked(mine, retention["metric"]), retention["best"]
    kept = {view.set_id for view in by_rank[:best]}
    gone: set[int] = set()
    for view in by_rank[best:]:
        here = checkpoint_ids & {*view.checkpoint_ids}
        if view.set_id not in kept and not here & spared and let_go(workspace, view.set_id, view.checkpoint_ids):
            gone |= here
    return gone
