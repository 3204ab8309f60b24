"""The state of the work at one glance: runs, their newest checkpoints, what waits for a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from core import checkpoints, results, review
from core.checkpoints import CheckpointView
from core.results import EvaluationView
from core.workspace import Workspace

NEWEST = 3


@dataclass(frozen=True)
class Line:
    """A checkpoint, its newest evaluation, and how many people gave it each verdict."""

    checkpoint: CheckpointView
    evaluation: EvaluationView | None
    verdicts: Counter[str]


@dataclass(frozen=True)
class RunLine:
    """A run and its newest checkpoints, newest first; `evaluated` of `total` checkpoints have numbers."""

    run: str
    total: int
    evaluated: int
    newest: list[Line]


def runs(workspace: Workspace) -> list[RunLine]:
    """Every run with a checkpoint, the one that got a checkpoint last first."""
    newest: dict[int, EvaluationView] = {}
    for view in reversed(results.every(workspace)):
        newest.update(dict.fromkeys(view.checkpoint_ids, view))
    verdicts = review.checkpoint_verdicts(workspace)
    found: dict[str, list[CheckpointView]] = {}
    for checkpoint in checkpoints.every(workspace):
        found.setdefault(checkpoint.run, []).append(checkpoint)
    lines = [
        RunLine(
            run, len(own), sum(c.id in newest for c in own),
            [Line(c, newest.get(c.id), verdicts.get(c.id, Counter())) for c in own[::-1][:NEWEST]],
        )
        for run, own in found.items()
    ]  # fmt: skip
    return sorted(lines, key=lambda line: -max(c.id for c in found[line.run]))


def to_review(workspace: Workspace) -> list[Line]:
    """Evaluated checkpoints that nobody judged yet, newest first."""
    return [
        line for run in runs(workspace) for line in run.newest
        if line.evaluation is not None and not line.verdicts and not line.checkpoint.error
    ]  # fmt: skip
