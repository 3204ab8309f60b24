"""The shape of a report: arguments in, one JSON object out, made once for the content it looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from core.errors import NotFound
from core.keys import check_seed, key
from core.progress import Progress
from core.workspace import Workspace
from storage import checkpoints, evaluations, reports
from storage.tables import Report

Arguments = dict[str, Any]
SETS = ("sample_set_id", "reference_set_id", "set_id", "chosen_set_id")
"""Arguments that name a set: its content, not its number, decides the report."""


@dataclass(frozen=True)
class Group:
    """Some pictures that a report names: `positions` in a set, in the report's own order."""

    set_id: int
    title: str
    positions: list[int]


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
    group: Callable[[Workspace, ReportView, str], Group] | None = None
    """The pictures that a name stands for in a report of this kind; the gallery shows them. Raises BadInput."""
    depends: Callable[[Session, Arguments], Any] | None = None
    """What else decides the report, as JSON: the versions of the metrics it asks, say. Part of the key."""
    later: tuple[str, ...] = ()
    """Optional arguments that came later: at their defaults out of the key, so that older reports keep theirs."""


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


def _key(session: Session, kind: ReportKind, arguments: Arguments, extractor_key: str) -> str:
    said = {n: v for n, v in arguments.items() if n not in kind.later or v != kind.optional[n]}
    content = {name: _content(session, name, value) for name, value in said.items()}
    also = [] if kind.depends is None else [kind.depends(session, arguments)]
    return key("report", kind.name, kind.version, content, extractor_key, *also)


def _extractor_key(workspace: Workspace, arguments: Arguments) -> str:
    """The key of the extractor that the arguments name; "" without one, and while it has yet to learn."""
    from core import embeddings  # OpenCV: not for every page that looks at jobs

    if "extractor" not in arguments:
        return ""
    found = embeddings.stored(workspace, arguments["extractor"], arguments.get("reference_set_id"))
    return found.key if found is not None else ""


def _content(session: Session, name: str, value: Any) -> Any:
    if name in SETS and value is not None:
        return evaluations.set_key(session, value)
    if name == "checkpoint_id" and (row := checkpoints.get(session, value)) is not None:
        return [row.sha256, row.overrides]  # how it is read decides its pictures too
    return value


def find(workspace: Workspace, kind: ReportKind, arguments: Arguments) -> ReportView | None:
    """The report on this content, or None while nobody made it. Arguments left out are their defaults."""
    complete = {**kind.optional, **arguments}
    extractor_key = _extractor_key(workspace, complete)
    with workspace.database.read() as session:
        row = reports.by_key(session, _key(session, kind, complete, extractor_key))
        return None if row is None else _view(row)


def make(workspace: Workspace, kind: ReportKind, arguments: Arguments, progress: Progress) -> ReportView:
    """The report on this content: the one that is there, or a new one, stored in one commit."""
    complete = {**kind.optional, **arguments}
    check_seed(complete.get("seed", 0))
    known = find(workspace, kind, complete)
    if known is not None:
        return known
    result = kind.make(workspace, complete, progress)
    extractor_key = _extractor_key(workspace, complete)
    with workspace.database.write() as session:
        wanted = _key(session, kind, complete, extractor_key)
        row = reports.by_key(session, wanted)  # another process may have been faster
        if row is None:
            row = Report(key=wanted, kind=kind.name, version=kind.version, arguments=complete, result=result)
            session.add(row)
            session.flush()
        progress(1, 1, f"{kind.title}: done", session=session)
        return _view(row)


def get_view(workspace: Workspace, report_id: int) -> ReportView:
    """Raises NotFound for an unknown id."""
    with workspace.database.read() as session:
        row = session.get(Report, report_id)
        if row is None:
            raise NotFound(f"There is no report {report_id} in this workspace.")
        return _view(row)


def every(workspace: Workspace, kind: ReportKind) -> list[ReportView]:
    """Reports of one kind that today's code would make again, newest first."""
    with workspace.database.read() as session:
        return [_view(row) for row in reports.of_kind(session, kind.name) if row.version == kind.version]


def newest(workspace: Workspace, kind: ReportKind, some: Arguments) -> ReportView | None:
    """The newest report with these arguments, whatever the others are, that would be found again if it were asked for
    now."""
    for one in every(workspace, kind):
        if all(one.arguments[name] == value for name, value in some.items()):
            found = find(workspace, kind, one.arguments)
            if found is not None and found.id == one.id:
                return one
    return None
