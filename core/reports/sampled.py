"""What reports that look at a part of a reference set share: vectors, modes, and pictures kept to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import checkpoints, embeddings, images, sets
from core.errors import BadInput
from core.extractors import Extractor
from core.generators import Generator
from core.generators.alike import sentence
from core.images import Picture
from core.progress import Progress
from core.workspace import Workspace
from storage.images import add

CLUSTERS = 10


def opened(workspace: Workspace, checkpoint_id: int, progress: Progress, n: int) -> Generator:
    """A checkpoint to be asked for about `n` pictures of other latents, run by what is known to make them soonest.
    Raises BadInput for ready-made pictures."""
    progress(0, 1, "opening the checkpoint")
    generator = checkpoints.open_checkpoint(workspace, checkpoint_id, n)
    if generator.spec.pictures:
        raise BadInput("Ready-made pictures come from no latents; pick a checkpoint that is a model.")
    return generator


def made_by(generator: Generator) -> str:
    """What made the pictures of a report, in words; empty where it is what the checkpoint's format says."""
    return sentence(generator.spec.runtime, generator.spec.differs)


def keep(workspace: Workspace, pictures: Sequence[Picture]) -> list[int]:
    """Ids of these pictures, stored by content, so that a page can show them; they belong to no set."""
    with workspace.database.write() as session:
        return list(add(session, [images.new_image(p) for p in pictures]))


def embed(extractor: Extractor, pictures: Sequence[Picture], progress: Progress, phase: str) -> NDArray[np.float32]:
    """Vectors of these pictures, (n, dim), a batch at a time; n may be 0. Nothing is stored."""
    parts = [np.empty((0, extractor.dim), np.float32)]
    for start in range(0, len(pictures), embeddings.BATCH):
        progress(start, len(pictures), phase)
        parts.append(extractor.embed(pictures[start : start + embeddings.BATCH]))
    return np.concatenate(parts)


def embedded(
    workspace: Workspace, set_id: int, extractor: Extractor, start: int, stop: int
) -> NDArray[np.float32] | None:
    """The stored vectors at these positions of a set, or None where nobody has made them yet."""
    known = next((v for v in embeddings.available(workspace, set_id) if v.key == extractor.key), None)
    return None if known is None else np.array(embeddings.load(workspace, known)[start:stop])


def modes_of(
    workspace: Workspace, set_id: int, features: NDArray[np.float32], seed: int
) -> tuple[NDArray[np.intp], list[str], str]:
    """The kind of each of the first len(features) pictures of a set, (n,) whole numbers; the names of the kinds; and
    where they come from: 'labels' where there are two or more, else 'clusters' (k-means, k = 10 or what n bears).
    No names where the pictures fall into fewer than two."""
    labels = sets.members(workspace, set_id).labels[: len(features)]
    names, codes = np.unique(labels, return_inverse=True)
    if len(names) > 1:
        return codes, [str(name) or "without a label" for name in names], "labels"
    found = _clusters(features, seed)
    kinds, codes = np.unique(found, return_inverse=True)
    return codes, [f"cluster {i + 1}" for i in range(len(kinds))] if len(kinds) > 1 else [], "clusters"


def _clusters(features: NDArray[np.float32], seed: int) -> NDArray[Any]:
    from sklearn.cluster import KMeans

    distinct = len(np.unique(features, axis=0))
    k = max(1, min(CLUSTERS, len(features) // 20, distinct))
    found: NDArray[Any] = KMeans(k, n_init=3, random_state=seed).fit_predict(features)
    return found
