"""How far pictures lie from one another: generated from real, real from real, and the tail that is too near."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import embeddings, neighbours, sets
from core.embeddings import EmbeddingsView
from core.errors import BadInput, NotFound
from core.memory import Memory
from core.progress import Progress, silent
from core.similarity import Measure
from core.similarity.nearest import Tick, nearest_by, pairs_by
from core.workspace import Workspace

PAIRS = 200_000
"""Pairs drawn for a pairwise distribution; every pair where there are fewer."""
QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
WHICH = {
    "generated-reference": ("generated", "reference"),
    "generated-generated": ("generated", "generated"),
    "reference-reference": ("reference", "reference"),
    "control-reference": ("control", "reference"),
}
"""Kinds of pair, in the order on screen: (whose pictures, compared with whose). The held-out control shows how near
real pictures come that nobody can have copied."""
MODES = {"nearest": "to the nearest", "pairwise": "of pairs"}
Values = NDArray[np.float32]


@dataclass(frozen=True)
class Distribution:
    """`values` (n,) float32: in mode 'nearest' row i belongs to position i of the part; in 'pairwise' to a drawn pair.
    A similarity counts as 1 - similarity, so that smaller is nearer."""

    which: str
    title: str
    values: Values
    quantiles: dict[float, float]

    @property
    def n(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class TailPicture:
    image_id: int
    position: int
    value: float


@dataclass(frozen=True)
class Tail:
    """Generated pictures beyond a threshold, the most extreme first, and their share of all `n`."""

    pictures: list[TailPicture]
    n: int

    @property
    def count(self) -> int:
        return len(self.pictures)

    @property
    def share(self) -> float:
        return self.count / self.n


@dataclass(frozen=True)
class _Side:
    """Rows start..stop of the vectors of a set."""

    view: EmbeddingsView
    start: int
    stop: int

    @property
    def key(self) -> Hashable:
        return self.view.set_key, self.view.key, self.start, self.stop

    def rows(self, workspace: Workspace) -> Values:
        return embeddings.load(workspace, self.view)[self.start : self.stop]


_memory = Memory(64)
"""Arrays of at most 0.8 MB each up to 200,000 pictures; keys are content hashes."""


def distribution(
    workspace: Workspace,
    *,
    sample_set_id: int | None,
    reference_set_id: int,
    extractor: str,
    measure: str,
    which: str,
    mode: str,
    seed: int = 0,
    progress: Progress = silent,
) -> Distribution:
    """Distances of one kind of pair. Only the kinds with generated pictures need a `sample_set_id`.

    Raises NotFound for unknown names and ids, NotEmbedded when vectors are missing, BadInput for a control part that
    is empty, for a measure that does not apply to these features and for cosine of an all-zero vector.
    """
    for name, known in ((which, WHICH), (mode, MODES)):
        if name not in known:
            raise NotFound(f"There is no distribution '{name}'; there are: {', '.join(known)}.")
    by = neighbours.fitting(workspace, measure, extractor)
    ends = WHICH[which]
    x, y = (_side(workspace, end, sample_set_id, reference_set_id, extractor) for end in ends)
    title = f"{ends[0].capitalize()} - {ends[1]}"

    def tick(done: int, total: int) -> None:
        progress(done, total, f"distances: {title}")

    def make() -> Values:
        made = _distances(workspace, x, y, ends[0] == ends[1], by, mode, seed, tick)
        made.setflags(write=False)  # everybody who looks gets the same array
        return made

    values = _memory.get((x.key, y.key, measure, mode, seed if mode == "pairwise" else 0), make)
    found = np.quantile(values, QUANTILES).tolist()
    return Distribution(which, title, values, dict(zip(QUANTILES, found, strict=True)))


def _side(workspace: Workspace, end: str, sample_set_id: int | None, reference_set_id: int, extractor: str) -> _Side:
    neighbours.rows_of(workspace, reference_set_id)  # an unknown set is said to be unknown, whichever end it is
    if end == "generated":
        if sample_set_id is None:
            raise BadInput("Distances of generated pictures need a sample set; pick a checkpoint that was evaluated.")
        view = embeddings.for_reference(workspace, sample_set_id, extractor, reference_set_id)
        return _Side(view, 0, view.n)
    start, stop = neighbours.rows_of(workspace, reference_set_id, "control" if end == "control" else "reference")
    return _Side(embeddings.for_reference(workspace, reference_set_id, extractor, reference_set_id), start, stop)


def _distances(
    workspace: Workspace, x: _Side, y: _Side, same: bool, by: Measure, mode: str, seed: int, tick: Tick
) -> Values:
    a, b = x.rows(workspace), y.rows(workspace)
    if mode == "nearest":
        return nearest_by(by, a, b, same=same, tick=tick)
    return pairs_by(by, a, b, *_pairs(len(a), len(b), same, seed), tick=tick)


def _pairs(n: int, m: int, same: bool, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every pair (of two different rows when `same`), or PAIRS of them drawn with replacement."""
    if same and n < 2:
        raise BadInput("One picture makes no pair; use a set with more pictures.")
    if same and n * (n - 1) // 2 <= PAIRS:
        i, j = np.triu_indices(n, 1)
        return i, j
    if not same and n * m <= PAIRS:
        return np.arange(n).repeat(m), np.tile(np.arange(m), n)
    rng = np.random.default_rng(seed)
    i = rng.integers(0, n, PAIRS)
    if not same:
        return i, rng.integers(0, m, PAIRS)
    return i, (i + rng.integers(1, n, PAIRS)) % n


def distributions(
    workspace: Workspace,
    *,
    sample_set_id: int | None,
    reference_set_id: int,
    extractor: str,
    measure: str,
    mode: str,
    which: Sequence[str] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> list[Distribution]:
    """Several kinds of pair at once; without `which`, all that these sets have."""
    chosen = possible(workspace, sample_set_id, reference_set_id) if which is None else which
    return [
        distribution(
            workspace, sample_set_id=sample_set_id, reference_set_id=reference_set_id, extractor=extractor,
            measure=measure, which=name, mode=mode, seed=seed, progress=progress,
        )
        for name in chosen
    ]  # fmt: skip


def possible(workspace: Workspace, sample_set_id: int | None, reference_set_id: int) -> list[str]:
    """Kinds of pair that these sets have: none with generated pictures without a sample set, none with the control
    where nothing was held out."""
    _, m = neighbours.rows_of(workspace, reference_set_id)
    _, n = neighbours.rows_of(workspace, reference_set_id, "all")
    lacking = ({"generated"} if sample_set_id is None else set()) | ({"control"} if m == n else set())
    return [name for name, ends in WHICH.items() if not lacking & set(ends)]


def tail(
    workspace: Workspace,
    *,
    sample_set_id: int,
    reference_set_id: int,
    extractor: str,
    measure: str,
    threshold: float,
    below: bool = True,
    progress: Progress = silent,
) -> Tail:
    """Generated pictures whose distance to the nearest reference picture is at most `threshold` (`below`: copies),
    or at least (strays)."""
    values = distribution(
        workspace, sample_set_id=sample_set_id, reference_set_id=reference_set_id, extractor=extractor,
        measure=measure, which="generated-reference", mode="nearest", progress=progress,
    ).values  # fmt: skip
    inside = np.flatnonzero(values <= threshold if below else values >= threshold)
    inside = inside[np.argsort(values[inside] if below else -values[inside], kind="stable")]
    ids = sets.members(workspace, sample_set_id).ids
    return Tail([TailPicture(int(ids[i]), int(i), float(values[i])) for i in inside], len(values))
