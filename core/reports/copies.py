"""Copies: how much nearer every generated picture is to one real picture than to that picture's surroundings, beside
the same of held-out real pictures, which nobody can have copied. It ranks pairs for a person to look at; it never
judges by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import images, scores, sets, shelf
from core.errors import BadInput
from core.extractors.extractor import rgb
from core.metrics.chance import below, wilson
from core.own_extractors import OWN
from core.progress import Progress
from core.reports.report import Group, ReportView
from core.reports.sides import sides, ticking
from core.similarity.measure import Vectors
from core.similarity.moved import SIDE, Pixels, border, nearest_moved
from core.similarity.neighbourhood import nearest_several, ratio
from core.workspace import Workspace
from storage import evaluations, vectors

K = 50
"""Nearest reference pictures that make the surroundings (Carlini et al. 2023)."""
LEAST = 10
"""Reference pictures below which nothing has surroundings."""
LEVEL = 0.01
"""Share of the control that counts as suspiciously near."""
WITHIN = 0.975
"""Of the draws of new real pictures, as many stay in a mark's range: 5% are above any of two marks in two spaces."""
BATCH = 1000
SPACES = {"pixels": "Pixels", "features": "Features"}
"""In which a copy may show, in the order of the columns of the stored matrix: (ratio, position, distance) of each.
`Space.title` says which features."""


