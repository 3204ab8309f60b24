"""The shape of a report: arguments in, one JSON object out, made once for the content it looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from core.keys import key
from core.progress import Progress
from core.workspace import Workspace
from storage import checkpoints, evaluations, reports
from storage.tables import Report

Arguments = dict[str, Any]
SETS = ("sample_set_id", "reference_set_id", "set_id")
"""Arguments that name a set: its content, not its number, decides the report."""


@dataclass(frozen=True)
class ReportKind:
    """`make(workspace, arguments, progress)` gives a JSON object: numbers, words and picture ids. It raises BadInput,
    with the remedy, where there is too little to look at. Raise `version` whenever the same pictures would give
    another report."""

    name: str
    title: str
    version: int
    make: Callable[[Workspace, Arguments, Progress], dict[str, Any]]
    required: dict[str, type]
    optional: Arguments = field(default_factory=dict)
    """Defaults, as in `core.work.Kind`."""


@dataclass(frozen=True)
class ReportView:
    """A report as pages and the command line read it."""

    id: int
    kind: str
    arguments: Arguments
    result: dict[str, Any]
    created_at: dt.datetime


def _view(row: Report) -> ReportView:
    return ReportView(row.id, row.kind, row.arguments, row.result, row.created_at)


def _key(session: Session, kind: ReportKind, arguments: Arguments) -> str:
    content = {name: _content(session, name, value) for name, value in arguments.items()}
    return key("report", kind.name, kind.version, content)


def _content(session: Session, name: str, value: Any) -> Any:
    if name in SETS and value is not None:
        return evaluations.set_key(session, value)
    if name == "checkpoint_id" and (row := checkpoints.get(session, value)) is not None:
        return [row.sha256, row.overrides]  # how it is read decides its pictures too
    return value


def find(workspace: Workspace, kind: ReportKind, arguments: Arguments) -> ReportView | None:
    """The report on this content, or None while nobody made it. Arguments left out are their defaults."""
    complete = {**kind.optional, **arguments}
    with workspace.database.read() as session:
        row = reports.by_key(session, _key(session, kind, complete))
        return None if row is None else _view(row)


def make(workspace: Workspace, kind: ReportKind, arguments: Arguments, progress: Progress) -> ReportView:
    """The report on this content: the one that is there, or a new one, stored in one commit."""
    complete = {**kind.optional, **arguments}
    known = find(workspace, kind, complete)
    if known is not None:
        return known
    result = kind.make(workspace, complete, progress)
    with workspace.database.write() as session:
        wanted = _key(session, kind, complete)
        row = reports.by_key(session, wanted)  # another process may have been faster
        if row is None:
            row = Report(key=wanted, kind=kind.name, version=kind.version, arguments=complete, result=result)
            session.add(row)
            session.flush()
        progress(1, 1, f"{kind.title}: done", session=session)
        return _view(row)


def every(workspace: Workspace, kind: ReportKind) -> list[ReportView]:
    """Reports of one kind that today's code would make again, newest first."""
    with workspace.database.read() as session:
        return [_view(row) for row in reports.of_kind(session, kind.name) if row.version == kind.version]
