"""The answer of a comparison in words that a person who decides about products can act on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.metrics import HEADLINE
from core.numbers import amount
from core.results import ValueView
from core.verdict import BETTER, CANNOT_TELL, WORSE, Remedy

if TYPE_CHECKING:
    from core.compare import Difference

MIXED = "mixed"
UNBIASED = ("kid",)
"""Metrics whose floor may be read at any number of pictures."""
FAR = 2.0
"""A Fréchet distance so many times its floor, or a coverage below its floor by this factor, is far from real."""
NO_INTERVAL = "Its interval does not hold here, see the warning; read the other metrics."
TOO_MANY = 50
"""Times n: more pictures than that are no plan, the difference is too small to matter."""


def overall(rows: Sequence[Difference]) -> str:
    """The answer of the headline metrics together: better, worse, mixed or cannot tell."""
    found = {row.verdict for row in _headline(rows)}
    if {BETTER, WORSE} <= found:
        return MIXED
    return BETTER if BETTER in found else WORSE if WORSE in found else CANNOT_TELL


def sentence(a: str, b: str, rows: Sequence[Difference]) -> str:
    """Which of the two it is, by the headline metrics."""
    by = {verdict: _listed([_name(row) for row in _headline(rows) if row.verdict == verdict])
          for verdict in (BETTER, WORSE, CANNOT_TELL)}  # fmt: skip
    answer = overall(rows)
    if answer == MIXED:
        return f"{b} is better than {a} by {by[BETTER]} and worse by {by[WORSE]}: look at the pictures."
    if answer == CANNOT_TELL:
        return f"These pictures cannot tell {b} and {a} apart{_beside(rows)}."
    silent = f"; {by[CANNOT_TELL]} cannot tell" if by[CANNOT_TELL] else ""
    return f"{b} is {answer} than {a} by {by[answer]}{silent}."


def _beside(rows: Sequence[Difference]) -> str:
    """What moved although no headline metric did; alone it follows people's judgement badly (Stein et al. 2023)."""
    moved = [f"{_name(row)} ({row.verdict})" for row in rows if row.verdict in (BETTER, WORSE)]
    named = _listed([_name(row) for row in _headline(rows)])
    return f" by {named}; {_listed(moved)} moved, which alone decide nothing" if moved else ""


def floor(a: str, b: str, rows: Sequence[Difference]) -> str:
    """How near B, and A where the two are alike, comes to what real pictures reach against real ones."""
    told = [row for row in _headline(rows) if row.b.floor is not None and row.b.low is not None]
    if not told:
        return ""
    both = overall(rows) == CANNOT_TELL
    short = [row for row in told if _short(row.b) and (not both or _short(row.a))]
    if not short:
        reached = all(_reached(row.b) for row in told)
        return f"{b} is as good as real against real can be told apart here." if reached else ""
    who = "Both are" if both else f"{b} is"
    how = "far from" if any(_far(row.b) for row in short) else "short of"
    numbers = "; ".join(f"{_name(row)} {_values(row, both)}, real against real {amount(row.b.floor)}" for row in short)
    return f"{who} still {how} real pictures ({numbers}).{_way(a, rows)}"


def _values(row: Difference, both: bool) -> str:
    return f"A {amount(row.a.value)}, B {amount(row.b.value)}" if both else amount(row.b.value)


def _way(a: str, rows: Sequence[Difference]) -> str:
    """How much of A's distance to the floor B has made up."""
    row = next((row for row in _headline(rows) if row.metric == "frechet" and row.verdict == BETTER), None)
    if row is None or row.b.floor is None or not _short(row.b):
        return ""
    share = (row.a.value - row.b.value) / (row.a.value - row.b.floor)
    return f" It made up {share:.0%} of the way from {a} to there."


def _short(value: ValueView) -> bool:
    """The whole interval is on the wrong side of the floor; one made of fewer pictures is too lenient, if anything."""
    if value.floor is None or value.low is None or value.high is None:
        return False
    return value.low > value.floor if value.direction == "lower" else value.high < value.floor


def _reached(value: ValueView) -> bool:
    """The interval touches the floor, and the floor is made of as many pictures."""
    alike = value.floor_n == value.n == value.m or value.metric in UNBIASED
    return alike and value.floor is not None and not _short(value)


def _far(value: ValueView) -> bool:
    if value.metric in UNBIASED or value.floor is None or value.floor <= 0:
        return False
    return value.value > FAR * value.floor if value.direction == "lower" else FAR * value.value < value.floor


def more(row: Difference, found: Remedy) -> str:
    """What would settle a 'cannot tell'."""
    if row.standard_error == 0:
        return "The same value from the same pictures." if row.difference == 0 else "No error of this metric is known."
    seen = f"A difference of {amount(found.detectable)} would show at this n."
    looks = "if the difference is as large as it looks"
    if (found.pictures or found.real or np.inf) > TOO_MANY * row.a.n:
        return f"Alike, as far as {row.a.n:,} pictures tell. {seen}"
    if found.pictures is None:
        return f"Real pictures are the limit: about {_round(found.real):,} of them would settle it, {looks}. {seen}"
    return f"About {_round(found.pictures):,} pictures would settle it, {looks}. {seen}"


def settling(rows: Sequence[Difference]) -> str:
    """Of the headline metrics, what would settle the answer that they could not give."""
    if overall(rows) != CANNOT_TELL:
        return ""
    asked = [row for row in _headline(rows) if row.more]
    best = min(asked, key=lambda row: row.p, default=None)
    return f"{best.title}: {best.more}" if best is not None else ""


def _headline(rows: Sequence[Difference]) -> list[Difference]:
    return [row for row in rows if row.metric in HEADLINE]


def _name(row: Difference) -> str:
    """The title inside a sentence: people and abbreviations keep their capitals."""
    title = row.title
    return title if title.startswith("Fréchet") or title[1].isupper() else title[0].lower() + title[1:]


def _listed(titles: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return " and ".join([", ".join(titles[:-1]), titles[-1]] if len(titles) > 1 else titles)


def _round(count: int) -> int:
    """Two digits: an estimate from a difference that is itself uncertain is not known better. Never too few."""
    step: int = 10 ** max(0, len(str(count)) - 2)
    return -(-count // step) * step
