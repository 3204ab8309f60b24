"""Which checkpoint of a run to keep and when to stop training: from paired verdicts on KID and coverage. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.metrics import WITH_REFERENCE, get
from core.verdict import BETTER, WORSE, Gap, Judged, Measurement, gap, judge

ASKED = ("kid", "coverage")
"""The metrics that decide. Both are honest with few pictures; KID sees what is wrong, coverage what is missing (Stein
et al. 2023: they follow people's judgement)."""


@dataclass(frozen=True)
class Candidate:
    """One checkpoint: `values` by metric (those of ASKED that it has), the latent `bank` of its pictures, and the
    metrics whose intervals do not hold (`narrow`), which decide nothing."""

    values: Mapping[str, Measurement]
    bank: int | str = ""
    narrow: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Choice:
    """`kept`: index of the checkpoint to keep; `alike`: the others that nothing beats; `beaten` (one a candidate): the
    indices of those that beat it; `against` (one a candidate): the verdicts on the kept one against it, by metric."""

    kept: int
    alike: tuple[int, ...]
    beaten: tuple[tuple[int, ...], ...]
    against: tuple[Mapping[str, Judged], ...]


def choose(candidates: Sequence[Candidate]) -> Choice:
    """Of candidates in the order of preference (checkpoints by step), the first that no other one beats.

    B beats A when it is better on a metric of ASKED and worse on none, by paired verdicts that are Holm-corrected over
    all others and both metrics: of checkpoints that are all alike the first is kept 95 times of 100 or more. Should
    every one be beaten, in a ring, it is the first of those that fewest beat. Raises ValueError without candidates.
    """
    if not candidates:
        raise ValueError("there is nothing to choose from")
    found = [_others_against(candidates, i) for i in range(len(candidates))]
    beaten = tuple(tuple(j for j, rows in enumerate(against) if beats(rows)) for against in found)
    kept = min(range(len(candidates)), key=lambda i: (len(beaten[i]), i))
    alike = tuple(i for i, by in enumerate(beaten) if not by and i != kept)
    return Choice(kept, alike, beaten, tuple({m: _turned(j) for m, j in rows.items()} for rows in found[kept]))


def beats(rows: Mapping[str, Judged]) -> bool:
    """Better on a metric and worse on none."""
    said = {one.verdict for one in rows.values()}
    return BETTER in said and WORSE not in said


def stalled(candidates: Sequence[Candidate], patience: int) -> bool:
    """Whether training may stop: of the last `patience` checkpoints none is better, on KID or on coverage, than the one
    to keep of those before. Verdicts are Holm-corrected over the last ones and both metrics. False while there are no
    more than `patience` checkpoints. Raises ValueError for a patience below 1."""
    if patience < 1:
        raise ValueError("patience is 1 or more checkpoints")
    before, last = candidates[:-patience], candidates[-patience:]
    if not before:
        return False
    best = before[choose(before).kept]
    return not any(one.verdict == BETTER for rows in _against(best, last) for one in rows.values())


def _others_against(candidates: Sequence[Candidate], i: int) -> list[dict[str, Judged]]:
    """The verdicts on every candidate against the i-th, together; none on itself."""
    others = [one for j, one in enumerate(candidates) if j != i]
    rows = _against(candidates[i], others)
    return [*rows[:i], {}, *rows[i:]]


def _against(one: Candidate, others: Sequence[Candidate]) -> list[dict[str, Judged]]:
    """The verdicts on each of `others` against `one`, corrected over all of them and their metrics."""
    asked = [(j, name) for j, other in enumerate(others) for name in ASKED if name in one.values.keys() & other.values]
    judged = judge([_gap(one, others[j], name) for j, name in asked], [get(name).direction for _, name in asked])
    rows: list[dict[str, Judged]] = [{} for _ in others]
    for (j, name), made in zip(asked, judged, strict=True):
        rows[j][name] = made
    return rows


def _gap(a: Candidate, b: Candidate, name: str) -> Gap:
    found = gap(a.values[name], b.values[name], paired=a.bank == b.bank, with_reference=name in WITH_REFERENCE)
    return Gap(
        found.difference, found.generated, found.reference, found.freedom, name not in a.narrow | b.narrow
    )  # fmt: skip


def _turned(one: Judged) -> Judged:
    """The same verdict seen from the other side."""
    verdict = {BETTER: WORSE, WORSE: BETTER}.get(one.verdict, one.verdict)
    return Judged(one.p, one.level, -one.high, -one.low, verdict)
