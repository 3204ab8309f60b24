"""Jobs and the worker's own row: every change of state is one statement or one IMMEDIATE transaction.

A worker owns a job while its lease lasts. Each claim raises `token`; a statement that names an older token changes
nothing, so a worker that froze and woke up too late can neither store results nor report progress.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, Result, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from storage.tables import Job, Worker

ACTIVE = ("queued", "running")


def by_id(session: Session, job_id: int) -> Job | None:
    return session.get(Job, job_id)


def active_by_key(session: Session, key: str) -> Job | None:
    return session.scalar(select(Job).where(Job.key == key, Job.state.in_(ACTIVE)))


def every(session: Session, limit: int, active_only: bool) -> Sequence[Job]:
    """Running first, then queued in the order they will run, then the finished, newest first."""
    rank = func.iif(Job.state == "running", 0, func.iif(Job.state == "queued", 1, 2))
    waiting = func.iif(Job.state == "queued", -Job.priority, 0)
    age = func.iif(Job.state.in_(ACTIVE), Job.id, -Job.id)
    query = select(Job).order_by(rank, waiting, age).limit(limit)
    return session.scalars(query.where(Job.state.in_(ACTIVE)) if active_only else query).all()


def of_kind(session: Session, kind: str) -> Sequence[Job]:
    """Newest first."""
    return session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id.desc())).all()


def outranked(session: Session, kind: str) -> bool:
    """Whether a queued job has a higher priority than the running one of this kind."""
    running = select(func.min(Job.priority)).where(Job.kind == kind, Job.state == "running").scalar_subquery()
    return session.scalar(select(Job.id).where(Job.state == "queued", Job.priority > running).limit(1)) is not None


def active_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Job).where(Job.state.in_(ACTIVE))) or 0


def next_job(session: Session, now: dt.datetime) -> Job | None:
    """The job to work on next: the most urgent queued one, or a running one whose lease ran out."""
    lapsed = and_(Job.state == "running", or_(Job.lease_until.is_(None), Job.lease_until < now))
    query = select(Job).where(or_(Job.state == "queued", lapsed))
    return session.scalars(query.order_by(Job.priority.desc(), Job.id).limit(1)).first()


def report(session: Session, job_id: int, token: int, **values: Any) -> Job | None:
    """Change a running job that is still owned under `token`. None, and nothing changed, when it is not."""
    query = update(Job).where(Job.id == job_id, Job.token == token, Job.state == "running").values(**values)
    options = {"synchronize_session": False, "populate_existing": True}
    return session.scalars(query.returning(Job), execution_options=options).one_or_none()


def owned(session: Session, job_id: int, token: int) -> Job | None:
    """The job when it is still owned under `token`."""
    query = select(Job).where(Job.id == job_id, Job.token == token, Job.state == "running")
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def release_leases(session: Session, workers: Sequence[str], now: dt.datetime) -> None:
    """Let the jobs of dead workers be taken over at once."""
    session.execute(update(Job).where(Job.state == "running", Job.worker.in_(workers)).values(lease_until=now))


def workers(session: Session) -> Sequence[Worker]:
    """Newest sign of life first."""
    return session.scalars(select(Worker).order_by(Worker.seen_at.desc())).all()


def forget_workers(session: Session, names: Sequence[str]) -> None:
    session.execute(delete(Worker).where(Worker.name.in_(names)))


def seen(session: Session, name: str, now: dt.datetime, pid: int) -> bool:
    """Note a sign of life (pid 0: left in good order). False when another worker took this one's place."""
    done: Result[Any] = session.execute(update(Worker).where(Worker.name == name).values(seen_at=now, pid=pid))
    return isinstance(done, CursorResult) and done.rowcount == 1


def extend(session: Session, name: str, until: dt.datetime) -> None:
    """Extend the leases that a worker holds and that have not been taken from it."""
    session.execute(update(Job).where(Job.state == "running", Job.worker == name).values(lease_until=until))
