"""Extractors, and the vectors they gave."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.tables import Embeddings, Evaluation, Extractor, ImageSet, Matrix, ReferenceSet, SetImage


def extractor(session: Session, key: str) -> Extractor | None:
    return session.scalar(select(Extractor).where(Extractor.key == key))


def learned(session: Session, name: str, reference_key: str) -> Sequence[Extractor]:
    """Extractors of this name that learned from this reference set, newest first."""
    query = select(Extractor).where(
        Extractor.name == name, Extractor.preprocessing["reference"].as_string() == reference_key
    )
    return session.scalars(query.order_by(Extractor.id.desc())).all()


def find(session: Session, set_id: int, extractor_id: int) -> Embeddings | None:
    return session.scalar(
        select(Embeddings).where(Embeddings.set_id == set_id, Embeddings.extractor_id == extractor_id)
    )


def complete(session: Session, set_id: int) -> list[tuple[Embeddings, Extractor]]:
    """Vectors of a set that are all there, with their extractors, newest first."""
    query = (
        select(Embeddings, Extractor)
        .join(Extractor, Extractor.id == Embeddings.extractor_id)
        .join(Matrix, Matrix.id == Embeddings.matrix_id)
        .where(Embeddings.set_id == set_id, Matrix.complete)
        .order_by(Embeddings.id.desc())
    )
    return [(embeddings, row) for embeddings, row in session.execute(query)]


def place_of_vector(session: Session, image_id: int, extractor_id: int) -> tuple[int, int] | None:
    """(matrix id, row) of a picture's vector under an extractor, from any set that has it."""
    query = (
        select(Embeddings.matrix_id, SetImage.position)
        .join(SetImage, SetImage.set_id == Embeddings.set_id)
        .join(Matrix, Matrix.id == Embeddings.matrix_id)
        .where(SetImage.image_id == image_id, Embeddings.extractor_id == extractor_id, Matrix.complete)
    )
    found = session.execute(query.limit(1)).first()
    return None if found is None else (found[0], found[1])


def set_of(session: Session, set_id: int) -> tuple[ImageSet, ReferenceSet | None] | None:
    """A set, and its reference row when it is a reference set."""
    row = session.get(ImageSet, set_id)
    return None if row is None else (row, session.get(ReferenceSet, set_id))


def sets_by_extractor(session: Session) -> dict[str, int]:
    """How many sets have vectors under an extractor of each name."""
    query = (
        select(Extractor.name, func.count(Embeddings.set_id.distinct()))
        .join(Embeddings, Embeddings.extractor_id == Extractor.id)
        .group_by(Extractor.name)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def evaluations_by_extractor(session: Session) -> dict[str, int]:
    """How many evaluations were made under an extractor of each name."""
    query = (
        select(Extractor.name, func.count(Evaluation.id))
        .join(Evaluation, Evaluation.extractor_id == Extractor.id)
        .where(Evaluation.complete)
        .group_by(Extractor.name)
    )
    return {row[0]: row[1] for row in session.execute(query)}
