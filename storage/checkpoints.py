"""Runs and their checkpoints."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
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


def find(session: Session, run_id: int, step: int, sha256: str) -> Checkpoint | None:
    query = select(Checkpoint).where(Checkpoint.run_id == run_id, Checkpoint.step == step, Checkpoint.sha256 == sha256)
    return session.scalar(query.options(joinedload(Checkpoint.run)))


def get(session: Session, checkpoint_id: int) -> Checkpoint | None:
    return session.get(Checkpoint, checkpoint_id, options=[joinedload(Checkpoint.run)])


def every(session: Session) -> Sequence[Checkpoint]:
    """All checkpoints, by run and step."""
    query = select(Checkpoint).join(Run).order_by(Run.name, Checkpoint.step, Checkpoint.id)
    return session.scalars(query.options(joinedload(Checkpoint.run))).all()
