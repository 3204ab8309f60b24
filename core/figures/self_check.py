"""Which metric reacts to which planted change: the cells of a heat map of signed standard errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.reports.blind_spots import HARDLY, SEES, Reaction

SOLID = 8.0
"""Standard errors from which a cell is filled."""
WORSE, BETTER, MOVED = "184,74,0", "0,90,156", "123,78,163"
"""Vermilion and blue of Okabe & Ito (2008), darkened so that white can be read on them; purple judges nothing."""
SHADES = (0.0, 0.2, 0.42, 1.0)


@dataclass(frozen=True)
class Cell:
    """A metric's reaction to a plant: what is written, the colour behind it, and what it says in words."""

    text: str
    colour: str
    """As CSS has it."""
    solid: bool
    """Whether white is read on it, rather than the page's ink."""
    words: str


def heat(reactions: Sequence[Reaction], titles: Mapping[str, str]) -> dict[str, list[Cell | None]]:
    """{metric's title: a cell for each of `titles` (plant -> what is written)}, metrics that judge first.

    A plant without reactions has an empty column: it changed nothing. Vermilion: the metric calls the set worse; blue:
    better; purple: it moves, and judges nothing. The number is signed: above 0 the value rose.
    """
    ordered = sorted(reactions, key=lambda r: r.direction == "none")  # stable: the order of the tables stays
    found = {(r.title, r.plant): r for r in ordered}
    return {
        title: [_cell(found[title, p], titles[p]) if (title, p) in found else None for p in titles]
        for title in dict.fromkeys(r.title for r in ordered)
    }


def _cell(reaction: Reaction, planted: str) -> Cell:
    shade = SHADES[_shade(reaction)]
    words = (
        f"{reaction.title}, {planted}: {signed(reaction.errors)} standard errors ({reaction.towards}); "
        f"unchanged {reaction.unchanged:.4g}, planted {reaction.value:.4g}"
    )
    return Cell(signed(reaction.errors), f"rgba({_towards(reaction)},{shade})", shade == 1, words)


def _towards(reaction: Reaction) -> str:
    if reaction.direction == "none":
        return MOVED
    return WORSE if reaction.harm > 0 else BETTER


def _shade(reaction: Reaction) -> int:
    return sum(abs(reaction.errors) >= limit for limit in (HARDLY, SEES, SOLID))


def signed(errors: float) -> str:
    """+3.4, −12; as far as can be counted is ≥ 99."""
    if abs(errors) >= 99:
        return "+99" if errors > 0 else "−99"
    return (f"{errors:+.0f}" if abs(errors) >= 9.95 else f"{errors:+.1f}").replace("-", "−")
