"""Reference sets: immutable, versioned."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from storage.tables import ImageSet, ReferenceSet


def next_version(session: Session, name: str) -> int:
    """1 for a new name, else one more than the newest."""
    return (session.scalar(select(func.max(ReferenceSet.version)).where(ReferenceSet.name == name)) or 0) + 1


def by_key(session: Session, key: str) -> ReferenceSet | None:
    query = select(ReferenceSet).join(ImageSet).where(ImageSet.key == key)
    return session.scalar(query.options(joinedload(ReferenceSet.image_set)))


def by_id(session: Session, set_id: int) -> ReferenceSet | None:
    return session.get(ReferenceSet, set_id, options=[joinedload(ReferenceSet.image_set)])


def by_name(session: Session, name: str, version: int | None = None) -> ReferenceSet | None:
    """The version asked for, or the newest that is not archived, or the newest."""
    query = select(ReferenceSet).where(ReferenceSet.name == name)
    query = query.order_by(ReferenceSet.archived_at.is_not(None), ReferenceSet.version.desc())
    if version is not None:
        query = query.where(ReferenceSet.version == version)
    return session.scalars(query.options(joinedload(ReferenceSet.image_set))).first()


def every(session: Session, archived: bool = False) -> Sequence[ReferenceSet]:
    """All versions of all names, newest version of a name first; archived ones only when asked for."""
    query = select(ReferenceSet).order_by(ReferenceSet.name, ReferenceSet.version.desc())
    if not archived:
        query = query.where(ReferenceSet.archived_at.is_(None))
    return session.scalars(query.options(joinedload(ReferenceSet.image_set))).all()
