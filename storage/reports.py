"""Reports: what was found out once about sets of pictures."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.tables import Report


def by_key(session: Session, key: str) -> Report | None:
    return session.scalar(select(Report).where(Report.key == key))


def of_kind(session: Session, kind: str) -> Sequence[Report]:
    """Newest first."""
    return session.scalars(select(Report).where(Report.kind == kind).order_by(Report.id.desc())).all()
