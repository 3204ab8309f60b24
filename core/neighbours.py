"""The nearest pictures to a picture, and two pictures under every measure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import storage.embeddings
import storage.images
from core import embeddings, extractors, images, shelf, similarity
from core.embeddings import EmbeddingsView
from core.errors import BadInput, NotFound
from core.images import Picture
from core.similarity import Measure
from core.similarity.nearest import top
from core.workspace import Workspace

MAX_K = 1000
Part = Literal["reference", "control", "all"]
Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Neighbour:
    """A picture of a set and its distance or similarity to the picture asked about."""

    image_id: int
    set_id: int
    position: int
    label: str
    value: float


@dataclass(frozen=True)
class PairRow:
    """Two pictures under one measure. `extractor` is empty for measures of the pictures themselves; `value` is None
    where the measure is not defined, and `note` says why."""

    extractor: str
    measure: str
    value: float | None
    kind: str
    note: str


def rows_of(workspace: Workspace, set_id: int, part: Part = "reference") -> tuple[int, int]:
    """First and last (exclusive) position of a part of a set: 'reference' is what metrics compare against, 'control'
    what was held out; a sample set is all 'reference'. Raises NotFound for an unknown set, BadInput for an empty part.
    """
    with workspace.database.read() as session:
        found = storage.embeddings.set_of(session, set_id)
    if found is None:
        raise NotFound(f"There is no set of pictures {set_id} in this workspace; pick one from the list.")
    image_set, reference = found
    if part not in ("reference", "control", "all"):
        raise NotFound(f"There is no part '{part}' of a set; there are: reference, control, all.")
    m = image_set.n - (reference.held_out if reference else 0)
    start, stop = {"reference": (0, m), "control": (m, image_set.n), "all": (0, image_set.n)}[part]
    if start == stop:
        raise BadInput(f"Set {set_id} has no held-out control part; add the reference set with a held-out share.")
    return start, stop


def nearest(
    workspace: Workspace,
    vector: Vector,
    set_id: int,
    extractor: str,
    measure: str,
    k: int,
    part: Part = "reference",
    exclude_image_id: int | None = None,
    reference_set_id: int | None = None,
) -> list[Neighbour]:
    """The k (at most 1,000) pictures of a set nearest to a (D,) vector, best first, ties by position; exact.

    Raises NotFound for unknown names and ids, NotEmbedded when the set has no vectors under the extractor yet, and
    BadInput when the measure does not apply to these features.
    """
    chosen = fitting(workspace, measure, extractor)
    view = embeddings.for_reference(workspace, set_id, extractor, reference_set_id)
    return _nearest(workspace, view, vector, chosen, k, part, exclude_image_id)


def of_image(
    workspace: Workspace,
    image_id: int,
    set_id: int,
    extractor: str,
    measure: str,
    k: int,
    part: Part = "reference",
    exclude_self: bool = False,
    reference_set_id: int | None = None,
) -> list[Neighbour]:
    """As `nearest`, of a stored picture. A stored picture is its content: a generated exact copy of a reference
    picture IS that picture, so leave `exclude_self` off when looking for copies; turn it on inside one set."""
    chosen = fitting(workspace, measure, extractor)
    view = embeddings.for_reference(workspace, set_id, extractor, reference_set_id)
    vector = embeddings.vector_of(workspace, view.extractor_id, image_id)
    return _nearest(workspace, view, vector, chosen, k, part, image_id if exclude_self else None)


def of_picture(
    workspace: Workspace,
    picture: Picture,
    set_id: int,
    extractor: str,
    measure: str,
    k: int,
    part: Part = "reference",
    reference_set_id: int | None = None,
) -> list[Neighbour]:
    """As `nearest`, of a uint8 (H, W, 1 or 3) picture that is embedded on the spot."""
    chosen = fitting(workspace, measure, extractor)
    view = embeddings.for_reference(workspace, set_id, extractor, reference_set_id)
    vector = embeddings.embed_with(workspace, view.extractor_id, picture)
    return _nearest(workspace, view, vector, chosen, k, part, None)


def fitting(workspace: Workspace, name: str, extractor: str) -> Measure:
    """The measure of this name. Raises NotFound for unknown names, BadInput where it does not apply to the features."""
    measure, kind = similarity.get(name), shelf.get(workspace, extractor)
    if measure.histogram and not kind.histogram:
        those = ", ".join(k.title for k in shelf.known(workspace) if k.histogram)
        raise BadInput(f"{measure.title} is for histograms, not for {kind.title}; use it with {those}.")
    if measure.deep and not kind.deep:
        those = ", ".join(k.title for k in shelf.known(workspace) if k.deep)
        raise BadInput(f"{measure.title} is for deep features, not for {kind.title}; use it with {those}.")
    return measure


def check_count(k: int) -> None:
    """Raises BadInput for a number of neighbours that cannot be."""
    if k < 1:
        raise BadInput(f"{k} neighbours cannot be shown; ask for 1 to {MAX_K:,}.")


def _nearest(
    workspace: Workspace,
    view: EmbeddingsView,
    vector: Vector,
    measure: Measure,
    k: int,
    part: Part,
    exclude_image_id: int | None,
) -> list[Neighbour]:
    check_count(k)
    if vector.shape != (view.dim,) or not np.isfinite(vector).all():
        raise BadInput(f"A vector of shape {vector.shape} is not one of {view.extractor}; expected {view.dim} numbers.")
    start, stop = rows_of(workspace, view.set_id, part)
    rows = embeddings.load(workspace, view)[start:stop]
    skip = None
    with workspace.database.read() as session:
        if exclude_image_id is not None:
            places = np.array(storage.images.positions(session, view.set_id, exclude_image_id), np.intp)
            skip = places[(places >= start) & (places < stop)] - start
        with threadpool_limits(1):  # blocks are small: a second BLAS thread only costs
            found, values = top(measure, vector, rows, min(k, MAX_K), skip)
        positions = [start + int(i) for i in found]
        ids = storage.images.at(session, view.set_id, positions)
    return [
        Neighbour(ids[p][0], view.set_id, p, ids[p][1], float(v)) for p, v in zip(positions, values, strict=True)
    ]  # fmt: skip


def pair(workspace: Workspace, a_image_id: int, b_image_id: int, reference_set_id: int | None = None) -> list[PairRow]:
    """`alike` of two stored pictures. Raises NotFound for an unknown picture or reference set."""
    a, b = (images.picture(workspace, number) for number in (a_image_id, b_image_id))
    return alike(workspace, a, b, reference_set_id)


def alike(workspace: Workspace, a: Picture, b: Picture, reference_set_id: int | None = None) -> list[PairRow]:
    """Two pictures under every extractor and every measure that applies to it, then under every measure of pictures.
    The reference set is that whose vocabulary extractors that learn are to use."""
    rows = [row for kind in shelf.known(workspace) for row in _under(workspace, kind, a, b, reference_set_id)]
    for measure in similarity.PICTURE_MEASURES:
        found = measure.compute(a, b)
        rows.append(PairRow("", measure.title, found.value, measure.kind, found.note))
    return rows


def _under(
    workspace: Workspace, kind: extractors.Kind, a: Picture, b: Picture, reference_set_id: int | None
) -> Iterator[PairRow]:
    """On the spot, each picture by itself, so that equal pictures have equal vectors to the last bit."""
    measures = similarity.applicable(kind.histogram, kind.deep)
    try:
        extractor = embeddings.stored(workspace, kind.name, reference_set_id)
    except BadInput as error:
        yield from (PairRow(kind.title, m.title, None, m.kind, str(error)) for m in measures)
        return
    if extractor is None:
        note = "not defined: this reference set has no vocabulary yet; evaluate against it with this extractor"
        yield from (PairRow(kind.title, m.title, None, m.kind, note) for m in measures)
        return
    if extractor.worker_only:
        note = "not here: it runs through TensorFlow, in the worker only"
        yield from (PairRow(kind.title, m.title, None, m.kind, note) for m in measures)
        return
    x, y = (extractor.embed([p]).astype(np.float64) for p in (a, b))
    for measure in measures:
        try:
            yield PairRow(kind.title, measure.title, float(measure.compute(x, y)[0, 0]), measure.kind, "")
        except BadInput as error:
            yield PairRow(kind.title, measure.title, None, measure.kind, str(error))
