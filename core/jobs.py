"""Requested work: asked for here, done by the worker, seen by the Jobs page and `proofsheet jobs`."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core import work
from core.errors import NotFound
from core.keys import key
from core.workspace import Workspace
from storage import jobs
from storage.tables import Job, now

LEASE = 15.0
"""Seconds without a sign of life after which a worker counts as gone."""


@dataclass(frozen=True)
class JobView:
    """A job as pages and the command line see it. `done` of `total` is within the present phase ("sampling r @ 5",
    "features: pixels", ...); times are UTC without a zone."""

    id: int
    kind: str
    title: str
    state: str
    """queued, running, done, failed or cancelled."""
    done: int
    total: int
    message: str
    error: str
    error_detail: str
    arguments: dict[str, Any]
    result: dict[str, Any]
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    attempts: int
    cancel_requested: bool
    worker: str
    pace: dict[str, Any]
    """While it runs: {"phase", "since", "from", "at"}; see `paced`."""

    @property
    def active(self) -> bool:
        return self.state in jobs.ACTIVE

    @property
    def fraction(self) -> float | None:
        """Share of the present phase that is done, 0 to 1; None when its size is not known yet."""
        if self.state == "done":
            return 1.0
        return min(self.done / self.total, 1.0) if self.total else None

    @property
    def eta_seconds(self) -> float | None:
        """Seconds until the present phase ends, from its own rate; None before it can be told."""
        made = self.done - int(self.pace.get("from", self.done))
        if self.state != "running" or made <= 0:
            return None
        since, at = float(self.pace["since"]), float(self.pace["at"])
        return max((at - since) / made * (self.total - self.done) - (time.time() - at), 0.0)


def paced(before: dict[str, Any], done: int, total: int, message: str) -> dict[str, Any]:
    """How fast the phase goes: `from` units done at `since`, last told `at` (seconds since 1970).

    A phase is told by the first word of its message and its size; it starts anew when the count goes back.
    """
    phase = f"{message.partition(' ')[0]}/{total}"
    if before.get("phase") != phase or done < before.get("done", 0):
        before = {"phase": phase, "since": time.time(), "from": done}
    return {**before, "done": done, "at": time.time()}


def view_of(row: Job) -> JobView:
    running = row.state == "running"
    return JobView(
        row.id, row.kind, row.title, row.state, row.done, row.total, row.message, row.error, row.error_detail,
        row.arguments, {} if running else row.result, row.created_at, row.started_at, row.finished_at, row.attempts,
        row.cancel_requested, row.worker, row.result.get("pace", {}) if running else {},
    )  # fmt: skip


def submit(
    workspace: Workspace, kind: str, arguments: dict[str, Any], *, title: str | None = None, priority: int = 0
) -> JobView:
    """Ask for work; higher `priority` goes first. Asking for the same unfinished work again gives the job that is
    there, at the higher of the two priorities. `title` is made from the kind and its arguments when left out.

    Raises BadInput for an unknown kind or wrong arguments, NotFound for unknown ids.
    """
    chosen = work.get(kind)
    complete = chosen.complete(workspace, arguments)
    wanted = key(kind, complete)
    user = workspace.user_id() or None
    with workspace.database.write() as session:
        row = jobs.active_by_key(session, wanted)
        if row is None or row.cancel_requested:
            if row is not None:  # it is being given up: let it end under a key of its own
                row.key = key(wanted, row.id)
            title = title or chosen.say(workspace, complete)
            row = Job(kind=kind, title=title[:400], arguments=complete, key=wanted, result={}, created_by=user)
            session.add(row)
        row.priority = max(row.priority or 0, priority)
        session.flush()
        return view_of(row)


def every(workspace: Workspace, limit: int = 200, active_only: bool = False) -> list[JobView]:
    """Running first, then queued in the order they will run, then the finished, newest first."""
    with workspace.database.read() as session:
        return [view_of(row) for row in jobs.every(session, limit, active_only)]


def of_kind(workspace: Workspace, kind: str) -> list[JobView]:
    """Every job of a kind, the newest first."""
    with workspace.database.read() as session:
        return [view_of(row) for row in jobs.of_kind(session, kind)]


def outranked(workspace: Workspace, kind: str) -> bool:
    """Whether a job waits whose priority is above that of the one of this kind that runs."""
    with workspace.database.read() as session:
        return jobs.outranked(session, kind)


def get(workspace: Workspace, job_id: int) -> JobView:
    """Raises NotFound for an unknown id."""
    with workspace.database.read() as session:
        return view_of(_row(session, job_id))


def _row(session: Session, job_id: int) -> Job:
    row = jobs.by_id(session, job_id) if abs(job_id) < 2**63 else None  # SQLite counts no further
    if row is None:
        raise NotFound(f"There is no job {job_id} in this workspace; `proofsheet jobs list` shows those there are.")
    return row


def cancel(workspace: Workspace, job_id: int) -> JobView:
    """A queued job, or one whose worker is gone, is cancelled at once; a running one before its next batch is stored.
    A finished job stays as it is."""
    with workspace.database.write() as session:
        row = _row(session, job_id)
        lapsed = row.state == "running" and (row.lease_until is None or row.lease_until < now())
        if row.state == "queued" or lapsed:
            row.state, row.finished_at, row.token, row.result = "cancelled", now(), row.token + 1, {}
        elif row.state == "running":
            row.cancel_requested = True
        session.flush()
        return view_of(row)


def retry(workspace: Workspace, job_id: int) -> JobView:
    """Ask for a finished job's work again, as a new job: the old one stays as it was, with its error. What the old
    one made is not made again. An unfinished job is given back unchanged."""
    old = get(workspace, job_id)
    if old.active and not old.cancel_requested:
        return old
    return submit(workspace, old.kind, old.arguments, title=old.title)


def active_count(workspace: Workspace) -> int:
    """Queued and running jobs."""
    with workspace.database.read() as session:
        return jobs.active_count(session)


def at_work(workspace: Workspace, kind: str, arguments: dict[str, Any]) -> bool:
    """Whether an unfinished job of this kind has these arguments, whatever its others."""
    return any(
        job.kind == kind and job.arguments.items() >= arguments.items() for job in every(workspace, active_only=True)
    )


def worker_seen(workspace: Workspace) -> dt.datetime | None:
    """When a worker last said that it was alive; None when there never was one."""
    with workspace.database.read() as session:
        found = jobs.workers(session)
        return found[0].seen_at if found else None


def worker_alive(workspace: Workspace) -> bool:
    """Whether a worker is there to do the jobs: one that left in good order, or was silent too long, is not."""
    with workspace.database.read() as session:
        limit = now() - dt.timedelta(seconds=LEASE)
        return any(w.pid and w.seen_at > limit for w in jobs.workers(session))
