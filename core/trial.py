"""A first look at an extractor: what it thinks alike among a few pictures of a set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import storage.images
from core import embeddings, images, references, shelf
from core.embeddings import NOT_ON_THE_SPOT, NotEmbedded
from core.errors import BadInput
from core.extractors import Extractor
from core.workspace import Workspace
from storage import embeddings as stored

AMONG = 48
"""Pictures that are embedded for a look; a deep network takes a second or a few."""


@dataclass(frozen=True)
class Alike:
    """A picture and its cosine similarity, -1 to 1, to the one asked about."""

    image_id: int
    similarity: float


@dataclass(frozen=True)
class Trial:
    """The picture at `position`, and the others of the first `among` of the set, the most alike first."""

    image_id: int
    position: int
    among: int
    nearest: list[Alike]


def trial(workspace: Workspace, name: str, set_id: int, position: int = 0, k: int = 8) -> Trial:
    """Embed the first pictures of a set on the spot, around their common mean, and compare one with the others; stores
    nothing. Raises NotFound for unknown names and sets, BadInput for one that runs in the worker only, and NotEmbedded
    for one that has yet to learn from the set."""
    extractor = _built(workspace, name, set_id)
    pictures = images.load(workspace, set_id, 0, AMONG)
    if len(pictures) < 2 or not 0 <= position < len(pictures):
        raise BadInput(f"There is no picture {position} among the first {len(pictures)}; choose another set or place.")
    vectors = extractor.embed(pictures).astype(np.float64)
    vectors -= vectors.mean(axis=0)
    lengths = np.linalg.norm(vectors, axis=1)
    vectors /= np.where(lengths > 0, lengths, 1)[:, None]
    alike = vectors @ vectors[position]
    order = [int(i) for i in np.argsort(-alike, kind="stable") if i != position][:k]
    with workspace.database.read() as session:
        ids = storage.images.at(session, set_id, [position, *order])
    nearest = [Alike(ids[i][0], float(alike[i])) for i in order]
    return Trial(ids[position][0], position, len(pictures), nearest)


def _built(workspace: Workspace, name: str, set_id: int) -> Extractor:
    with workspace.database.read() as session:
        found = stored.set_of(session, set_id)
    real = set_id if found is not None and found[1] is not None else None
    built = embeddings.stored(workspace, name, real)
    if built is None:
        raise NotEmbedded(references.get(workspace, set_id).label, set_id, name, shelf.title(workspace, name), real)
    if built.worker_only:
        raise BadInput(NOT_ON_THE_SPOT.format(name))
    return built
