"""Extractors that a team brought."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.tables import OwnExtractor


def every(session: Session) -> Sequence[OwnExtractor]:
    """All versions of all names, in the order they were brought."""
    return session.scalars(select(OwnExtractor).order_by(OwnExtractor.id)).all()


def newest(session: Session) -> Sequence[OwnExtractor]:
    """The newest version of each name, in the order they were first brought."""
    found: dict[str, OwnExtractor] = {}
    for row in every(session):
        if row.name not in found or row.version > found[row.name].version:
            found[row.name] = row
    return list(found.values())


def versions(session: Session, name: str) -> Sequence[OwnExtractor]:
    """All versions of a name, newest first."""
    query = select(OwnExtractor).where(OwnExtractor.name == name).order_by(OwnExtractor.version.desc())
    return session.scalars(query).all()


def uses(session: Session, path: str) -> bool:
    """Whether a kept file belongs to any of them."""
    return session.scalar(select(OwnExtractor.id).where(OwnExtractor.path == path).limit(1)) is not None
