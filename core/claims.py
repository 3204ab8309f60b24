"""A job in a worker's hands: claimed, reported on, and ended in one of five ways.

What a batch made, its progress and the lease on the job are one commit under a fencing token. A killed worker loses
one batch at most; a frozen one that wakes up after another took over can store nothing.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from core import jobs, work
from core.errors import Cancelled, ProofsheetError, SteppedAside
from core.progress import stopped_by
from core.workspace import Workspace
from storage import jobs as store
from storage.tables import Job, now

MAX_ATTEMPTS = 5
REPORT_EVERY = 0.25
"""Seconds between two reports that are stored on their own; those that come with a batch are always stored."""


class Fenced(Cancelled):
    """The job belongs to another worker now; nothing more of it may be stored here."""


class GivenBack(Cancelled):
    """The worker was asked to stop: the job goes back to the queue as it is."""


@dataclass(frozen=True)
class Claim:
    """A job as this worker holds it."""

    id: int
    kind: str
    title: str
    arguments: dict[str, Any]
    token: int


@dataclass
class JobProgress:
    """What a job reports to. Raises Fenced, GivenBack or Cancelled when it should stop; inside a transaction that
    undoes the batch."""

    workspace: Workspace
    claim: Claim
    lease: float
    stopping: threading.Event
    stored_at: float = 0.0
    pace: dict[str, Any] = field(default_factory=dict)

    def __call__(self, done: int, total: int, message: str = "", session: Session | None = None) -> None:
        self.pace = jobs.paced(self.pace, done, total, message)
        values = {"done": done, "total": total, "message": message, "result": {"pace": self.pace}}
        if session is not None:
            self._store(session, values)
        elif time.monotonic() - self.stored_at > REPORT_EVERY:
            with self.workspace.database.write() as own:
                self._store(own, values)
        else:
            self.ask()

    def ask(self) -> None:
        """Raises as a report does, and reports nothing."""
        with self.workspace.database.read() as own:
            self._go_on(store.owned(own, self.claim.id, self.claim.token))

    def _store(self, session: Session, values: dict[str, Any]) -> None:
        until = now() + dt.timedelta(seconds=self.lease)
        session.flush()
        self._go_on(store.report(session, self.claim.id, self.claim.token, lease_until=until, **values))
        self.stored_at = time.monotonic()

    def _go_on(self, job: Job | None) -> None:
        if job is None:
            raise Fenced(f"Job {self.claim.id} was taken over by another worker.")
        if job.cancel_requested:
            raise Cancelled(f"{self.claim.title} was cancelled.")
        if self.stopping.is_set():
            raise GivenBack("The worker was asked to stop; the job goes on when a worker is there again.")


def claim(workspace: Workspace, name: str, lease: float) -> Claim | None:
    """Take the next job, or None when there is nothing to do. Jobs that were to be cancelled, or that killed their
    worker MAX_ATTEMPTS times, are closed on the way."""
    with workspace.database.write() as session:
        while (job := store.next_job(session, now())) is not None:
            job.token += 1
            if job.cancel_requested:
                _close(job, "cancelled")
            elif job.attempts >= MAX_ATTEMPTS:
                _close(job, "failed", error=(
                    f"The worker died {job.attempts} times while it did this job (last: {job.message}); "
                    "free some memory or ask for fewer pictures, then retry."
                ))  # fmt: skip
            else:
                job.state, job.worker, job.attempts = "running", name, job.attempts + 1
                job.done, job.total, job.message = 0, 0, "starting"
                job.started_at, job.lease_until = job.started_at or now(), now() + dt.timedelta(seconds=lease)
                return Claim(job.id, job.kind, job.title, job.arguments, job.token)
            session.flush()
    return None


def _close(job: Job, state: str, error: str = "", detail: str = "", result: dict[str, Any] | None = None) -> None:
    job.state, job.finished_at, job.lease_until = state, now(), None
    job.error, job.error_detail, job.result = error, detail, result or {}


def do(workspace: Workspace, held: Claim, lease: float, stopping: threading.Event) -> str:
    """Do one job and note how it ended. Returns its state: done, failed, cancelled, queued (given back) or fenced."""
    progress = JobProgress(workspace, held, lease, stopping)
    try:
        with stopped_by(progress.ask):
            result = work.get(held.kind).run(workspace, held.arguments, progress)
    except Fenced:
        return "fenced"
    except (GivenBack, SteppedAside):
        return _give_back(workspace, held)
    except Cancelled:
        return _end(workspace, held, "cancelled")
    except ProofsheetError as error:
        return _end(workspace, held, "failed", error=str(error))
    except Exception as error:
        detail = traceback.format_exc()
        return _end(workspace, held, "failed", error=sentence(held.title, error), detail=detail)
    return _end(workspace, held, "done", result=result)


def sentence(title: str, error: Exception) -> str:
    """One plain sentence for an error that nobody foresaw."""
    first = (str(error).strip().splitlines() or [""])[0][:300].rstrip(".")
    if isinstance(error, MemoryError):
        return f"{title} needs more memory than there is; ask for fewer pictures or close other programs, then retry."
    if "disk is full" in first or getattr(error, "errno", None) == 28:
        return f"{title} found the disk full; free some space, then retry: it goes on from there."
    return f"{title} stopped by an error that was not foreseen ({type(error).__name__}: {first}); see its details."


def _end(workspace: Workspace, held: Claim, state: str, **outcome: Any) -> str:
    with workspace.database.write() as session:
        job = store.owned(session, held.id, held.token)
        if job is None:
            return "fenced"
        _close(job, state, **outcome)
    return state


def _give_back(workspace: Workspace, held: Claim) -> str:
    """Back to the queue; a worker that leaves in good order does not count as an attempt."""
    with workspace.database.write() as session:
        job = store.owned(session, held.id, held.token)
        if job is None:
            return "fenced"
        job.state, job.worker, job.lease_until, job.result = "queued", "", None, {}
        job.attempts -= 1
    return "queued"
