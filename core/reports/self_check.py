"""Self-check: known defects planted into the team's own reference pictures, to see which metric notices.

The first 3n pictures of the reference part are split at random into three thirds, several times: a stand-in for
generated pictures, the reference, and a spare third. A plant changes the stand-in; what a metric then says, less what
it says of the unchanged stand-in against the same reference, is its reaction. The spare third shows what chance does:
it is put in place of the stand-in unchanged, and should move nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import embeddings, images, references, scores, shelf
from core.errors import BadInput
from core.extractors import Extractor, Kind
from core.images import Picture
from core.metrics import METRICS, Given, Metric
from core.planting import PLANTS
from core.progress import Progress
from core.references import ReferenceView
from core.reports.reactions import UNCHANGED, Case, Material, cells, reactions
from core.reports.sampled import embed, embedded, keep, modes_of
from core.workspace import Workspace

Arguments = dict[str, Any]
Rows = NDArray[np.float32]
SPLITS = 8
FEWEST = 20
"""Pictures a third, or neighbours mean nothing."""
SHOWN = 4
"""Changed pictures that are kept to be looked at, of each plant."""
TOO_DEAR = "It costs many times what the others do, and every case is measured several times; an evaluation has it."


def make(workspace: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """The report; see the module. Raises BadInput when the reference part has too few pictures."""
    reference = references.get(workspace, arguments["reference_set_id"])
    smallest = max(FEWEST, *(metric.minimum for metric in METRICS))
    n = min(arguments["n"], reference.m // 3)
    if n < smallest:
        raise BadInput(
            f"{reference.label} has {reference.m} reference pictures, and the check compares {n} with {n}: at least "
            f"{smallest} a side are needed, out of {3 * smallest}; add pictures or ask for more."
        )
    pictures = images.load(workspace, reference.set_id, 0, 3 * n)
    built = embeddings.build(workspace, arguments["extractor"], reference.set_id)
    kind = shelf.get(workspace, built.name)
    classify = kind.probabilities
    look = Look(built, None if classify is None else classify(workspace.models), progress)
    base = look.at(pictures, "features of the reference", embedded(workspace, reference.set_id, built, 0, 3 * n))
    control = _control(workspace, reference, look, n)
    metrics, left_out = _measurable(pictures, len(control), n, kind)
    modes, names, source = modes_of(workspace, reference.set_id, base["features"], arguments["seed"])
    plants, cases = _planted(workspace, pictures, look, base, arguments["seed"])
    if not names:
        cases = [case for case in cases if case.plant is None or case.plant.acts != "modes"]
    measured = reactions(base, control, metrics, cases, modes, SPLITS, arguments["seed"], progress)
    return {
        "reference": reference.label, "extractor": arguments["extractor"], "n": n, "splits": SPLITS,
        "modes": {"from": source, "names": names}, "plants": plants, "left_out": left_out,
        "metrics": [
            {"metric": m.name, "title": m.title, "direction": m.direction, "of": m.of}
            for m in METRICS if m.name not in {one["metric"] for one in left_out}
        ],
        "cells": cells(measured),
    }  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How pictures become what metrics ask for."""

    extractor: Extractor
    classify: Callable[[Rows], Rows] | None
    progress: Progress

    def at(self, pictures: Sequence[Picture], phase: str, features: Rows | None = None) -> Material:
        """Everything that a metric may ask of these pictures, under the names of `Metric.of`."""
        if features is None:
            features = embed(self.extractor, pictures, self.progress, phase)
        found: Material = {"features": features, "pictures": list(pictures)}
        if self.classify is not None:
            found["probabilities"] = self.classify(features)
        for score in scores.SCORES:
            if score.compute is not None:
                found[score.name] = np.array([[score.compute(p)] for p in pictures], np.float32)
        return found


def _control(workspace: Workspace, reference: ReferenceView, look: Look, n: int) -> Rows:
    """Features of at most n held-out pictures, (K, D); K may be 0."""
    start, stop = reference.m, min(reference.n, reference.m + n)
    known = embedded(workspace, reference.set_id, look.extractor, start, stop)
    if known is not None:
        return known
    return embed(look.extractor, images.load(workspace, reference.set_id, start, stop), look.progress, "held-out part")


def _measurable(
    pictures: Sequence[Picture], control: int, n: int, kind: Kind
) -> tuple[list[Metric], list[dict[str, str]]]:
    """The metrics that there are under these circumstances; of the others, why not."""
    side = min(min(p.shape[:2]) for p in pictures)
    given = Given(n, n, control, side, kind.probabilities is not None, kind.inception)
    reasons = [(m, m.applies(given) or (TOO_DEAR if m.dear else "")) for m in METRICS]
    left_out = [{"metric": m.name, "title": m.title, "why": why} for m, why in reasons if why]
    return [metric for metric, why in reasons if not why], left_out


def _planted(
    workspace: Workspace, pictures: Sequence[Picture], look: Look, base: Material, seed: int
) -> tuple[list[dict[str, Any]], list[Case]]:
    """What is said of every plant, and the cases to measure; a plant that changes no pixel is said, not measured."""
    told, cases = [_told(UNCHANGED, "Nothing changed", "strong", "other real pictures")], [Case(None, "strong")]
    for plant in PLANTS:
        for strength in plant.amounts:
            line = _told(plant.name, plant.title, strength, plant.says[strength])
            told.append(line)
            if plant.change is None:
                cases.append(Case(plant, strength, base))
                continue
            changed = plant.planted(pictures, strength, seed)
            line["changed"] = float(np.mean([(a != b).any() for a, b in zip(pictures, changed, strict=True)]))
            if line["changed"] == 0:
                continue
            phase = f"planting: {plant.title}, {strength}"
            cases.append(Case(plant, strength, look.at(changed, phase)))
            line["image_ids"] = keep(workspace, changed[:SHOWN])
    told[0]["image_ids"] = keep(workspace, pictures[:SHOWN])
    return told, cases


def _told(name: str, title: str, strength: str, says: str) -> dict[str, Any]:
    return {"plant": name, "title": title, "strength": strength, "says": says, "changed": 1.0, "image_ids": []}
