"""Missing modes: the real pictures that no generated picture comes near, and the generated pictures that come near no
real one, in clusters, the largest first; beside each what other real pictures leave out at the same place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core import sets
from core.errors import BadInput
from core.metrics.chance import wilson
from core.metrics.left_out import Cluster, compared, left_out, sign_test
from core.metrics.pairing import Pairing
from core.progress import Progress
from core.reports.report import Group, ReportView
from core.reports.sides import sides, ticking
from core.sets import Members
from core.workspace import Workspace

K = 5
"""Neighbours that a ball reaches to, as in the metric coverage."""
LEAST = 20
"""Pictures a side below which nothing can be said."""
CERTAIN = 0.05
SIDES = {"left-out": "reference", "off": "generated"}


def make(workspace: Workspace, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """As many generated as real pictures a side: as many as there are, and no more than half of the real ones. The
    control is the last real pictures of the set, its held-out part first, in the place of the generated ones. Raises
    BadInput for fewer than LEAST a side."""
    found = sides(workspace, arguments, progress)
    size = min(len(found.generated), len(found.reference), len(found.real) // 2)
    if size < LEAST:
        raise BadInput(
            f"{len(found.generated)} generated pictures against the {len(found.real)} of {found.view.label} leave "
            f"{size} a side; at least {LEAST} are needed to see what is missing."
        )
    generated, reference, control = found.generated[:size], found.reference[:size], found.real[-size:]
    (missed, off), (control_missed, control_off) = (
        left_out(
            generated=side,
            reference=reference,
            k=K,
            pairing=Pairing(side, reference, ticking(progress, words), only_balls=True),
        )
        for side, words in ((generated, "missing modes: balls"), (control, "missing modes: balls of the control"))
    )
    progress(0, 2, "missing modes: clusters of real pictures")
    missing = compared(reference, missed, reference, control_missed)
    progress(1, 2, "missing modes: clusters of generated pictures")
    strays = compared(generated, off, control[control_off])
    real, made = (sets.members(workspace, arguments[f"{name}_set_id"]) for name in ("reference", "sample"))
    return {
        "size": size, "k": K, "held_out": min(size, len(found.control)), "labels": _labels(real, range(size)),
        "left-out": {
            "control": int(control_missed.sum()), "clusters": [_json(c, real) for c in missing],
            "p": sign_test(int((missed & ~control_missed).sum()), int((control_missed & ~missed).sum())),
        },
        "off": {
            "control": int(control_off.sum()), "clusters": [_json(c, made) for c in strays],
            "p": sign_test(int(off.sum()), int(control_off.sum())),
        },
    }  # fmt: skip


def _json(cluster: Cluster, members: Members) -> dict[str, Any]:
    places = cluster.members.tolist()
    return {"positions": places, "real": cluster.real, "p": cluster.p, "labels": _labels(members, places)}


def _labels(members: Members, places: Any) -> dict[str, int]:
    """How often each label comes, the most frequent first; pictures without one do not count."""
    names, counts = np.unique(members.labels[list(places)], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return {str(names[i]): int(counts[i]) for i in order if names[i]}


@dataclass(frozen=True)
class Missing:
    """One cluster as it is read: `positions` in its set, the most typical first, `image_ids` likewise. `share` of all
    pictures looked at, with its 95% interval; `real`: how many pictures other real ones leave out here.

    `labels`: (label, pictures of it in this cluster, pictures of it among all looked at)."""

    name: str
    image_ids: list[int]
    positions: list[int]
    share: float
    low: float
    high: float
    real: int
    p: float
    labels: list[tuple[str, int, int]]

    @property
    def size(self) -> int:
        return len(self.positions)

    @property
    def certain(self) -> bool:
        """More than other real pictures leave out at this place, and not by chance."""
        return self.p < CERTAIN

    @property
    def called(self) -> str:
        """'92% Bag', 'mostly Bag and Coat', or '' without labels."""
        if not self.labels:
            return ""
        (_, count, _), *others = self.labels
        first, *second = (f"label {label}" if label.isdecimal() else label for label, _, _ in self.labels[:2])
        if count >= self.size / 2 or not others:
            return f"{count / self.size:.0%} {first}"
        return f"mostly {first} and {second[0]}"


@dataclass(frozen=True)
class Side:
    """What lies outside on one side. `count` of `size` pictures, with the interval of the share; `control`: how many
    where other real pictures stand in the place of the generated ones; `p`: the chance of so many more."""

    clusters: list[Missing]
    count: int
    size: int
    control: int
    p: float
    set_id: int

    @property
    def share(self) -> float:
        return self.count / self.size

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.count, self.size)

    @property
    def floor(self) -> float:
        return self.control / self.size

    @property
    def certain(self) -> list[Missing]:
        return [cluster for cluster in self.clusters if cluster.certain]


@dataclass(frozen=True)
class MissingModes:
    """A report on missing modes as it is read."""

    left_out: Side
    off: Side
    held_out: int

    @property
    def sentence(self) -> str:
        side = self.left_out
        if not side.count:
            return f"Nothing is missing: every one of the {side.size:,} real pictures has a generated one near it."
        if side.count == side.size:
            return (
                f"Everything is missing: none of the {side.size:,} real pictures has a generated one near it. The "
                "generator has collapsed, or makes something else."
            )
        real = f"Other real pictures leave out {side.control:,}."
        if not side.certain and side.p < CERTAIN:
            return (
                f"{side.count:,} of {side.size:,} real pictures have no generated one near them, more than chance "
                f"explains, but no kind of them stands out. {real}"
            )
        if not side.certain:
            return (
                f"No kind of picture is missing as a whole: {side.count:,} of {side.size:,} real pictures have no "
                f"generated one near them, scattered as chance scatters them. {real}"
            )
        worst = side.certain[0]
        called = f", {worst.called}" if worst.called else ""
        return (
            f"{side.count:,} of {side.size:,} real pictures have no generated one near them. {real} The largest kind "
            f"that is missing holds {worst.size:,} of them{called}."
        )

    @property
    def bad(self) -> bool:
        side = self.left_out
        return bool(side.certain) or side.p < CERTAIN or side.count == side.size


def read(workspace: Workspace, report: ReportView) -> MissingModes:
    result, asked = report.result, report.arguments
    real = _side(workspace, result, "left-out", asked["reference_set_id"])
    return MissingModes(real, _side(workspace, result, "off", asked["sample_set_id"]), result["held_out"])


def _side(workspace: Workspace, result: dict[str, Any], name: str, set_id: int) -> Side:
    found, size = result[name], result["size"]
    members, all_labels = sets.members(workspace, set_id), result["labels"] if name == "left-out" else {}
    clusters = []
    for number, one in enumerate(found["clusters"], 1):
        places = one["positions"]
        labels = [(label, count, all_labels.get(label, 0)) for label, count in one["labels"].items()]
        clusters.append(Missing(
            f"{name}-{number}", members.ids[places].tolist(), places, len(places) / size, *wilson(len(places), size),
            one["real"], one["p"], labels,
        ))  # fmt: skip
    return Side(clusters, sum(c.size for c in clusters), size, found["control"], found["p"], set_id)


def group(workspace: Workspace, report: ReportView, name: str) -> Group:
    """A cluster by its name: `left-out-1` is the largest of real pictures, `off-1` of generated ones. Raises BadInput
    for another name."""
    found = read(workspace, report)
    for side, words in ((found.left_out, "real pictures with no generated one near them"),
                        (found.off, "generated pictures with no real one near them")):  # fmt: skip
        for number, cluster in enumerate(side.clusters, 1):
            if cluster.name == name:
                return Group(side.set_id, f"{words}, cluster {number}", cluster.positions)
    raise BadInput(f"There is no cluster '{name}' in this report; open it anew from the page Missing modes.")
