"""Extractors, the vectors they gave, and where in the sets a picture is."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.tables import Embeddings, Extractor, ImageSet, Matrix, ReferenceSet, SetImage


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


def positions(session: Session, set_id: int, image_id: int) -> list[int]:
    """Every position of a set that holds this picture."""
    query = select(SetImage.position).where(SetImage.set_id == set_id, SetImage.image_id == image_id)
    return list(session.scalars(query))


def places(session: Session, set_id: int, chosen: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Position -> (image id, label) for the chosen positions of a set."""
    found: dict[int, tuple[int, str]] = {}
    for a in range(0, len(chosen), 500):  # below SQLite's limit of bound variables
        query = select(SetImage.position, SetImage.image_id, SetImage.label).where(
            SetImage.set_id == set_id, SetImage.position.in_(chosen[a : a + 500])
        )
        found.update((p, (i, label)) for p, i, label in session.execute(query))
    return found


def image_ids(session: Session, set_id: int) -> list[int]:
    """Image ids of a whole set, in order."""
    query = select(SetImage.image_id).where(SetImage.set_id == set_id).order_by(SetImage.position)
    return list(session.scalars(query))


def set_of(session: Session, set_id: int) -> tuple[ImageSet, ReferenceSet | None] | None:
    """A set, and its reference row when it is a reference set."""
    row = session.get(ImageSet, set_id)
    return None if row is None else (row, session.get(ReferenceSet, set_id))
