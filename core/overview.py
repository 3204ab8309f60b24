"""The state of the work at one glance: runs, their newest checkpoints, what waits for a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from core import checkpoints, results, review
from core.checkpoints import CheckpointView
from core.compare import Comparison, compare
from core.errors import NotFound
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
    """A run and its newest checkpoints, newest first; `evaluated` of `total` checkpoints have numbers. `answer` says
    whether the newest that is evaluated beats the one before; where the two cannot be compared, `apart` says why."""

    run: str
    total: int
    evaluated: int
    newest: list[Line]
    answer: Comparison | None = None
    apart: str = ""

    @property
    def said(self) -> str:
        """The answer in a sentence, or why there is none."""
        return self.answer.sentence if self.answer else self.apart

    @property
    def trained_here(self) -> bool:
        """Whether the product trained it itself, and knows of its epochs."""
        return "epoch" in self.newest[0].checkpoint.details


def runs(workspace: Workspace) -> list[RunLine]:
    """Every run with a checkpoint, the one that got a checkpoint last first."""
    newest: dict[int, EvaluationView] = {}
    for view in reversed(results.every(workspace)):
        newest.update(dict.fromkeys(view.checkpoint_ids, view))
    verdicts = review.checkpoint_verdicts(workspace)
    found: dict[str, list[CheckpointView]] = {}
    for checkpoint in checkpoints.every(workspace):
        found.setdefault(checkpoint.run, []).append(checkpoint)
    lines = []
    for run, own in found.items():
        shown = [Line(c, newest.get(c.id), verdicts.get(c.id, Counter())) for c in own[::-1][:NEWEST]]
        measured = [(c.id, newest[c.id].id) for c in own[::-1] if c.id in newest]
        lines.append(RunLine(run, len(own), len(measured), shown, *_answer(workspace, measured)))
    return sorted(lines, key=lambda line: -max(c.id for c in found[line.run]))


def _answer(workspace: Workspace, measured: list[tuple[int, int]]) -> tuple[Comparison | None, str]:
    """`measured`: (checkpoint, evaluation) ids, newest first; those that no page shows any more count too."""
    return _compared(workspace, measured[1], measured[0]) if len(measured) > 1 else (None, "")


@lru_cache(maxsize=64)
def _compared(workspace: Workspace, a: tuple[int, int], b: tuple[int, int]) -> tuple[Comparison | None, str]:
    """Of (checkpoint, evaluation) ids: an evaluation never changes, so neither does the answer."""
    try:
        return compare(workspace, a[0], b[0]), ""
    except NotFound as error:
        return None, str(error)


def to_review(workspace: Workspace) -> list[CheckpointView]:
    """Evaluated checkpoints that nobody judged yet, newest first."""
    measured = {number for view in results.every(workspace) for number in view.checkpoint_ids}
    judged = review.checkpoint_verdicts(workspace)
    waiting = [c for c in checkpoints.every(workspace) if c.id in measured and c.id not in judged and not c.error]
    return sorted(waiting, key=lambda c: -c.id)
