"""Latent banks and sample sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from storage.tables import ImageSet, LatentBank, SampleSet, SetImage


def bank(session: Session, key: str) -> LatentBank | None:
    return session.scalar(select(LatentBank).where(LatentBank.key == key))


def create(session: Session, image_set: ImageSet, sha256: str, bank_id: int, sampling: dict[str, Any]) -> None:
    """Say of a new image set which checkpoint content and latent bank it is made from."""
    row = SampleSet(set_id=image_set.id, checkpoint_sha256=sha256, bank_id=bank_id, sampling=sampling)
    session.add(row)
    session.flush()


def get(session: Session, set_id: int) -> SampleSet | None:
    return session.get(SampleSet, set_id, options=[joinedload(SampleSet.image_set), joinedload(SampleSet.bank)])


def of(session: Session, sha256: str) -> Sequence[SampleSet]:
    """The sample sets of a checkpoint's content under any reading, oldest first."""
    query = select(SampleSet).where(SampleSet.checkpoint_sha256 == sha256).order_by(SampleSet.set_id)
    return session.scalars(query.options(joinedload(SampleSet.image_set), joinedload(SampleSet.bank))).all()


def begin_anew(session: Session, row: SampleSet, sampling: dict[str, Any]) -> None:
    """Take back the pictures that an incomplete set has so far; it will be made as `sampling` says."""
    session.execute(delete(SetImage).where(SetImage.set_id == row.set_id))
    row.sampling = sampling


def discard(session: Session, key: str) -> None:
    """Take a set back that can never be completed. A complete one stays."""
    found = session.scalar(select(ImageSet).where(ImageSet.key == key, ImageSet.complete.is_(False)))
    if found is not None:
        session.execute(delete(SetImage).where(SetImage.set_id == found.id))
        session.execute(delete(SampleSet).where(SampleSet.set_id == found.id))
        session.delete(found)
