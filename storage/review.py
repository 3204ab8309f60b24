"""Votes, notes and tags on pictures and checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from storage.tables import Image, Note, SetImage, Tag, User, Vote


def add_votes(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Store votes; a (client, seq, subject) that is there already is left as it is."""
    if rows:
        session.execute(insert(Vote).on_conflict_do_nothing(), list(rows))


def known_images(session: Session, ids: Sequence[int]) -> set[int]:
    """Those of the ids that are pictures of this workspace."""
    found: set[int] = set()
    for a in range(0, len(ids), 500):  # below SQLite's limit of bound variables
        found.update(session.scalars(select(Image.id).where(Image.id.in_(ids[a : a + 500]))))
    return found


def last_seq(session: Session, client: str) -> int:
    """The newest of a browser's key presses that is stored; 0 for none."""
    return session.scalar(select(func.max(Vote.seq)).where(Vote.client == client)) or 0


def newest(session: Session, user_id: int) -> Sequence[Row[int, str]]:
    """(image id, verdict) of a person's votes on pictures, oldest first: the last of a picture counts."""
    query = select(Vote.image_id, Vote.verdict).where(Vote.user_id == user_id, Vote.image_id.is_not(None))
    return session.execute(query.order_by(Vote.id)).all()  # type: ignore[return-value]


def on(session: Session, column: str, subject: int) -> Sequence[Row[Vote, str]]:
    """(vote, name of the person) on one subject, oldest first; `column` is 'image_id' or 'checkpoint_id'."""
    query = select(Vote, User.name).join(User, User.id == Vote.user_id).where(getattr(Vote, column) == subject)
    return session.execute(query.order_by(Vote.id)).all()


def _in_set(image_id: Any, set_id: int) -> ColumnElement[bool]:
    """Looked up for each vote or tag by the index on pictures: a set has many more pictures than people say things."""
    return exists().where(SetImage.image_id == image_id, SetImage.set_id == set_id)


def on_set(session: Session, set_id: int) -> Sequence[Row[int, int, str]]:
    """(image id, user id, verdict) of every vote on the pictures of a set, oldest first."""
    query = select(Vote.image_id, Vote.user_id, Vote.verdict).where(_in_set(Vote.image_id, set_id))
    return session.execute(query.order_by(Vote.id)).all()  # type: ignore[return-value]


def votes_in(session: Session, set_id: int) -> Sequence[Row[Vote, str]]:
    """(vote, name of the person) of every vote on the pictures of a set, oldest first."""
    query = select(Vote, User.name).join(User, User.id == Vote.user_id)
    query = query.where(_in_set(Vote.image_id, set_id))
    return session.execute(query.order_by(Vote.id)).all()


def on_checkpoints(session: Session) -> Sequence[Row[int, int, str]]:
    """(checkpoint id, user id, verdict) of every vote on a checkpoint, oldest first."""
    query = select(Vote.checkpoint_id, Vote.user_id, Vote.verdict).where(Vote.checkpoint_id.is_not(None))
    return session.execute(query.order_by(Vote.id)).all()  # type: ignore[return-value]


def notes(session: Session, column: str, subject: int) -> Sequence[Row[Note, str]]:
    """(note, name of the person) on one subject, newest first."""
    query = select(Note, User.name).join(User, User.id == Note.user_id).where(getattr(Note, column) == subject)
    return session.execute(query.order_by(Note.id.desc())).all()


def tags(session: Session, column: str, subject: int) -> Sequence[str]:
    """The tags of one subject, by name."""
    query = select(Tag.name).where(getattr(Tag, column) == subject).distinct().order_by(Tag.name)
    return session.scalars(query).all()


def add_tag(session: Session, user_id: int, column: str, subject: int, name: str) -> None:
    session.execute(insert(Tag).on_conflict_do_nothing(), [{"user_id": user_id, column: subject, "name": name}])


def remove_tag(session: Session, column: str, subject: int, name: str) -> None:
    session.execute(delete(Tag).where(getattr(Tag, column) == subject, Tag.name == name))


def tagged(session: Session, set_id: int) -> Sequence[Row[int, str]]:
    """(image id, tag) of every tagged picture of a set."""
    query = select(Tag.image_id, Tag.name).where(_in_set(Tag.image_id, set_id))
    return session.execute(query).all()  # type: ignore[return-value]


def on_pictures(session: Session) -> Sequence[Row[int, int, str]]:
    """(image id, user id, verdict) of every vote on a picture, oldest first."""
    query = select(Vote.image_id, Vote.user_id, Vote.verdict).where(Vote.image_id.is_not(None))
    return session.execute(query.order_by(Vote.id)).all()  # type: ignore[return-value]


def pictures_tagged(session: Session, name: str) -> Sequence[int]:
    """Ids of the pictures that carry a tag, in order."""
    query = select(Tag.image_id).where(Tag.name == name, Tag.image_id.is_not(None)).distinct().order_by(Tag.image_id)
    return session.scalars(query).all()  # type: ignore[return-value]


def picture_tags(session: Session) -> Sequence[str]:
    """Every tag that a picture carries, by name."""
    return session.scalars(select(Tag.name).where(Tag.image_id.is_not(None)).distinct().order_by(Tag.name)).all()
