"""Which pictures of a set are shown, in which order; and all that is known of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import embeddings, neighbours, results, review, sampling, scores, sets, shelf
from core.errors import NotFound
from core.neighbours import Neighbour
from core.review import Subject
from core.sets import SetView
from core.workspace import Workspace
from storage import review as stored_review
from storage import samples
from storage import sets as stored_sets

UNSEEN = "unseen"
PARTS = ("all", "reference", "control")


@dataclass(frozen=True)
class Query:
    """`sort` is '' (position) or the name of a score; `low` and `high` bound that score. `verdict` is one of
    review.VERDICTS or 'unseen'; `part` is of a reference set. `positions`: these pictures only, in this order unless a
    score sorts them."""

    set_id: int
    sort: str = ""
    descending: bool = False
    low: float | None = None
    high: float | None = None
    label: str = ""
    verdict: str = ""
    tag: str = ""
    part: str = "all"
    positions: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Selection:
    """Pictures in the order asked for. `values` are the score they are sorted by, else None. `total`: pictures of the
    set; `bounds`: the lowest and highest score in the whole set."""

    ids: NDArray[np.int32]
    positions: NDArray[np.int32]
    values: NDArray[np.float32] | None
    total: int
    bounds: tuple[float, float] | None
    labels: list[str]


def select(workspace: Workspace, query: Query) -> Selection:
    """Raises NotFound for an unknown set, or a score that is not known for it."""
    view = sets.get(workspace, query.set_id)
    members = sets.members(workspace, query.set_id)
    keep = np.ones(len(members.ids), bool)
    if query.part == "reference":
        keep[view.m :] = False
    elif query.part == "control":
        keep[: view.m] = False
    if query.label:
        keep &= members.labels == query.label
    if query.verdict:
        keep &= _judged(workspace, members.ids, query.verdict)
    if query.tag:
        keep &= _tagged(workspace, query.set_id, members.ids, query.tag)
    values = scores.load(workspace, query.set_id, query.sort) if query.sort else None
    order = np.arange(len(keep))
    if query.positions is not None:
        order = np.array(query.positions, np.intp)
        order = order[order < len(keep)]
    if values is not None:
        low, high = query.low, query.high
        keep &= (values >= (-np.inf if low is None else low)) & (values <= (np.inf if high is None else high))
        order = order[np.argsort(values[order], kind="stable")]
    if query.descending:
        order = order[::-1]
    order = order[keep[order]]
    return Selection(
        members.ids[order], order.astype(np.int32), None if values is None else values[order], len(members.ids),
        None if values is None or not len(values) else (float(values.min()), float(values.max())),
        sorted({str(x) for x in np.unique(members.labels)} - {""}),
    )  # fmt: skip


def _judged(workspace: Workspace, ids: NDArray[np.int32], verdict: str) -> NDArray[np.bool_]:
    said = review.verdicts(workspace, ids.tolist())
    if verdict == UNSEEN:
        return ~np.isin(ids, list(said))
    return np.isin(ids, [i for i, v in said.items() if v == verdict])


def _tagged(workspace: Workspace, set_id: int, ids: NDArray[np.int32], tag: str) -> NDArray[np.bool_]:
    with workspace.database.read() as session:
        chosen = [image for image, name in stored_review.tagged(session, set_id) if name == tag]
    return np.isin(ids, chosen)


def tags(workspace: Workspace, set_id: int) -> list[str]:
    """The tags that pictures of this set carry."""
    with workspace.database.read() as session:
        return sorted({name for _, name in stored_review.tagged(session, set_id)})


@dataclass(frozen=True)
class ScoreOf:
    """A picture's score and the share of the set's pictures with a lower one, 0 to 1."""

    name: str
    title: str
    help: str
    value: float
    rank: float


@dataclass(frozen=True)
class Place:
    """Where a picture lies."""

    view: SetView
    position: int
    label: str
    origin: str


@dataclass(frozen=True)
class PictureView:
    """All that is known of a picture."""

    image_id: int
    width: int
    height: int
    channels: int
    sha256: str
    places: list[Place]


def picture(workspace: Workspace, image_id: int) -> PictureView:
    """Raises NotFound for an unknown id."""
    with workspace.database.read() as session:
        row = stored_sets.image(session, image_id)
        found = list(stored_sets.places(session, image_id))
    if row is None:
        raise NotFound(f"There is no picture {image_id} in this workspace.")
    views = {s.set_id: s for s in sets.every(workspace)}
    places = [Place(views[p.set_id], p.position, p.label, p.origin) for p in found if p.set_id in views]
    return PictureView(row.id, row.width, row.height, row.channels, row.sha256, places)


def scores_of(workspace: Workspace, set_id: int, position: int) -> list[ScoreOf]:
    """The scores of the picture at one position of a set."""
    found = []
    for column in scores.columns(workspace, set_id):
        values = scores.load(workspace, set_id, column.name)
        value = float(values[position])
        found.append(ScoreOf(column.name, column.title, column.help, value, float((values < value).mean())))
    return found


@dataclass(frozen=True)
class LatentView:
    """What the generator was given for one picture: `values` (D,) float32, a row of the latent bank of `seed`."""

    values: NDArray[np.float32]
    seed: int
    distribution: str
    label: int | None
    """The class asked for; None for an unconditional model."""


def latent(workspace: Workspace, set_id: int, position: int) -> LatentView | None:
    """The latent behind a picture of a sample set; None for real and for ready-made pictures."""
    with workspace.database.read() as session:
        sample = samples.get(session, set_id)
    if sample is None or not sample.bank.inputs:
        return None
    bank, values = sample.bank, sampling.latent(workspace, set_id, position)
    return LatentView(values, bank.seed, bank.distribution, position % bank.classes if bank.classes else None)


@dataclass(frozen=True)
class Nearest:
    """The pictures nearest to one, in the set `set_id`, by the Euclidean distance of `extractor`."""

    set_id: int
    extractor: str
    title: str
    found: list[Neighbour]


def nearest(workspace: Workspace, image_id: int, set_id: int, k: int) -> Nearest | None:
    """Of a generated picture: in the reference set of its newest evaluation. Of a real one: in its own set, itself left
    out. None while there are no vectors to tell by."""
    evaluation = next((e for e in results.every(workspace) if e.set_id == set_id), None)
    if evaluation is not None:
        target, name = evaluation.reference_set_id, evaluation.extractor
    else:
        views = embeddings.available(workspace, set_id)
        if not views:
            return None
        target, name = set_id, views[0].extractor
    try:
        found = neighbours.of_image(workspace, image_id, target, name, "euclidean", k, exclude_self=target == set_id)
    except embeddings.NotEmbedded:  # evaluated with an older version of the team's own extractor
        return None
    return Nearest(target, name, shelf.title(workspace, name), found)


__all__ = ["PARTS", "UNSEEN", "PictureView", "Query", "Selection", "Subject", "latent", "nearest", "picture",
           "scores_of", "select", "tags"]  # fmt: skip
