"""Slices: metrics by label, tag or cluster, with intervals that small slices deserve; the worst slice first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import metrics, scores, sets
from core.errors import BadInput
from core.keys import key
from core.metrics.pairing import Pairing
from core.metrics.slices import kinds, per_picture, shrunk
from core.numbers import number
from core.progress import Progress
from core.reports.report import Group, ReportView
from core.reports.sides import Sides, sides, ticking
from core.similarity.neighbourhood import nearest_several
from core.workspace import Workspace
from storage import review

BY = {"label": "Label", "tag": "Tag", "cluster": "Cluster"}
GENERATED = ("precision", "density", "realism", "nearest-euclidean", "sharpness")
"""Metrics that are means over generated pictures."""
REFERENCE = ("coverage", "recall")
"""Metrics that are means over reference pictures."""
SETS = ("kid", "frechet")
"""Metrics of a slice's pictures as a set of their own."""
LEAST = 20
"""Pictures below which a slice is listed as too small."""
MOST = 40
"""Slices, the largest, that metrics of sets are computed for."""
CLUSTERS = 10
CLASS, NEAREST = "class", "nearest"
Positions = NDArray[np.intp]
Slicing = dict[str, Positions]
"""Name of a slice -> positions."""


def arguments(
    workspace: Workspace, sample_set_id: int, reference_set_id: int, extractor: str, by: str
) -> dict[str, Any]:  # fmt: skip
    """The arguments of the report. Tags change, so what they say today is one of them."""
    tags = key(_tags(workspace, sample_set_id), _tags(workspace, reference_set_id)) if by == "tag" else ""
    return {"sample_set_id": sample_set_id, "reference_set_id": reference_set_id, "extractor": extractor, "by": by,
            "tags": tags}  # fmt: skip


def possible(workspace: Workspace, sample_set_id: int, reference_set_id: int) -> dict[str, str]:
    """What these sets can be sliced by, name -> title: labels and tags only where there are some."""
    tagged = bool(_tags(workspace, sample_set_id) or _tags(workspace, reference_set_id))
    there = {"label": labelled(workspace, reference_set_id), "tag": tagged, "cluster": True}
    return {name: title for name, title in BY.items() if there[name]}


def labelled(workspace: Workspace, reference_set_id: int) -> bool:
    """Whether real pictures carry labels, so that there is something to slice by."""
    return bool((sets.members(workspace, reference_set_id).labels != "").any())


def _tags(workspace: Workspace, set_id: int) -> list[tuple[int, str]]:
    with workspace.database.read() as session:
        return sorted({(image, name) for image, name in review.tagged(session, set_id)})


