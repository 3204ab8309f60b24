"""Runs and their checkpoints."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from storage.tables import Checkpoint, Run


def run(session: Session, name: str) -> Run:
    """The run of this name, made when it is new."""
    row = session.scalar(select(Run).where(Run.name == name))
    if row is None:
        row = Run(name=name, training={})
        session.add(row)
        session.flush()
    return row


def runs(session: Session) -> list[tuple[Run, int, int | None]]:
    """All runs by name, each with its number of checkpoints (archived ones left out) and its newest step."""
    counted = (
        select(Checkpoint.run_id, func.count().label("number"), func.max(Checkpoint.step).label("newest"))
        .where(Checkpoint.archived_at.is_(None))
        .group_by(Checkpoint.run_id)
        .subquery()
    )
    query = select(Run, counted.c.number, counted.c.newest).outerjoin(counted, counted.c.run_id == Run.id)
    return [(row, number or 0, newest) for row, number, newest in session.execute(query.order_by(Run.name))]


def find(session: Session, run_id: int, step: int, sha256: str) -> Checkpoint | None:
    query = select(Checkpoint).where(Checkpoint.run_id == run_id, Checkpoint.step == step, Checkpoint.sha256 == sha256)
    return session.scalar(query.options(joinedload(Checkpoint.run)))


def get(session: Session, checkpoint_id: int) -> Checkpoint | None:
    return session.get(Checkpoint, checkpoint_id, options=[joinedload(Checkpoint.run)])


def by_sha256(session: Session, sha256: str) -> Sequence[Checkpoint]:
    """Every row of these bytes, in order of registration."""
    query = select(Checkpoint).where(Checkpoint.sha256 == sha256).order_by(Checkpoint.id)
    return session.scalars(query.options(joinedload(Checkpoint.run))).all()


def newest_by_sha256(session: Session, beginning: str) -> Checkpoint | None:
    """The newest row whose sha256 begins so."""
    query = select(Checkpoint).where(Checkpoint.sha256.startswith(beginning, autoescape=True))
    return session.scalars(query.options(joinedload(Checkpoint.run)).order_by(Checkpoint.id.desc())).first()


def at(session: Session, run: str, step: int) -> Sequence[Checkpoint]:
    """All rows at this step of the run of this name, the newest first."""
    query = select(Checkpoint).join(Run).where(Run.name == run, Checkpoint.step == step)
    return session.scalars(query.options(joinedload(Checkpoint.run)).order_by(Checkpoint.id.desc())).all()


def every(
    session: Session, run: str | None = None, archived: bool = False, also: int | None = None
) -> Sequence[Checkpoint]:
    """All checkpoints, or those of one run, by run and step; archived ones only when asked for, or when their id is
    `also`."""
    query = select(Checkpoint).join(Run).order_by(Run.name, Checkpoint.step, Checkpoint.id)
    if run is not None:
        query = query.where(Run.name == run)
    if not archived:
        query = query.where(Checkpoint.archived_at.is_(None) | (Checkpoint.id == also))
    return session.scalars(query.options(joinedload(Checkpoint.run))).all()
