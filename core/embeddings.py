"""Vectors of a set under an extractor: made once, batch by batch, resumable; and of one picture on the spot."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core import images, references, runtimes, shelf
from core.errors import BadInput, NotFound, ProofsheetError
from core.extractors import Extractor
from core.images import Picture
from core.progress import Progress, silent
from core.workspace import Workspace
from storage import embeddings, tables, vectors

BATCH = 256
LEARN_FROM = 1000
"""Pictures of the reference part that a vocabulary is learned from."""


NOT_ON_THE_SPOT = (
    "{} runs through TensorFlow, in the worker only, so a new picture is not embedded on the spot; look at pictures of "
    "a set, or bring it as ONNX."
)


class NotEmbedded(ProofsheetError):  # noqa: N818
    """The vectors asked for are not there yet; a page offers the job that makes them."""

    def __init__(self, what: str, set_id: int, extractor: str, title: str, reference_set_id: int | None) -> None:
        super().__init__(f"{what} has no vectors under {title} yet. Embed it: evaluate against it or start the job.")
        self.set_id, self.extractor, self.reference_set_id = set_id, extractor, reference_set_id


@dataclass(frozen=True)
class EmbeddingsView:
    """Where the (n, dim) vectors of a set are."""

    set_id: int
    extractor_id: int
    extractor: str
    key: str
    """The extractor's key; with `set_key` it decides every value."""
    dim: int
    matrix_id: int
    set_key: str
    n: int
    reference_key: str = ""
    """Key of the reference set that the extractor learned from; empty for those that learn nothing."""


def _view(row: tables.Embeddings, extractor: tables.Extractor, image_set: tables.ImageSet) -> EmbeddingsView:
    return EmbeddingsView(
        row.set_id, extractor.id, extractor.name, extractor.key, extractor.dim, row.matrix_id, image_set.key,
        image_set.n, extractor.preprocessing.get("reference", ""),
    )  # fmt: skip


def build(workspace: Workspace, name: str, reference_set_id: int | None = None) -> Extractor:
    """The extractor `name`. One that learns does so once for a reference set, from its reference part (never the
    control part), and is rebuilt from what is stored ever after. Raises BadInput when it learns and no set is given."""
    known = stored(workspace, name, reference_set_id)
    if known is not None:
        return known
    assert reference_set_id is not None
    reference = references.get(workspace, reference_set_id)
    kind = shelf.get(workspace, name)
    assert kind.learn is not None
    learned = kind.learn(images.load(workspace, reference_set_id, 0, min(LEARN_FROM, reference.m)))
    built = kind.build(workspace.models, learned)
    built = replace(built, preprocessing={**built.preprocessing, "reference": reference.key})
    with workspace.database.write() as session:
        known = _learned(workspace, session, name, reference.key)  # another process may have been faster
        if known is None:
            _remember(session, built)
    return known or built


def stored(workspace: Workspace, name: str, reference_set_id: int | None = None) -> Extractor | None:
    """The extractor `name` if it can be had without learning; None when its state for that reference set is still to
    be learned. Raises BadInput when it learns and no set is given."""
    kind = shelf.usable(workspace, name)
    if not kind.needs_fit:
        return kind.build(workspace.models, None)
    if reference_set_id is None:
        raise BadInput(f"{kind.title} learns its words from a reference set; say which one.")
    reference = references.get(workspace, reference_set_id)
    with workspace.database.read() as session:
        return _learned(workspace, session, name, reference.key)


def _learned(workspace: Workspace, session: Session, name: str, reference_key: str) -> Extractor | None:
    rows = embeddings.learned(session, name, reference_key)
    return next((built for row in rows if (built := _rebuilt(workspace, session, row)) is not None), None)


def _rebuilt(workspace: Workspace, session: Session, row: tables.Extractor) -> Extractor | None:
    """The extractor of a stored row, or None when today's code would give other vectors."""
    try:
        kind = shelf.get(workspace, row.name)
    except NotFound:
        return None
    if kind.needs_fit != (row.state_id is not None):
        return None
    built = kind.build(workspace.models, None if row.state_id is None else vectors.load(session, row.state_id))
    if "reference" in row.preprocessing:
        built = replace(built, preprocessing={**built.preprocessing, "reference": row.preprocessing["reference"]})
    return built if built.key == row.key else None


def _remember(session: Session, extractor: Extractor) -> tables.Extractor:
    """The row of an extractor, made when it is new."""
    row = embeddings.extractor(session, extractor.key)
    if row is None:
        row = tables.Extractor(
            key=extractor.key, name=extractor.name, version=extractor.version, dim=extractor.dim,
            preprocessing=extractor.preprocessing, weights_sha256=extractor.weights_sha256,
            state_id=None if extractor.state is None else vectors.store(session, extractor.state),
        )  # fmt: skip
        session.add(row)
        session.flush()
    return row


def _complete_set(session: Session, set_id: int) -> tables.ImageSet:
    found = embeddings.set_of(session, set_id)
    if found is None:
        raise NotFound(f"There is no set of pictures {set_id} in this workspace; pick one from the list.")
    if not found[0].complete:
        raise BadInput(f"{_name(session, set_id)} is not complete yet; wait until its pictures are there.")
    return found[0]


def _name(session: Session, set_id: int) -> str:
    found = embeddings.set_of(session, set_id)
    reference = found and found[1]
    return f"Reference set {reference.name} v{reference.version}" if reference else f"Sample set {set_id}"