def make(workspace: Workspace, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Ratios, nearest positions and distances of the generated and of the control pictures as one matrix, and the
    ratios as scores of the sample set where it was evaluated. Raises BadInput for a tiny reference set."""
    found = sides(workspace, arguments, progress)
    n, m, control = len(found.generated), len(found.reference), len(found.control)
    if m < LEAST:
        raise BadInput(
            f"{found.view.label} has {m} reference pictures; at least {LEAST} are needed to look for copies."
        )
    asked = np.concatenate([found.generated, found.control])
    by_features = nearest_several(asked, found.reference, K, ticking(progress, "copies by features"))
    side, made, real = _pixels(workspace, arguments["sample_set_id"], found.view.set_id, progress)
    moved = np.concatenate([made, real[m:]])
    by_pixels = nearest_moved(moved, real[:m], K, ticking(progress, "copies by pixels"))
    table = np.concatenate([_columns(*by_pixels), _columns(*by_features)], axis=1)
    with workspace.database.write() as session:
        matrix_id = vectors.store(session, table)
        for row in evaluations.of(session, arguments["sample_set_id"], found.view.set_id, arguments["extractor"]):
            for column, space in enumerate(SPACES):
                scores.store(session, row.sample_set_id, row.id, f"copy-{space}", table[:n, 3 * column])
    return {
        "matrix_id": matrix_id, "n": n, "m": m, "control": control, "k": min(K, m), "side": side, "shift": border(side),
    }  # fmt: skip


def _columns(places: NDArray[np.intp], distances: Vectors) -> Vectors:
    return np.stack([ratio(distances), places[:, 0], distances[:, 0]], axis=1).astype(np.float32)


def _pixels(workspace: Workspace, sample_id: int, reference_id: int, progress: Progress) -> tuple[int, Pixels, Pixels]:
    """Both sets at one size: that of the generated pictures, at most SIDE; with one channel where all are grey."""
    (first,) = images.load(workspace, sample_id, 0, 1)
    side = min(SIDE, max(first.shape[:2]))
    made, real = (_squares(workspace, number, side, progress) for number in (sample_id, reference_id))
    if all((x == x[..., :1]).all() for x in (made, real)):
        made, real = made[..., :1], real[..., :1]
    return side, made, real


def _squares(workspace: Workspace, set_id: int, side: int, progress: Progress) -> Pixels:
    """(N, side, side, 3) uint8."""
    n = sets.get(workspace, set_id).n
    out = np.empty((n, side, side, 3), np.uint8)
    for start in range(0, n, BATCH):
        part = images.load(workspace, set_id, start, start + BATCH)
        out[start : start + len(part)] = [rgb(picture, side) for picture in part]
        progress(start + len(part), n, "reading pixels")
    return out


@dataclass(frozen=True)
class Mark:
    """How near is near, by the control: `count` of `n` generated pictures have this `ratio` or a lower one. `chance`:
    how many new real pictures would have, mean and range."""

    title: str
    ratio: float
    count: int
    n: int
    chance: tuple[float, float, float]

    @property
    def interval(self) -> tuple[float, float]:
        """95%, of the share count / n."""
        return wilson(self.count, self.n)

    @property
    def more(self) -> bool:
        return self.count > self.chance[2]


@dataclass(frozen=True)
class Space:
    """One space of a report, read with a `level`: `ratios` (n,) of the generated and `control` (c,) of the held-out
    pictures, `nearest` the positions of their nearest reference pictures."""

    name: str
    title: str
    ratios: Vectors
    control: Vectors
    nearest: NDArray[np.intp]
    control_nearest: NDArray[np.intp]
    level: float

    @property
    def words(self) -> str:
        """The title inside a sentence; names in it keep their capitals."""
        return self.title[0].lower() + self.title[1:]

    @property
    def rank(self) -> int:
        """How many control pictures are at or below the mark."""
        return max(1, round(self.level * len(self.control)))

    @cached_property
    def marks(self) -> list[Mark]:
        """The nearest picture of the control, and its nearest `level`; one where they are the same, none without."""
        if not len(self.control):
            return []
        return [self._mark(rank) for rank in sorted({1, self.rank})]

    def _mark(self, rank: int) -> Mark:
        n, ratio = len(self.ratios), float(np.partition(self.control, rank - 1)[rank - 1])
        title = "any held-out" if rank == 1 else f"the nearest {rank / len(self.control):.0%} held out"
        return Mark(title, ratio, int((self.ratios <= ratio).sum()), n, below(rank, len(self.control), n, WITHIN))

    @property
    def mark(self) -> float | None:
        """Ratio of the control's level-quantile, None without a control."""
        return self.marks[-1].ratio if self.marks else None

    @property
    def more_than_chance(self) -> bool:
        return any(mark.more for mark in self.marks)

    def as_near(self, ratio: float) -> int:
        """How many control pictures have this ratio or a lower one."""
        return int((self.control <= ratio).sum())


@dataclass(frozen=True)
class Pair:
    """A picture and the real picture nearest to it in the space where it is most suspicious. `ratios` and `as_near`
    (control pictures with such a ratio) are of each space."""

    image_id: int
    position: int
    nearest_id: int
    space: str
    ratios: dict[str, float]
    as_near: dict[str, int]


@dataclass(frozen=True)
class Copies:
    """A report on copies as it is read. `order` (n,) and `control_order` (c,): positions, most suspicious first, by
    the better of a picture's places in the two spaces."""

    spaces: dict[str, Space]
    order: NDArray[np.intp]
    control_order: NDArray[np.intp]
    sample_set_id: int
    reference_set_id: int
    facts: dict[str, Any]

    @property
    def sentence(self) -> str:
        n, control = self.facts["n"], self.facts["control"]
        same = f"{self.same:,} of {n:,} generated pictures have the very pixels of a real one, at most shifted or "
        same += "mirrored."
        if not control:
            without = (
                "No real pictures were held out, so nothing says how near is too near: look at the first pairs. "
                "Take the reference set in again with a held-out share for a control."
            )
            return f"{same} {without}" if self.same else without
        more = [(s.words, mark) for s in self.spaces.values() for mark in s.marks if mark.more]
        if not more:
            return (
                same
                if self.same
                else (
                    f"Nothing points at copies: of {n:,} generated pictures no more are close to a real one than "
                    "held-out real pictures would be."
                )
            )
        said = "; ".join(
            f"{mark.count:,} as near as {mark.title} by {title} (new real ones: {mark.chance[1]:,.0f} to "
            f"{mark.chance[2]:,.0f})"
            for title, mark in more
        )
        chance = f"Of {n:,}, more are close to one real picture than chance explains: {said}."
        return f"{same} {chance}" if self.same else chance

    @property
    def same(self) -> int:
        """Generated pictures at distance 0 of a real one by pixels."""
        return int((self.spaces["pixels"].ratios == 0).sum())

    @property
    def suspicious(self) -> bool:
        return self.same > 0 or any(space.more_than_chance for space in self.spaces.values())

    def ranked(self, space: str = "both") -> NDArray[np.intp]:
        """Positions, most suspicious first, by one space or both."""
        return self.order if space == "both" else np.argsort(self.spaces[space].ratios, kind="stable")

    def beyond(self, space: str = "both") -> NDArray[np.intp]:
        """Positions of the generated pictures as near as the mark of a space (of any), most suspicious first."""
        chosen = self.spaces.values() if space == "both" else [self.spaces[space]]
        near = np.zeros(self.facts["n"], bool)
        for one in chosen:
            near |= one.ratios <= (-np.inf if one.mark is None else one.mark)
        order = self.ranked(space)
        return order[near[order]]


def read(workspace: Workspace, report: ReportView, level: float = LEVEL) -> Copies:
    """The report with the control's `level`-quantile as the mark."""
    facts, n = report.result, report.result["n"]
    with workspace.database.read() as session:
        table = vectors.load(session, facts["matrix_id"])
    asked = report.arguments
    features = shelf.title_of_all(workspace, asked["extractor"]).replace(OWN, "")
    titles = {**SPACES, "features": f"{SPACES['features']} ({features})"}
    spaces = {
        name: Space(
            name, title, table[:n, at], table[n:, at], table[:n, at + 1].astype(int), table[n:, at + 1].astype(int),
            level,
        )
        for at, (name, title) in zip((0, 3), titles.items(), strict=True)
    }  # fmt: skip
    order, control = (_order([getattr(s, side) for s in spaces.values()]) for side in ("ratios", "control"))
    return Copies(spaces, order, control, asked["sample_set_id"], asked["reference_set_id"], facts)


def _order(ratios: list[Vectors]) -> NDArray[np.intp]:
    """By the best of the places, then by their sum; equal ratios share a place."""
    places = np.stack([np.searchsorted(np.sort(r), r) for r in ratios])
    return np.lexsort((places.sum(axis=0), places.min(axis=0)))


def pairs(workspace: Workspace, found: Copies, space: str = "both", count: int = 24, start: int = 0) -> list[Pair]:
    """The most suspicious generated pictures, from the `start`-th on, with the real pictures nearest to them."""
    ids = sets.members(workspace, found.sample_set_id).ids
    chosen = found.ranked(space)[start : start + count]
    return _pairs(workspace, found, chosen, ids, "ratios", "nearest", space)


def control_pairs(workspace: Workspace, found: Copies, space: str = "both", count: int = 24) -> list[Pair]:
    """The same of the control's pictures: how near real pictures come that nobody copied."""
    ids = sets.members(workspace, found.reference_set_id).ids[found.facts["m"] :]
    order = found.control_order if space == "both" else np.argsort(found.spaces[space].control, kind="stable")
    return _pairs(workspace, found, order[:count], ids, "control", "control_nearest", space)


def _pairs(
    workspace: Workspace, found: Copies, chosen: NDArray[np.intp], ids: NDArray[np.int32], values: str, nearest: str,
    space: str,
) -> list[Pair]:  # fmt: skip
    real = sets.members(workspace, found.reference_set_id).ids
    out = []
    for position in chosen:
        ratios = {name: float(getattr(s, values)[position]) for name, s in found.spaces.items()}
        where = space if space != "both" else _most_suspicious(found, values, int(position))
        near = int(getattr(found.spaces[where], nearest)[position])
        as_near = {name: found.spaces[name].as_near(value) for name, value in ratios.items()}
        out.append(Pair(int(ids[position]), int(position), int(real[near]), where, ratios, as_near))
    return out


def _most_suspicious(found: Copies, values: str, position: int) -> str:
    """The space in which fewest others are as near."""

    def place(name: str) -> int:
        all_of_them = getattr(found.spaces[name], values)
        return int((all_of_them < all_of_them[position]).sum())

    return min(found.spaces, key=place)


def group(workspace: Workspace, report: ReportView, name: str) -> Group:
    """The generated pictures beyond the mark: `both`, `pixels` or `features`. Raises BadInput for another name."""
    if name not in ("both", *SPACES):
        raise BadInput(f"There is no group '{name}' in this report; there are: both, {', '.join(SPACES)}.")
    found = read(workspace, report)
    title = "generated pictures nearer to a real one than 99% of the held-out real pictures"
    return Group(found.sample_set_id, title, found.beyond(name).tolist())
