"""Watched folders, what became of their files, and letting pictures go."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from storage.jobs import ACTIVE
from storage.tables import (
    Embeddings,
    Evaluation,
    Image,
    ImageSet,
    Job,
    Matrix,
    MatrixChunk,
    Note,
    Report,
    SetImage,
    Tag,
    Vote,
    Watch,
    WatchFile,
    now,
)


def get(session: Session, watch_id: int) -> Watch | None:
    return session.get(Watch, watch_id)


def every(session: Session, state: str = "") -> Sequence[Watch]:
    """Oldest first; those of one state when asked."""
    query = select(Watch).order_by(Watch.id)
    return session.scalars(query.where(Watch.state == state) if state else query).all()


def files(session: Session, watch_id: int) -> Sequence[WatchFile]:
    """Newest first."""
    query = select(WatchFile).where(WatchFile.watch_id == watch_id)
    return session.scalars(query.order_by(WatchFile.at.desc(), WatchFile.name)).all()


def remove(session: Session, watch_id: int) -> None:
    session.execute(delete(WatchFile).where(WatchFile.watch_id == watch_id))
    session.execute(delete(Watch).where(Watch.id == watch_id))


def measured(session: Session, set_id: int) -> bool:
    """Whether an evaluation was made of this set's pictures."""
    return session.scalar(select(exists().where(Evaluation.sample_set_id == set_id))) or False


def _pictures(set_id: int) -> Select[int]:
    return select(SetImage.image_id).where(SetImage.set_id == set_id)


def used(session: Session, set_id: int, checkpoint_ids: Sequence[int]) -> bool:
    """Whether somebody said something of the set's pictures or its checkpoints, a report is about it, or a job that is
    not done yet may need it."""
    said = [
        exists().where(or_(table.image_id.in_(_pictures(set_id)), table.checkpoint_id.in_(checkpoint_ids)))
        for table in (Vote, Note, Tag)
    ]
    reported = [exists().where(Report.arguments[name].as_integer() == set_id) for name in ("sample_set_id", "set_id")]
    wanted = [
        exists().where(Job.state.in_(ACTIVE), Job.arguments[name].as_integer().in_(ids))
        for name, ids in (("sample_set_id", [set_id]), ("set_id", [set_id]), ("checkpoint_id", checkpoint_ids))
    ]
    return session.scalar(select(or_(*said, *reported, *wanted))) or False


def let_go(session: Session, set_id: int) -> list[int]:
    """Delete the pictures and vectors of a set; the set, its numbers and its scores stay. Pictures that other sets hold
    stay as well. Gives the matrices whose mapped copies are to be deleted."""
    ids = list(session.scalars(_pictures(set_id)))
    session.execute(delete(SetImage).where(SetImage.set_id == set_id))
    for a in range(0, len(ids), 500):  # below SQLite's limit of bound variables
        held = exists().where(SetImage.image_id == Image.id)
        session.execute(delete(Image).where(Image.id.in_(ids[a : a + 500]), ~held))
    matrices = list(session.scalars(select(Embeddings.matrix_id).where(Embeddings.set_id == set_id)))
    session.execute(delete(Embeddings).where(Embeddings.set_id == set_id))
    session.execute(delete(MatrixChunk).where(MatrixChunk.matrix_id.in_(matrices)))
    # The rows of the matrices stay, so that their numbers, which name files and cached arrays, never mean another.
    session.execute(update(Matrix).where(Matrix.id.in_(matrices)).values(complete=False))
    # A new date: what a process remembers of the set is of the pictures that were.
    session.execute(update(ImageSet).where(ImageSet.id == set_id).values(complete=False, created_at=now()))
    return matrices


def newest_evaluation(session: Session) -> int:
    return session.scalar(select(func.max(Evaluation.id))) or 0