def make(workspace: Workspace, asked: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Raises BadInput where there is nothing to slice by, or the tags are no longer those that were asked about."""
    ids = asked["sample_set_id"], asked["reference_set_id"]
    if asked["by"] not in BY:
        raise BadInput(f"There is no slicing by '{asked['by']}'; there are: {', '.join(BY)}.")
    if arguments(workspace, *ids, asked["extractor"], asked["by"])["tags"] != asked["tags"]:
        raise BadInput("The tags have changed since this was asked for; ask again.")
    found = sides(workspace, asked, progress)
    made, real, how = _slicing(workspace, asked, found, progress)
    names = sorted(made.keys() | real.keys(), key=lambda name: (-len(real.get(name, ())), name))
    empty = np.empty(0, np.intp)
    slices = [
        {"name": name, "generated": made.get(name, empty).tolist(), "reference": real.get(name, empty).tolist()}
        for name in names
    ]
    values = _means(workspace, ids[0], found, slices, progress) | _of_sets(found, slices, progress)
    return {"how": how, "n": len(found.generated), "m": len(found.reference), "slices": slices, "values": values}


def _slicing(
    workspace: Workspace, asked: dict[str, Any], found: Sides, progress: Progress
) -> tuple[Slicing, Slicing, str]:
    """(generated, reference, how the generated pictures came into their slices)."""
    ids = asked["sample_set_id"], asked["reference_set_id"]
    m = len(found.reference)
    if asked["by"] == "tag":
        made, real = (_by_tag(workspace, number, limit) for number, limit in zip(ids, (None, m), strict=True))
        if not made and not real:
            raise BadInput("No picture of these sets carries a tag yet; give some in the gallery, then ask again.")
        return made, real, "tag"
    if asked["by"] == "cluster":
        count = max(1, min(CLUSTERS, m // (2 * LEAST)))
        progress(0, 1, "slices: clusters")
        real_names, made_names = (np.char.add("cluster ", (c + 1).astype(str))
                                  for c in kinds(found.reference, found.generated, count))  # fmt: skip
        return _by_name(made_names), _by_name(real_names), "cluster"
    labels, classes = sets.members(workspace, ids[1]).labels[:m], sets.members(workspace, ids[0]).labels
    if not (labels != "").any():
        raise BadInput(
            f"The pictures of {found.view.label} have no labels; slice by cluster, or add the set again with a folder "
            "for each label."
        )
    if set(classes) <= set(labels) and (classes != "").all():
        return _by_name(classes), _by_name(labels), CLASS
    tick = ticking(progress, "slices: nearest labels")
    near = nearest_several(found.generated, found.reference, 1, tick)[0][:, 0]
    return _by_name(labels[near]), _by_name(labels), NEAREST


def _by_name(names: NDArray[np.str_]) -> Slicing:
    return {str(name): np.flatnonzero(names == name) for name in np.unique(names) if name}


def _by_tag(workspace: Workspace, set_id: int, limit: int | None) -> Slicing:
    ids = sets.members(workspace, set_id).ids[:limit]
    said = _tags(workspace, set_id)
    tagged = {tag: np.flatnonzero(np.isin(ids, [i for i, t in said if t == tag])) for tag in {t for _, t in said}}
    rest = np.setdiff1d(np.arange(len(ids)), np.concatenate([*tagged.values(), np.empty(0, np.intp)]))
    return {**tagged, "(no tag)": rest} if tagged else {}


def _means(
    workspace: Workspace, sample_id: int, found: Sides, slices: list[dict[str, Any]], progress: Progress
) -> dict[str, Any]:
    """Of the metrics that are means: over the first min(n, m) pictures a side, as an evaluation takes them."""
    size = min(len(found.generated), len(found.reference))
    pairing = Pairing(found.generated[:size], found.reference[:size], ticking(progress, "slices: neighbours"))
    made, real = per_picture(generated=pairing.generated, reference=pairing.reference, pairing=pairing)
    made["sharpness"] = scores.of_pictures(workspace, sample_id, progress)["sharpness"].astype(np.float64)
    sided = {name: ("generated", made[name]) for name in GENERATED} | {
        name: ("reference", real[name]) for name in REFERENCE
    }
    return {name: _mean(side, values, slices) for name, (side, values) in sided.items()}


def _mean(side: str, values: NDArray[np.float64], slices: list[dict[str, Any]]) -> dict[str, Any]:
    parts = [values[[p for p in one[side] if p < len(values)]] for one in slices]
    large = [i for i, part in enumerate(parts) if len(part) >= LEAST]
    rows: list[dict[str, Any]] = [{"slice": i, "n": len(part)} for i, part in enumerate(parts)]
    for i, found in zip(large, shrunk([parts[i] for i in large], values), strict=True):
        rows[i] |= {"value": found.value, "shrunk": found.shrunk, "low": found.low, "high": found.high}
    return {"side": side, "overall": float(values.mean()), "rows": rows}


def _of_sets(found: Sides, slices: list[dict[str, Any]], progress: Progress) -> dict[str, Any]:
    """Of equally many generated, real and other real pictures of a slice: the value, and its own floor."""
    out: dict[str, Any] = {name: {"side": "both", "overall": None, "rows": []} for name in SETS}
    sizes = [min(len(one["generated"]), len(one["reference"]) // 2) for one in slices]
    large = set(sorted((i for i, size in enumerate(sizes) if size >= LEAST), key=lambda i: -sizes[i])[:MOST])
    for i, (one, size) in enumerate(zip(slices, sizes, strict=True)):
        progress(i, len(slices), f"slices: {one['name']}")
        for name in SETS:
            row: dict[str, Any] = {"slice": i, "n": size}
            if i in large:
                made = found.generated[one["generated"][:size]]
                real, other = (found.reference[one["reference"][part]] for part in (slice(size), slice(-size, None)))
                compute = metrics.get(name).compute
                value = compute(generated=made, reference=real)
                row |= {"value": value.value, "low": value.low, "high": value.high,
                        "floor": compute(generated=other, reference=real).value}  # fmt: skip
            out[name]["rows"].append(row)
    return out


@dataclass(frozen=True)
class Slice:
    """One slice under one metric. `value` of its `n` pictures as it is; `shrunk` drawn towards the whole (None for
    metrics of sets), with the interval of it; `floor`: real against real within the slice (metrics of sets only)."""

    number: int
    name: str
    n: int
    value: float
    shrunk: float | None
    low: float | None
    high: float | None
    floor: float | None

    @property
    def best_guess(self) -> float:
        return self.value if self.shrunk is None else self.shrunk


@dataclass(frozen=True)
class Slices:
    """One metric by slice, the worst first; a metric without a direction by the distance from the whole. `small`:
    (name, pictures) of slices with too few to say anything."""

    metric: str
    title: str
    direction: str
    side: str
    how: str
    overall: float | None
    rows: list[Slice]
    small: list[tuple[str, int]]

    @property
    def sentence(self) -> str:
        if not self.rows:
            return f"No slice has the {LEAST} pictures that a value needs."
        worst = self.rows[0]
        if len({one.best_guess for one in self.rows}) == 1 < len(self.rows):
            return f"No slice stands out: {self.title} {number(worst.best_guess)} in each of {len(self.rows)}."
        word = "Farthest from the whole" if self.direction == "none" else "Worst"
        floor = f"; real pictures of it reach {number(worst.floor)}" if worst.floor is not None else ""
        whole = f"; {number(self.overall)} over all" if self.overall is not None else ""
        return f"{word}: {worst.name}, {self.title} {number(worst.best_guess)}{whole}{floor}."

    @property
    def explained(self) -> str:
        """How the pictures came into their slices."""
        return {
            CLASS: "Generated pictures are in the slice of the class they were asked for.",
            NEAREST: "Generated pictures are in the slice of the label of the real picture nearest to them.",
            "tag": "A picture is in the slice of every tag it carries.",
            "cluster": "Slices are clusters of the real pictures (k-means); generated pictures join the nearest.",
        }[self.how]


def read(report: ReportView, metric: str) -> Slices:
    """Raises NotFound for a metric that is not there, BadInput for one that has no slices."""
    line = metrics.get(metric)
    found = report.result["values"].get(metric)
    if found is None:
        raise BadInput(f"{line.title} has no slices; there are: {', '.join(report.result['values'])}.")
    names = [one["name"] for one in report.result["slices"]]
    rows = [
        Slice(row["slice"], names[row["slice"]], row["n"], row["value"], row.get("shrunk"), row["low"], row["high"],
              row.get("floor"))
        for row in found["rows"] if "value" in row
    ]  # fmt: skip
    rows.sort(key=lambda one: -_badness(one, line.direction, found["overall"]))
    small = [(names[row["slice"]], row["n"]) for row in found["rows"] if "value" not in row]
    return Slices(
        metric, line.title, line.direction, found["side"], report.result["how"], found["overall"], rows, small
    )


def _badness(one: Slice, direction: str, overall: float | None) -> float:
    from_floor = one.best_guess - (one.floor or 0.0)
    if direction == "none":
        return abs(one.best_guess - (overall or 0.0))
    return from_floor if direction == "lower" else -from_floor


def choices(report: ReportView) -> Mapping[str, str]:
    """Metric -> title of those that have slices."""
    return {
        name: metrics.get(name).title for name in (*REFERENCE, *GENERATED, *SETS) if name in report.result["values"]
    }


def group(workspace: Workspace, report: ReportView, name: str) -> Group:
    """`generated-2` or `reference-2`: the pictures of a slice on one side. Raises BadInput for another name."""
    side, _, number = name.partition("-")
    slices = report.result["slices"]
    if side not in ("generated", "reference") or not number.isdecimal() or int(number) >= len(slices):
        raise BadInput(f"There is no slice '{name}' in this report; open it anew from the page Slices.")
    set_id = report.arguments["sample_set_id" if side == "generated" else "reference_set_id"]
    one = slices[int(number)]
    return Group(set_id, f"{side} pictures of the slice {one['name']}", one[side])
