"""Copies: how much nearer every generated picture is to one real picture than to that picture's surroundings, beside
the same of held-out real pictures, which nobody can have copied. It ranks pairs for a person to look at; it never
judges by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import images, scores, sets
from core.errors import BadInput
from core.extractors.extractor import rgb
from core.metrics.chance import below, wilson
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
BATCH = 1000
SPACES = {"pixels": "Pixels", "features": "Deep features"}
"""In which a copy may show, in the order of the columns of the stored matrix: (ratio, position, distance) of each."""


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
class Space:
    """One space of a report, read with a `level`: `ratios` (n,) of the generated and `control` (c,) of the held-out
    pictures, `nearest` the positions of their nearest reference pictures, `mark` the ratio of the control's
    level-quantile, None without a control."""

    name: str
    title: str
    ratios: Vectors
    control: Vectors
    nearest: NDArray[np.intp]
    control_nearest: NDArray[np.intp]
    level: float

    @property
    def rank(self) -> int:
        """How many control pictures are at or below the mark."""
        return max(1, round(self.level * len(self.control)))

    @cached_property
    def mark(self) -> float | None:
        return float(np.partition(self.control, self.rank - 1)[self.rank - 1]) if len(self.control) else None

    @cached_property
    def count(self) -> int:
        """Generated pictures as near as the mark."""
        return 0 if self.mark is None else int((self.ratios <= self.mark).sum())

    @property
    def interval(self) -> tuple[float, float]:
        """Of the share count / n."""
        return wilson(self.count, len(self.ratios))

    @cached_property
    def chance(self) -> tuple[float, float, float]:
        """How many of n new real pictures would be as near: mean, 2.5% and 97.5% points."""
        return below(self.rank, len(self.control), len(self.ratios))

    @property
    def more_than_chance(self) -> bool:
        return self.mark is not None and self.count > self.chance[2]

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
        if not control:
            return (
                "No real pictures were held out, so nothing says how near is too near: look at the first pairs. "
                "Take the reference set in again with a held-out share for a control."
            )
        more = [space for space in self.spaces.values() if space.more_than_chance]
        if not more:
            return (
                f"Nothing points at copies: of {n:,} generated pictures no more are close to a real one than "
                "held-out real pictures would be."
            )
        said = " and ".join(
            f"{space.count:,} by {space.title.lower()} (real ones: {space.chance[1]:,.0f} to {space.chance[2]:,.0f})"
            for space in more
        )
        return f"Of {n:,} generated pictures more are close to one real picture than chance explains: {said}. Look."

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
    spaces = {
        name: Space(
            name, title, table[:n, at], table[n:, at], table[:n, at + 1].astype(int), table[n:, at + 1].astype(int),
            level,
        )
        for at, (name, title) in zip((0, 3), SPACES.items(), strict=True)
    }  # fmt: skip
    order, control = (_order([getattr(s, side) for s in spaces.values()]) for side in ("ratios", "control"))
    asked = report.arguments
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
