"""Every metric of METRICS on two sets of vectors, and results kept as lines of JSON, so that a study goes on where it
was stopped and a metric that changed (its version) is measured anew alone."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.study.fashion import KEPT, Vectors
from core import verdict
from core.metrics import METRICS, WITH_REFERENCE, Metric, Result
from core.metrics.pairing import Pairing
from core.metrics.result import NARROW, Given
from core.verdict import Gap, Measurement

Row = dict[str, Any]


def studied(judged: bool = False, names: Sequence[str] = ()) -> list[Metric]:
    """Metrics that need no more than two sets of vectors; if `judged` those with a direction alone; of these names."""
    found = [m for m in METRICS if m.of == "features" and not m.control and (not names or m.name in names)]
    return [m for m in found if m.direction != "none"] if judged else found


def fitting(metrics: Sequence[Metric], n: int, d: int) -> list[Metric]:
    """Those that n pictures a side in d dimensions are enough for."""
    return [m for m in metrics if not m.applies(Given(n, n, dim=d))]


def measure(metrics: Sequence[Metric], generated: Vectors, reference: Vectors) -> dict[str, Result]:
    pairing = Pairing(generated, reference)
    shared = {m.name: {"pairing": pairing} if m.shares else {} for m in metrics}
    return {
        m.name: m.compute(generated=generated, reference=reference, **shared[m.name], **m.parameters) for m in metrics
    }


def measurement(result: Result) -> Measurement:
    return Measurement(
        result.value, result.standard_error, result.low, result.high, result.influence, result.reference_influence
    )


def gaps(a: dict[str, Result], b: dict[str, Result], *, paired: bool) -> dict[str, Row]:
    """B minus A of every metric that both have, as rows to be kept."""
    return {name: asdict(_gap(name, a[name], b[name], paired)) for name in a if name in b}


def _gap(name: str, a: Result, b: Result, paired: bool) -> Gap:
    found = verdict.gap(measurement(a), measurement(b), paired=paired, with_reference=name in WITH_REFERENCE)
    return replace(found, holds=NARROW not in a.warning + b.warning)


def rng(*parts: object) -> np.random.Generator:
    """The same for the same parts, in every process."""
    return np.random.default_rng([zlib.crc32(str(part).encode()) for part in parts])


class Kept:
    """The rows of one scenario: a file a metric, a line a repeat."""

    def __init__(self, scenario: str) -> None:
        self.folder = KEPT / "rows" / scenario

    def file(self, metric: Metric) -> Path:
        return self.folder / f"{metric.name}-v{metric.version}.jsonl"

    def rows(self, metric: Metric) -> dict[int, Row]:
        """{repeat: row}"""
        path = self.file(metric)
        lines = path.read_text().splitlines() if path.exists() else []
        return {row.pop("repeat"): row for row in map(json.loads, lines)}

    def missing(self, metrics: Sequence[Metric], repeats: int) -> Iterator[tuple[int, list[Metric]]]:
        """(repeat, those of the metrics that have no row of it yet)."""
        have = {metric.name: set(self.rows(metric)) for metric in metrics}
        for repeat in range(repeats):
            todo = [metric for metric in metrics if repeat not in have[metric.name]]
            if todo:
                yield repeat, todo

    def add(self, repeat: int, metric: Metric, row: Row) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.file(metric).open("a") as file:
            file.write(json.dumps({"repeat": repeat, **row}) + "\n")


def repeat(
    scenario: str,
    metrics: Sequence[Metric],
    repeats: int,
    once: Callable[[int, list[Metric]], dict[str, Row]],
    until: float = np.inf,
) -> None:
    """Fill the rows of a scenario, until `time.monotonic()` reaches `until`."""
    kept, start = Kept(scenario), time.monotonic()
    for number, todo in kept.missing(metrics, repeats):
        if time.monotonic() > until:
            break
        found = once(number, todo)
        for metric in todo:
            kept.add(number, metric, found[metric.name])
        print(f"{scenario}: {number + 1} of {repeats}, {time.monotonic() - start:.0f} s", flush=True)
