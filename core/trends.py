"""Metric values over the steps of runs. Values of unlike protocols never share a line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from core import checkpoints, compare, differing, metrics, results, shelf
from core.checkpoints import CheckpointView
from core.results import EvaluationView, ValueView
from core.workspace import Workspace


@dataclass(frozen=True)
class Point:
    checkpoint_id: int
    step: int
    value: ValueView
    evaluation: EvaluationView


@dataclass(frozen=True)
class Series:
    """One run under one fingerprint, by step. `protocol` says in words what the fingerprint stands for."""

    run: str
    metric: str
    title: str
    direction: str
    fingerprint: str
    protocol: str
    points: list[Point] = field(default_factory=list)

    @property
    def floor(self) -> float | None:
        return self.points[0].value.floor


def series(
    workspace: Workspace,
    metric: str,
    runs: Collection[str] | None = None,
    extractors: Collection[str] | None = None,
    references: Collection[str] | None = None,
) -> list[Series]:
    """The lines of one metric; None takes all. A checkpoint that was measured twice alike gives one point."""
    return every(workspace, [metric], runs, extractors, references)[metric]


def every(
    workspace: Workspace,
    metrics: Collection[str],
    runs: Collection[str] | None = None,
    extractors: Collection[str] | None = None,
    references: Collection[str] | None = None,
) -> dict[str, list[Series]]:
    """As `series`, of several metrics in one look at the evaluations."""
    names = {c.id: c for c in checkpoints.every(workspace) if runs is None or c.run in runs}
    wanted = [
        view for view in reversed(results.every(workspace))
        if (extractors is None or view.extractor in extractors) and (references is None or view.reference in references)
    ]  # fmt: skip
    return {metric: _lines(metric, wanted, names) for metric in metrics}


def _lines(metric: str, evaluations: Sequence[EvaluationView], names: Mapping[int, CheckpointView]) -> list[Series]:
    found: dict[tuple[str, str], Series] = {}
    for view, value in ((view, view.values[metric]) for view in evaluations if metric in view.values):
        for owner in (names[number] for number in view.checkpoint_ids if number in names):
            line = found.setdefault(
                (owner.run, value.fingerprint),
                Series(owner.run, metric, value.title, value.direction, value.fingerprint, view.protocol),
            )
            if all(p.checkpoint_id != owner.id for p in line.points):
                line.points.append(Point(owner.id, owner.step, value, view))
    for line in found.values():
        line.points.sort(key=lambda p: p.step)
    return sorted(found.values(), key=lambda line: (line.run, line.protocol))


def features(workspace: Workspace, evaluations: Sequence[EvaluationView]) -> dict[str, str]:
    """{extractor: what to call it over lines of all its versions}, in the order of the evaluations."""
    found: dict[str, set[str]] = {}
    for view in evaluations:
        found.setdefault(view.extractor, set()).add(view.extractor_title)
    return {
        name: min(titles) if len(titles) == 1 else shelf.title_of_all(workspace, name)
        for name, titles in found.items()
    }  # fmt: skip


def owners(workspace: Workspace) -> dict[int, str]:
    """{checkpoint: name of its run} of those in the lists."""
    return {one.id: one.run for one in checkpoints.every(workspace)}


def newest(evaluations: Sequence[EvaluationView], owned: Mapping[int, str], runs: Collection[str]) -> EvaluationView:
    """The newest evaluation of these runs, or of all where these have none: what a page begins with."""
    own = (view for view in evaluations if any(owned.get(number) in runs for number in view.checkpoint_ids))
    return next(own, evaluations[0])


def measured(
    evaluations: Sequence[EvaluationView], owned: Mapping[int, str], reference: str, extractor: str
) -> set[str | None]:
    """Names of the runs that have numbers against this reference set under this extractor."""
    return {
        owned.get(number) for view in evaluations if (view.reference, view.extractor) == (reference, extractor)
        for number in view.checkpoint_ids
    }  # fmt: skip


def title(lines: Sequence[Series]) -> str:
    """What to call a metric over these lines: one that says under which features it is, only where all of them are."""
    titles = {line.title for line in lines}
    return min(titles) if len(titles) == 1 else metrics.get(lines[0].metric).title


def points(
    workspace: Workspace, runs: Collection[str], extractors: Collection[str], references: Collection[str]
) -> dict[int, str]:
    """{checkpoint id: its label} of every checkpoint that was measured so, by run and step."""
    measured = {
        number for view in results.every(workspace) if view.extractor in extractors and view.reference in references
        for number in view.checkpoint_ids
    }  # fmt: skip
    return {c.id: c.label for c in checkpoints.every(workspace) if c.id in measured and c.run in runs}


def names(lines: Sequence[Series]) -> list[str]:
    """What to call each line: its run, and those parts of its protocol that not all lines share."""
    parts = [line.protocol.split(" · ") for line in lines]
    shared = set(parts[0]).intersection(*parts[1:]) if parts else set()
    own = [" · ".join(part for part in one if part not in shared) for one in parts]
    return [f"{line.run} ({said})" if said else line.run for line, said in zip(lines, own, strict=True)]


def latest(workspace: Workspace, line: Series) -> str:
    """The verdict on the last step of a line against the one before it; empty where there is none."""
    if len(line.points) < 2:
        return ""
    one, two = line.points[-2:]
    found = compare.remembered(workspace, one.checkpoint_id, two.checkpoint_id, one.evaluation, two.evaluation)
    return found.verdicts.get(line.metric, "")


def apart(workspace: Workspace, lines: Sequence[Series]) -> list[str]:
    """Why the lines of a metric were not made alike, in words: the parts in which their protocols differ from the first
    line's. Empty when all share one protocol."""
    known = list(dict.fromkeys(line.fingerprint for line in lines))
    said = [part for other in known[1:] for part in differing.parts(workspace, known[0], other)]
    return [f"Not comparable, since these differ: {'; '.join(dict.fromkeys(said))}."] if said else []
