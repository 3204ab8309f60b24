"""Sets of pictures, sample and reference alike, and where a picture lies."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from storage.tables import Image, ImageSet, LatentBank, SampleSet, SetImage


def get(session: Session, set_id: int) -> ImageSet | None:
    return session.get(ImageSet, set_id)


def samples(session: Session) -> Sequence[Row[SampleSet, LatentBank, ImageSet]]:
    """Every complete sample set with its bank, newest first."""
    query = (
        select(SampleSet, LatentBank, ImageSet)
        .join(LatentBank, LatentBank.id == SampleSet.bank_id)
        .join(ImageSet, ImageSet.id == SampleSet.set_id)
        .where(ImageSet.complete)
        .order_by(SampleSet.set_id.desc())
    )
    return session.execute(query).all()


def places(session: Session, image_id: int) -> Sequence[SetImage]:
    """Every position of complete sets at which a picture lies."""
    query = select(SetImage).join(ImageSet, ImageSet.id == SetImage.set_id).where(SetImage.image_id == image_id)
    return session.scalars(query.where(ImageSet.complete).order_by(SetImage.set_id, SetImage.position)).all()


def image(session: Session, image_id: int) -> Image | None:
    return session.get(Image, image_id)
