"""Every extractor with every measure that applies to it, and every measure of pictures, on pairs of which is known
whether they belong together: how well each tells them apart, and what it costs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core import embeddings, shelf, similarity
from core.errors import BadInput, Cancelled, ProofsheetError
from core.extractors import Extractor
from core.images import Picture
from core.progress import Progress
from core.reports.same_or_different import Block, Question
from core.reports.sampled import embed
from core.similarity.separation import Separation, separation
from core.workspace import Workspace

Values = NDArray[np.float64]
FEW = {True: 30, False: 10}
"""Pictures that measures of pictures are tried on, by groups and by changes: they take milliseconds a pair."""
TIMED = 64
"""Pictures that the time to embed is measured on, in four batches."""


@dataclass(frozen=True)
class Candidate:
    """An extractor with a measure, or a measure of pictures (extractor ""), on the pairs of `blocks`."""

    extractor: str
    measure: str
    title: str
    place: int
    """In the order on screen."""
    embed_seconds: float
    """For 1,000 pictures."""
    compare_seconds: float
    """For 1,000 comparisons."""
    found: Separation
    by_block: dict[str, float]
    nearness: Values = field(repr=False)
    blocks: list[Block] = field(repr=False)
    note: str = ""

    @property
    def seconds(self) -> float:
        """To embed 1,000 pictures and compare one picture with each of them."""
        return self.embed_seconds + self.compare_seconds


def of_vectors(
    workspace: Workspace, set_id: int, asked: Question, names: Sequence[str], left_out: list[dict[str, str]],
    progress: Progress,
) -> Iterator[Candidate]:  # fmt: skip
    """Of the extractors named, or of all there are; what cannot be had is added to `left_out`, with the reason."""
    kinds = [shelf.get(workspace, name) for name in names] or shelf.known(workspace)
    place = 0
    for number, kind in enumerate(kinds):
        phase = f"trying {kind.title}"
        progress(number, len(kinds), phase)
        try:
            built = embeddings.build(workspace, kind.name, set_id)
            seconds = _pace(built, asked.pictures)
            rows = _known(workspace, set_id, built, asked)
            rows = embed(built, asked.pictures, progress, phase) if rows is None else rows
            others = [rows if asked.of_groups else embed(built, b.pictures, progress, phase) for b in asked.blocks]
        except Cancelled:
            raise
        except ProofsheetError as error:  # weights that are not there, pictures without a keypoint
            left_out.append({"title": kind.title, "why": str(error)})
            continue
        for measure in similarity.applicable(kind.histogram, kind.deep):
            title, sign = f"{kind.title}, {measure.title}", -1 if measure.kind == "distance" else 1
            place += 1
            progress(number, len(kinds), f"trying {title}")
            try:
                began = time.perf_counter()
                tables = [measure.compute(rows, other) for other in others]
                each = (time.perf_counter() - began) / sum(table.size for table in tables)
                parts = [
                    sign * t[b.first, b.second].astype(np.float64) for t, b in zip(tables, asked.blocks, strict=True)
                ]
                yield _candidate(kind.name, measure.name, title, place, (seconds, 1000 * each), parts, asked.blocks)
            except BadInput as error:
                left_out.append({"title": title, "why": str(error)})


def _pace(built: Extractor, pictures: Sequence[Picture]) -> float:
    """Seconds for 1,000 pictures: the fastest of a few small batches, for a busy machine only ever adds; a first
    picture loads what has to be loaded."""
    built.embed(pictures[:1])
    found = []
    for start in range(0, min(len(pictures), TIMED), TIMED // 4):
        batch = pictures[start : start + TIMED // 4]
        began = time.perf_counter()
        built.embed(batch)
        found.append(1000 * (time.perf_counter() - began) / len(batch))
    return min(found)


def _known(workspace: Workspace, set_id: int, built: Extractor, asked: Question) -> NDArray[np.float32] | None:
    view = next((v for v in embeddings.available(workspace, set_id) if v.key == built.key), None)
    return None if view is None else np.asarray(embeddings.load(workspace, view))[asked.positions]


def of_pictures(asked: Question, left_out: list[dict[str, str]], progress: Progress) -> Iterator[Candidate]:
    """The measures of two pictures, on fewer pictures. Pairs for which a measure is not defined are left out, and how
    many they were is said."""
    blocks = [block.among(FEW[asked.of_groups]) for block in asked.blocks]
    for measure in similarity.PICTURE_MEASURES:
        sign = -1 if measure.kind == "distance" else 1
        parts, used, spent = [], [], 0.0
        for number, block in enumerate(blocks):
            progress(number, len(blocks), f"trying {measure.title}, {block.name}")
            began = time.perf_counter()
            pairs = zip(block.first, block.second, strict=True)
            values = [measure.compute(asked.pictures[i], block.pictures[j]).value for i, j in pairs]
            spent += time.perf_counter() - began
            defined = np.array([value is not None for value in values], bool)
            parts.append(sign * np.array([value for value in values if value is not None], float))
            used.append(
                Block(block.name, block.pictures, *(a[defined] for a in (block.first, block.second, block.same)))
            )
        total, count = sum(len(b.same) for b in blocks), sum(len(b.same) for b in used)
        note = "" if count == total else f"defined for {count / total:.0%} of the pairs"
        try:
            yield _candidate("", measure.name, measure.title, 0, (0.0, 1000 * spent / total), parts, used, note)
        except BadInput:
            left_out.append({"title": measure.title, "why": f"{note or 'defined for too few pairs'}, too few to tell"})


def _candidate(
    extractor: str, measure: str, title: str, place: int, seconds: tuple[float, float], parts: Sequence[Values],
    blocks: list[Block], note: str = "",
) -> Candidate:  # fmt: skip
    nearness = np.concatenate(parts)
    same, first, second = (np.concatenate([getattr(b, name) for b in blocks]) for name in ("same", "first", "second"))
    found = separation(nearness, same, first, second)
    return Candidate(
        extractor, measure, title, place, *seconds, found,
        _by_block(parts, blocks) if len(blocks) > 1 else {}, nearness, blocks, note,
    )  # fmt: skip


def _by_block(parts: Sequence[Values], blocks: Sequence[Block]) -> dict[str, float]:
    """The AUC of every block by itself, of those where there is one."""
    found = {}
    for nearness, block in zip(parts, blocks, strict=True):
        with suppress(BadInput):
            found[block.name] = separation(nearness, block.same, block.first, block.second).auc
    return found
