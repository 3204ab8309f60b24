"""Vectors of a set under an extractor: made once, batch by batch, resumable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from core import extractors, images
from core.errors import BadInput
from core.extractors import Extractor, sift_words
from core.progress import Progress, silent
from core.workspace import Workspace
from storage import tables, vectors
from storage.tables import Embeddings, ImageSet

BATCH = 256
LEARN_FROM = 1000
"""Pictures of the reference set that a vocabulary is learned from."""


@dataclass(frozen=True)
class EmbeddingsView:
    """Where the (N, dim) vectors of a set are."""

    set_id: int
    extractor_id: int
    extractor: str
    key: str
    dim: int
    matrix_id: int


def build(workspace: Workspace, name: str, reference_set_id: int | None = None) -> Extractor:
    """The extractor `name`, its state learned from the reference set where it needs one."""
    kind = extractors.get(name)
    if not kind.needs_fit:
        return kind.build(workspace.models, None)
    if reference_set_id is None:
        raise BadInput(f"{kind.title} learns its words from a reference set; say which one.")
    return kind.build(workspace.models, sift_words.learn(images.load(workspace, reference_set_id, 0, LEARN_FROM)))


def embed_set(
    workspace: Workspace, set_id: int, extractor: Extractor, *, progress: Progress = silent
) -> EmbeddingsView:
    """Vectors of every picture of a complete set; only what is missing is computed, one commit a batch."""
    with workspace.database.write() as session:
        n = session.get_one(ImageSet, set_id).n
        row = session.scalar(select(tables.Extractor).where(tables.Extractor.key == extractor.key))
        if row is None:
            row = tables.Extractor(
                key=extractor.key, name=extractor.name, version=extractor.version, dim=extractor.dim,
                preprocessing=extractor.preprocessing, weights_sha256=extractor.weights_sha256,
                state_id=None if extractor.state is None else vectors.store(session, extractor.state),
            )  # fmt: skip
            session.add(row)
            session.flush()
        known = session.scalar(select(Embeddings).where(Embeddings.set_id == set_id, Embeddings.extractor_id == row.id))
        if known is None:
            matrix_id = vectors.create(session, n, extractor.dim)
            known = Embeddings(set_id=set_id, extractor_id=row.id, matrix_id=matrix_id)
            session.add(known)
            session.flush()
        done = vectors.filled(session, known.matrix_id)
        view = EmbeddingsView(set_id, row.id, extractor.name, extractor.key, extractor.dim, known.matrix_id)
    for start in range(done, n, BATCH):
        part = extractor.embed(images.load(workspace, set_id, start, start + BATCH))
        with workspace.database.write() as session:
            vectors.append(session, view.matrix_id, start, part)
            progress(start + len(part), n, f"features: {extractor.name}", session=session)
    return view


def load(workspace: Workspace, view: EmbeddingsView) -> NDArray[np.float32]:
    """The (N, dim) vectors as a read-only memory map."""
    with workspace.database.read() as session:
        return vectors.open_mapped(session, view.matrix_id, workspace.vectors)
