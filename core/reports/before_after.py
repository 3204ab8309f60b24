"""Did a change of the latents help? Metrics of the pictures before and after, and a verdict on each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics import HEADLINE, WITH_REFERENCE, Metric, Result, get
from core.metrics.pairing import Pairing
from core.metrics.result import NARROW
from core.verdict import HEADLINE_WEIGHT, Measurement, gap, judge

Vectors = NDArray[np.float32]
ASKED = ("frechet", "kid", "precision", "recall", "density", "coverage")
Row = dict[str, Any]


def measure(generated: Vectors, reference: Vectors, names: Sequence[str] = ASKED) -> dict[str, Result]:
    """These metrics of (n, D) against (m, D); metrics that count neighbours take min(n, m) of each."""
    least = min(len(generated), len(reference))
    whole = Pairing(generated, reference)
    alike = len(generated) == len(reference)
    same = whole if alike else Pairing(generated[:least], reference[:least])  # one pass over the distances then
    return {name: _one(get(name), same if get(name).equal_sizes else whole) for name in names}


def _one(metric: Metric, pairing: Pairing) -> Result:
    shared: dict[str, Any] = {"pairing": pairing} if metric.shares else {}
    compute: Callable[..., Result] = metric.compute
    return compute(generated=pairing.generated, reference=pairing.reference, **shared, **metric.parameters)


def told(found: Result) -> Row:
    """A value with its interval, as JSON."""
    return {"value": found.value, "low": found.low, "high": found.high}


def verdicts(
    before: dict[str, Result], after: Sequence[dict[str, Result]], *, paired: bool
) -> list[list[Row]]:  # fmt: skip
    """One list a set of `after`, one row a metric: {"metric", "title", "direction", "before", "after", "difference",
    "low", "high", "p", "verdict", "warning"}. `paired`: row i of all sets comes from the same latent. Holm's correction
    is over all sets and metrics together."""
    asked = [(i, name) for i in range(len(after)) for name in before]
    gaps = [
        replace(
            gap(read(before[name]), read(after[i][name]), paired=paired, with_reference=name in WITH_REFERENCE),
            holds=not any(NARROW in one.warning for one in (before[name], after[i][name])),
        )
        for i, name in asked
    ]  # fmt: skip
    weights = [HEADLINE_WEIGHT if name in HEADLINE else 1.0 for _, name in asked]
    judged = judge(gaps, [get(name).direction for _, name in asked], weights)
    rows: list[list[Row]] = [[] for _ in after]
    for (i, name), difference, made in zip(asked, gaps, judged, strict=True):
        rows[i].append({
            "metric": name, "title": get(name).title, "direction": get(name).direction, "before": told(before[name]),
            "after": told(after[i][name]), "difference": difference.difference, "low": made.low, "high": made.high,
            "p": made.p, "verdict": made.verdict, "warning": before[name].warning or after[i][name].warning,
        })  # fmt: skip
    return rows


def read(one: Result) -> Measurement:
    return Measurement(one.value, one.standard_error, one.low, one.high, one.influence, one.reference_influence)


def sentence(rows: Sequence[Row], what: str) -> str:
    """What the verdicts say in words; `what` is what was done."""
    by = {v: [_inner(r["title"]) for r in rows if r["verdict"] == v] for v in ("better", "worse")}
    if not by["better"] and not by["worse"]:
        return f"{what}: these pictures cannot tell before and after apart."
    parts = [f"{verdict} by {', '.join(names)}" for verdict, names in by.items() if names]
    return f"{what}: {'; '.join(parts)}."


def _inner(title: str) -> str:
    return title if title.startswith("Fréchet") or title[1].isupper() else title[0].lower() + title[1:]
