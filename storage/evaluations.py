"""Evaluations, their metric values and fingerprints, and per-image score columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, joinedload, selectinload

from storage.tables import (
    Evaluation,
    Extractor,
    Fingerprint,
    ImageSet,
    LatentBank,
    MetricValue,
    ReferenceSet,
    SampleSet,
    ScoreColumn,
)


def set_key(session: Session, set_id: int) -> str:
    return session.get_one(ImageSet, set_id).key


def by_key(session: Session, key: str) -> Evaluation | None:
    return session.scalar(select(Evaluation).where(Evaluation.key == key))


def floor(session: Session, fingerprint: str) -> MetricValue | None:
    """Any value under this protocol: its floor belongs to the protocol, not to the checkpoint."""
    query = select(MetricValue).where(MetricValue.fingerprint == fingerprint, MetricValue.floor.is_not(None))
    return session.scalars(query.limit(1)).first()


def values(session: Session, evaluation_id: int) -> Sequence[MetricValue]:
    return session.scalars(select(MetricValue).where(MetricValue.evaluation_id == evaluation_id)).all()


def extractor(session: Session, evaluation_id: int) -> tuple[str, int]:
    """Name and version of what made the vectors that an evaluation measured; no name for an unknown one."""
    found = select(Extractor.name, Extractor.version).join(Evaluation, Evaluation.extractor_id == Extractor.id)
    row = session.execute(found.where(Evaluation.id == evaluation_id)).first()
    return ("", 0) if row is None else (row.name, row.version)


def protocol(session: Session, fingerprint: str) -> dict[str, Any]:
    """What a fingerprint stands for; empty when unknown."""
    row = session.get(Fingerprint, fingerprint)
    return row.protocol if row else {}


def every(session: Session) -> Sequence[Row[Evaluation, SampleSet, LatentBank, ReferenceSet, Extractor]]:
    """Every evaluation with its values and all it was made from, oldest first."""
    query = (
        select(Evaluation, SampleSet, LatentBank, ReferenceSet, Extractor)
        .join(SampleSet, SampleSet.set_id == Evaluation.sample_set_id)
        .join(LatentBank, LatentBank.id == SampleSet.bank_id)
        .join(ReferenceSet, ReferenceSet.set_id == Evaluation.reference_set_id)
        .join(Extractor, Extractor.id == Evaluation.extractor_id)
        .options(selectinload(Evaluation.values), joinedload(ReferenceSet.image_set))
        .order_by(Evaluation.id)
    )
    return session.execute(query).all()


def of(session: Session, sample_set_id: int, reference_set_id: int, extractor: str) -> Sequence[Evaluation]:
    """Every evaluation of a sample set against a reference set under an extractor of this name."""
    query = select(Evaluation).join(Extractor, Extractor.id == Evaluation.extractor_id)
    query = query.where(Evaluation.sample_set_id == sample_set_id, Evaluation.reference_set_id == reference_set_id)
    return session.scalars(query.where(Extractor.name == extractor)).all()


def scores(session: Session, set_id: int) -> Sequence[ScoreColumn]:
    """The score columns of a set: those without a reference first, then by evaluation."""
    query = select(ScoreColumn).where(ScoreColumn.set_id == set_id)
    return session.scalars(query.order_by(ScoreColumn.evaluation_id, ScoreColumn.id)).all()
