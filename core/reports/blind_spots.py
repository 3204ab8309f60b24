"""A self-check in words: which metric notices what, which takes a defect for an improvement, and who is blind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SEES, HARDLY = 3.0, 2.0
"""Standard errors from which a reaction counts as seen, and below which as none."""
HEEDED = {
    "flip": "That is expected where left and right mean nothing to these features; if they mean something in your "
    "pictures (writing, faces in profile), look at them yourself.",
    "copies": "That is expected: a copy of a real picture is as real as the original. Look for copies on the page "
    "Copies, not by the numbers of quality.",
    "near-copies": "That is expected: near copies look real. Look for them on the page Copies.",
    "hue": "These features say little about colour; use another extractor beside them if colour matters to you.",
    "crop": "Framing that is a little off passes unseen; look at the pictures.",
    "shift": "These features care little about where a thing is; often that is what one wants.",
    "drop": "Do not ship on these numbers alone: see the pages Missing modes and Slices.",
    "imbalance": "Kinds that become rare pass unseen; see the page Slices.",
}
"""What to think of a blind spot, by the name of the plant."""


@dataclass(frozen=True)
class Reaction:
    """A metric's reaction to a plant at one strength. `errors`: in standard errors; above 0 the value rose. `towards`
    is 'worse', 'better', 'up', 'down', or 'blind' below 2 standard errors; `sure` from 3 on."""

    metric: str
    title: str
    plant: str
    strength: str
    unchanged: float
    value: float
    errors: float
    towards: str
    direction: str

    @property
    def sure(self) -> bool:
        return abs(self.errors) >= SEES

    @property
    def harm(self) -> float:
        """As `errors`, but above 0 where the metric calls the set worse; the same for metrics that only describe."""
        return -self.errors if self.direction == "higher" else self.errors


def reactions(result: dict[str, Any], paired: bool = True) -> list[Reaction]:
    """Every metric by every plant, in the order of the tables. `paired`: against the error of the difference itself,
    as between checkpoints on one latent bank; else against what chance does between two sets of real pictures."""
    lines = {line["metric"]: line for line in result["metrics"]}
    return [_reaction(cell, lines[cell["metric"]], paired) for cell in result["cells"]]


def _reaction(cell: dict[str, Any], line: dict[str, Any], paired: bool) -> Reaction:
    errors = cell["errors" if paired else "errors_unpaired"]
    rose = errors > 0
    towards = ("up" if rose else "down") if line["direction"] == "none" else (
        "worse" if rose == (line["direction"] == "lower") else "better"
    )  # fmt: skip
    return Reaction(
        line["metric"], line["title"], cell["plant"], cell["strength"], cell["unchanged"], cell["value"], errors,
        "blind" if abs(errors) < HARDLY else towards, line["direction"],
    )  # fmt: skip


def at(result: dict[str, Any], strength: str, paired: bool = True) -> tuple[list[dict[str, Any]], list[Reaction]]:
    """What was planted at a strength (what has one strength only, at that), and the reactions to it."""
    graded = {line["plant"] for line in result["plants"] if line["strength"] != "strong"}
    lines = [p for p in result["plants"] if p["strength"] == (strength if p["plant"] in graded else "strong")]
    wanted = {(line["plant"], line["strength"]) for line in lines}
    return lines, [r for r in reactions(result, paired) if (r.plant, r.strength) in wanted]


def by_plant(found: Sequence[Reaction]) -> dict[tuple[str, str], dict[str, list[Reaction]]]:
    """(plant, strength) -> 'worse', 'better', 'moves' and 'blind' -> the reactions of that kind."""
    rows: dict[tuple[str, str], dict[str, list[Reaction]]] = {}
    for one in found:
        empty: dict[str, list[Reaction]] = {"worse": [], "better": [], "moves": [], "blind": []}
        row = rows.setdefault((one.plant, one.strength), empty)
        row["moves" if one.towards in ("up", "down") else one.towards].append(one)
    return rows


@dataclass(frozen=True)
class Sentence:
    """What to know of a plant; `warns` where no metric calls it worse, one takes it for an improvement, it could not be
    measured, or a metric moves although nothing was planted."""

    text: str
    warns: bool = False


def sentences(result: dict[str, Any], strength: str = "strong", paired: bool = True) -> list[Sentence]:
    """What a person who decides should know: of the errors first, then of each plant."""
    lines, found = at(result, strength, paired)
    said = [_control(found, result)]
    return said + [_of(line, [r for r in found if r.plant == line["plant"]]) for line in lines[1:]]


def _of(line: dict[str, Any], here: Sequence[Reaction]) -> Sentence:
    what = f"{line['title']} ({line['says']})"
    if not line["changed"]:
        why = (
            "grey has no colour to shift" if line["plant"] == "hue" else "the pictures are too small or too flat for it"
        )
        return Sentence(f"{what} changes nothing here: {why}. It was not measured.", warns=True)
    if not here:
        return Sentence(f"{what} was not measured: these pictures fall into no two modes.", warns=True)
    partly = "" if line["changed"] > 0.99 else f" It changes {line['changed']:.0%} of the pictures."
    judged = [r for r in here if r.direction != "none"]
    bad = [r.title for r in judged if r.sure and r.towards == "worse"]
    fooled = [r.title for r in judged if r.sure and r.towards == "better"]
    moved = [r.title for r in here if r.direction == "none" and r.sure]
    parts = []
    if bad:
        parts.append(f"{what}: {_listed(bad)} say{'s' if len(bad) == 1 else ''} worse.")
    else:
        parts.append(f"No metric here calls {line['title'].lower()} ({line['says']}) worse.")
        parts += [f"{_listed(moved)} move{'s' if len(moved) == 1 else ''}."] if moved else []
        parts += [HEEDED[line["plant"]]] if line["plant"] in HEEDED else []
    if fooled:
        parts.append(f"{_listed(fooled)} take{'s' if len(fooled) == 1 else ''} it for an improvement.")
    blind = [r.title for r in judged if r.towards == "blind"]
    if bad and blind:
        parts.append(f"Blind to it: {_listed(blind)}.")
    return Sentence(" ".join(parts) + partly, warns=not bad or bool(fooled))


def _control(found: Sequence[Reaction], result: dict[str, Any]) -> Sentence:
    moved = [r.title for r in found if r.plant == "unchanged" and r.sure]
    if moved:
        say = f"{_listed(moved)} moved though nothing was planted: their errors cannot be trusted at n {result['n']:,}."
        return Sentence(say, warns=True)
    return Sentence("Nothing planted: no metric moves, as it should be.")


def _listed(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
