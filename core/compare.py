"""Is B better than A? Paired differences of metric values with intervals, and a verdict per metric."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core import checkpoints, results
from core.errors import NotFound
from core.metrics import HEADLINE, METRICS
from core.metrics.result import Z95
from core.results import EvaluationView, ValueView
from core.workspace import Workspace
from storage import vectors

ALPHA = 0.05
Influence = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """B minus A for one metric. `verdict`: 'better', 'worse', 'cannot tell', or '' for a metric without a direction;
    `p` is two-sided and Holm-corrected over the metrics that have one."""

    metric: str
    title: str
    direction: str
    a: ValueView
    b: ValueView
    difference: float
    low: float
    high: float
    standard_error: float
    p: float
    paired: bool
    verdict: str
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """Two checkpoints under one protocol."""

    a: str
    b: str
    protocol: str
    evaluation_a: EvaluationView
    evaluation_b: EvaluationView
    rows: list[Difference]

    @property
    def worse(self) -> list[Difference]:
        """Headline metrics on which B is worse: what a gate refuses for."""
        return [row for row in self.rows if row.metric in HEADLINE and row.verdict == "worse"]

    @property
    def verdicts(self) -> dict[str, str]:
        """{metric: verdict on B}."""
        return {row.metric: row.verdict for row in self.rows}

    @property
    def sentence(self) -> str:
        """The answer in words, headline metrics only."""
        found = {v: [r.title for r in self.rows if r.metric in HEADLINE and r.verdict == v] for v in VERDICTS}
        if found["worse"] and found["better"]:
            start = f"{self.b} and {self.a} each win somewhere"
        elif found["worse"]:
            start = f"{self.b} is worse than {self.a}"
        elif found["better"]:
            start = f"{self.b} is better than {self.a}"
        else:
            start = f"These pictures cannot tell {self.b} and {self.a} apart"
        said = [f"{v}: {', '.join(titles)}" for v, titles in found.items() if titles]
        return f"{start} ({'; '.join(said)})."


VERDICTS = ("better", "worse", "cannot tell")


def protocols(workspace: Workspace, a: int, b: int) -> list[tuple[EvaluationView, EvaluationView]]:
    """Pairs of evaluations of two checkpoints that were made alike, newest first.

    Raises NotFound, with the remedy, when there is none.
    """
    ones, twos = results.every(workspace, a), results.every(workspace, b)
    pairs = [(x, y) for x in ones for y in twos if _alike(x, y)]
    if not pairs:
        names = [checkpoints.get(workspace, number).label for number in (a, b)]
        raise NotFound(
            f"{names[0]} and {names[1]} have no evaluation under one protocol; evaluate both against the same "
            "reference set with the same extractor, n and seed."
        )
    return pairs


def _alike(x: EvaluationView, y: EvaluationView) -> bool:
    return any(x.values[m].fingerprint == y.values[m].fingerprint for m in x.values.keys() & y.values.keys())


def compare(
    workspace: Workspace, a: int, b: int, *, reference: str | None = None, extractor: str | None = None
) -> Comparison:
    """B against A under the newest protocol both have; `reference` (`name@2`, or name) and `extractor`
    choose among several. Raises NotFound when there is none."""
    pairs = protocols(workspace, a, b)
    chosen = [
        pair for pair in pairs
        if (reference is None or reference in _names(pair[0].reference))
        and (extractor is None or extractor == pair[0].extractor)
    ]  # fmt: skip
    if not chosen:
        have = "; ".join(dict.fromkeys(pair[0].protocol for pair in pairs))
        raise NotFound(f"Both were not evaluated against {reference} under {extractor}; there is: {have}.")
    return between(workspace, a, b, *chosen[0])


def between(workspace: Workspace, a: int, b: int, one: EvaluationView, two: EvaluationView) -> Comparison:
    """Checkpoint B against A by one of their `protocols`."""
    rows = [_difference(workspace, one, two, m.name) for m in METRICS if m.name in one.values and m.name in two.values]
    names = [checkpoints.get(workspace, number).label for number in (a, b)]
    return Comparison(names[0], names[1], one.protocol, one, two, _verdicts([r for r in rows if r is not None]))


def _names(label: str) -> tuple[str, str, str]:
    """What a reference set labelled 'faces v2' may be called: that, 'faces@2', or 'faces'."""
    name, version = label.rsplit(" v", 1)
    return label, f"{name}@{version}", name


def _difference(workspace: Workspace, one: EvaluationView, two: EvaluationView, metric: str) -> Difference | None:
    a, b = one.values[metric], two.values[metric]
    if a.fingerprint != b.fingerprint:
        return None
    paired = one.bank_id == two.bank_id
    error = _error(workspace, a, b, paired)
    gap = b.value - a.value
    return Difference(
        metric, a.title, a.direction, a, b, gap, gap - Z95 * error, gap + Z95 * error, error, _p(gap, error), paired,
        "", a.warning or b.warning,
    )  # fmt: skip


def _p(gap: float, error: float) -> float:
    """Two-sided p of a normal difference; 1 when both are the same number, 0 when they differ without any error."""
    from scipy.special import erfc

    if gap == 0:
        return 1.0
    return float(erfc(abs(gap) / error / np.sqrt(2))) if error > 0 else 0.0


def _error(workspace: Workspace, a: ValueView, b: ValueView, paired: bool) -> float:
    """Standard error of the difference: the reference pictures are always the same, the latents when `paired`."""
    if a.influence_id is None or b.influence_id is None:
        return float(np.hypot(a.standard_error or 0, b.standard_error or 0))
    with workspace.database.read() as session:
        one, two = (vectors.load(session, v.influence_id)[:, 0].astype(float) for v in (a, b) if v.influence_id)
    n = a.n
    generated = _variance(one[:n] - two[:n]) if paired else _variance(one[:n]) + _variance(two[:n])
    return float(np.sqrt(generated + _variance(one[n:] - two[n:])))


def _variance(influence: Influence) -> float:
    """Of the mean of `influence`."""
    return float(influence.var(ddof=1) / len(influence)) if len(influence) > 1 else 0.0


def _verdicts(rows: list[Difference]) -> list[Difference]:
    """Holm's step-down correction (1979) over the metrics with a direction, then the verdict."""
    judged = sorted((row for row in rows if row.direction != "none"), key=lambda row: row.p)
    corrected: dict[str, float] = {}
    largest = 0.0
    for rank, row in enumerate(judged):
        largest = max(largest, min(1.0, row.p * (len(judged) - rank)))
        corrected[row.metric] = largest
    return [
        row if row.direction == "none" else replace(row, p=corrected[row.metric], verdict=_verdict(row, corrected))
        for row in rows
    ]


def _verdict(row: Difference, corrected: dict[str, float]) -> str:
    if corrected[row.metric] >= ALPHA:
        return "cannot tell"
    return "better" if (row.difference < 0) == (row.direction == "lower") else "worse"
