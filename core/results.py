"""Evaluations and their values as pages and the command line read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from core import extractors, references, sets, shelf
from core.errors import NotFound, ProofsheetError
from core.evaluate import given
from core.extractors import Kind
from core.metrics import METRICS, Metric
from core.own_extractors import OWN
from core.sampling import gives, made_by
from core.workspace import Workspace
from storage import checkpoints, evaluations
from storage.tables import Checkpoint, MetricValue


@dataclass(frozen=True)
class ValueView:
    """A number with everything needed to read it."""

    metric: str
    title: str
    direction: str
    value: float
    low: float | None
    high: float | None
    floor: float | None
    floor_n: int | None
    n: int
    m: int
    fingerprint: str
    warning: str
    version: int
    standard_error: float | None
    parameters: dict[str, Any]
    influence_id: int | None


@dataclass(frozen=True)
class EvaluationView:
    """A finished evaluation. `checkpoint_ids`: rows whose content and reading gave this sample set."""

    id: int
    set_id: int
    bank_id: int
    reference_set_id: int
    reference: str
    extractor: str
    extractor_title: str
    dim: int
    """Of the features."""
    n: int
    seed: int
    created_at: dt.datetime
    checkpoint_ids: tuple[int, ...]
    values: dict[str, ValueView]
    made_by: str = ""
    """What made the pictures, where it is not what the checkpoint's format says (`core.sampling.made_by`)."""

    @property
    def protocol(self) -> str:
        """One line that a person can tell protocols apart by."""
        return f"{self.reference} · {self.extractor_title} · n {self.n:,} · seed {self.seed}"


def noted(said: Iterable[tuple[str, str]]) -> list[str]:
    """(title, warning) of several metrics as lines to read, each warning once, after whose it is where it does not say
    so itself; '' is none."""
    found: dict[str, list[str]] = {}
    for title, warning in said:
        if warning and title not in found.setdefault(warning, []):
            found[warning].append(title)
    return [
        warning if all(title.lower() in warning.lower() for title in titles) else f"{', '.join(titles)}: {warning}"
        for warning, titles in found.items()
    ]


def titled(metric: Metric, kind: Kind | None) -> str:
    """What a number is called: the published name under the Inception network of 2015 only. Under a classical feature,
    or an extractor that a team brought, the title says in which space it is a distance."""
    if not metric.published or kind is None:
        return metric.title
    if kind.inception:
        return metric.published
    classical = kind.name.partition("+")[0] in {one.name for one in extractors.EXTRACTORS} and not kind.deep
    own = OWN in kind.title  # steps of preprocessing may follow
    return f"{metric.title} ({kind.title.replace(OWN, '')})" if classical or own else metric.title


def _value(metric: Metric, row: MetricValue, kind: Kind | None) -> ValueView:
    return ValueView(
        metric.name, titled(metric, kind), metric.direction, row.value, row.low, row.high, row.floor, row.floor_n,
        row.n, row.m, row.fingerprint, row.warning, row.version, row.standard_error, row.parameters, row.influence_id,
    )  # fmt: skip


def _in_order(rows: list[MetricValue], kind: Kind | None) -> list[ValueView]:
    found = {row.metric: row for row in rows}
    return [_value(metric, row, kind) for metric in METRICS if (row := found.get(metric.name)) is not None]


def values(workspace: Workspace, evaluation_id: int) -> list[ValueView]:
    """The metric values of an evaluation, in the order of METRICS."""
    kinds = _kinds(workspace)
    with workspace.database.read() as session:
        kind = kinds(*evaluations.extractor(session, evaluation_id))
        return _in_order(list(evaluations.values(session, evaluation_id)), kind)


def _kinds(workspace: Workspace) -> Callable[[str, int], Kind | None]:
    """Extractors by name and version, which only titles of the team's own say; None for one that is no longer known."""
    among = shelf.of_version(workspace)

    def kind(name: str, version: int) -> Kind | None:
        try:
            return extractors.get(name, among(name, version))
        except ProofsheetError:
            return None

    return kind


def absent(workspace: Workspace, view: EvaluationView) -> list[tuple[str, str]]:
    """(title, why) of every metric that an evaluation has no value of; none where its extractor is no longer known."""
    if sets.let_go(workspace, view.set_id):
        return []  # what does not apply is told from the pictures
    try:
        found = given(
            workspace, view.set_id, references.get(workspace, view.reference_set_id), view.extractor, view.dim
        )
    except NotFound:
        return []
    new = "It is newer than this evaluation; evaluate again to have it."
    return [(m.title, m.applies(found) or m.lacking or new) for m in METRICS if m.name not in view.values]


def every(workspace: Workspace, checkpoint_id: int | None = None) -> list[EvaluationView]:
    """Finished evaluations, newest first; of one checkpoint when asked. Archived ones own none unless asked for."""
    with workspace.database.read() as session:
        title, kinds = shelf.titles(workspace), _kinds(workspace)
        owners: dict[str, list[Checkpoint]] = {}
        for checkpoint in checkpoints.every(session, also=checkpoint_id):
            owners.setdefault(checkpoint.sha256, []).append(checkpoint)
        found = []
        for row, sample, bank, reference, extractor in evaluations.every(session):
            ids = tuple(c.id for c in owners.get(sample.checkpoint_sha256, []) if gives(c, sample))
            if not row.complete or (checkpoint_id is not None and checkpoint_id not in ids):
                continue
            found.append(EvaluationView(
                row.id, sample.set_id, bank.id, reference.set_id, f"{reference.name} v{reference.version}",
                extractor.name, title(extractor.name, extractor.version), extractor.dim, bank.n, bank.seed,
                row.created_at, ids,
                {v.metric: v for v in _in_order(row.values, kinds(extractor.name, extractor.version))},
                made_by(sample.sampling),
            ))  # fmt: skip
    return found[::-1]


def get(workspace: Workspace, evaluation_id: int) -> EvaluationView:
    """Raises NotFound for an unknown id."""
    for view in every(workspace):
        if view.id == evaluation_id:
            return view
    raise NotFound(f"There is no evaluation {evaluation_id} in this workspace.")