def embed_set(
    workspace: Workspace, set_id: int, extractor: Extractor, *, progress: Progress = silent
) -> EmbeddingsView:
    """Vectors of every picture of a complete set; only what is missing is computed, one commit a batch. Two processes
    may do it at once: each skips what the other stored. Raises NotFound, or BadInput for a set not complete yet."""
    with workspace.database.write() as session:
        image_set = _complete_set(session, set_id)
        row = _remember(session, extractor)
        known = embeddings.find(session, set_id, row.id)
        if known is None:
            matrix_id = vectors.create(session, image_set.n, extractor.dim)
            known = tables.Embeddings(set_id=set_id, extractor_id=row.id, matrix_id=matrix_id)
            session.add(known)
            session.flush()
        done = vectors.filled(session, known.matrix_id)
        view = _view(known, row, image_set)
    embed = runtimes.embedding(workspace, extractor)
    while done < view.n:
        part = embed(images.load(workspace, set_id, done, done + BATCH))
        with workspace.database.write() as session:
            have = vectors.filled(session, view.matrix_id)
            fresh = part[have - done :]
            if len(fresh):
                vectors.append(session, view.matrix_id, have, fresh)
            done = have + len(fresh)
            progress(done, view.n, f"features: {extractor.name}", session=session)
    return view


def available(workspace: Workspace, set_id: int) -> list[EmbeddingsView]:
    """Vectors of a set that are all there and that today's extractors would give again, newest first. Raises NotFound
    for an unknown set."""
    with workspace.database.read() as session:
        found = embeddings.set_of(session, set_id)
        if found is None:
            raise NotFound(f"There is no set of pictures {set_id} in this workspace; pick one from the list.")
        rows = embeddings.complete(session, set_id)
        return [_view(row, kind, found[0]) for row, kind in rows if _rebuilt(workspace, session, kind) is not None]


def find(
    workspace: Workspace, set_id: int, extractor_name: str, reference_set_id: int | None = None
) -> EmbeddingsView | None:
    """The complete vectors of a set, or None. For an extractor that learns: as it learned from that reference set;
    without one, from the set itself if it is a reference set, else the newest."""
    found = [view for view in available(workspace, set_id) if view.extractor == extractor_name]
    if not found or not shelf.get(workspace, extractor_name).needs_fit:
        return found[0] if found else None
    if reference_set_id is None:
        return next((view for view in found if view.reference_key == view.set_key), found[0])
    key = references.get(workspace, reference_set_id).key
    return next((view for view in found if view.reference_key == key), None)


def for_reference(
    workspace: Workspace, set_id: int, extractor_name: str, reference_set_id: int | None = None
) -> EmbeddingsView:
    """As `find`, but raises NotEmbedded when the vectors are not there, NotFound for names and sets that are not."""
    kind = shelf.get(workspace, extractor_name)
    view = find(workspace, set_id, extractor_name, reference_set_id)
    if view is not None:
        return view
    with workspace.database.read() as session:
        what = _name(session, set_id)
    raise NotEmbedded(what, set_id, extractor_name, kind.title, reference_set_id)


def load(workspace: Workspace, view: EmbeddingsView) -> NDArray[np.float32]:
    """The (n, dim) vectors as a read-only memory map."""
    with workspace.database.read() as session:
        return vectors.open_mapped(session, view.matrix_id, workspace.vectors)


def embed_picture(
    workspace: Workspace, extractor_name: str, picture: Picture, reference_set_id: int | None = None
) -> NDArray[np.float32]:
    """The (dim,) vector of a uint8 (H, W, 1 or 3) picture on the spot, without TensorFlow. Learns and stores nothing:
    raises NotEmbedded when the extractor has yet to learn from the reference set."""
    extractor = stored(workspace, extractor_name, reference_set_id)
    if extractor is None:
        assert reference_set_id is not None
        what, title = references.get(workspace, reference_set_id).label, shelf.title(workspace, extractor_name)
        raise NotEmbedded(what, reference_set_id, extractor_name, title, reference_set_id)
    return _one(extractor, picture)


def vector_of(workspace: Workspace, extractor_id: int, image_id: int) -> NDArray[np.float32]:
    """The (dim,) vector of a stored picture under the extractor of some view: read where a set has it, else made on
    the spot. Raises NotFound for an unknown picture."""
    with workspace.database.read() as session:
        place = embeddings.place_of_vector(session, image_id, extractor_id)
        if place is not None:
            found: NDArray[np.float32] = vectors.load(session, place[0], place[1], place[1] + 1)[0]
            return found
    return embed_with(workspace, extractor_id, images.picture(workspace, image_id))


def embed_with(workspace: Workspace, extractor_id: int, picture: Picture) -> NDArray[np.float32]:
    """The (dim,) vector of a uint8 picture under the extractor of some view."""
    with workspace.database.read() as session:
        row = session.get_one(tables.Extractor, extractor_id)
        extractor = _rebuilt(workspace, session, row)
    assert extractor is not None, "views are of today's extractors only"
    return _one(extractor, picture)


def _one(extractor: Extractor, picture: Picture) -> NDArray[np.float32]:
    if picture.ndim != 3 or picture.shape[2] not in (1, 3) or picture.dtype != np.uint8 or picture.size == 0:
        raise ValueError(f"expected uint8 (H, W, 1 or 3), got {picture.dtype} {picture.shape}")
    if extractor.worker_only:
        raise BadInput(NOT_ON_THE_SPOT.format(extractor.name))
    vector: NDArray[np.float32] = extractor.embed([picture])[0]
    return vector
