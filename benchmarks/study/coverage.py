"""Do nominal 95% intervals hold the truth in 93 to 97 of 100 repeats?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.study import published
from benchmarks.study.measuring import Kept, Row, fitting, measure, repeat, rng, studied
from benchmarks.study.populations import POPULATIONS, Population
from core.metrics import Metric, get
from core.metrics.chance import wilson
from core.metrics.result import NARROW, ROUGH

SIZES = {500: 400, 2000: 200, 10_000: 200}
"""n = m, and how many repeats: fewer where one is dear."""
LEAST, MOST = 0.93, 0.97


@dataclass(frozen=True)
class Held:
    """One metric in one population at one n. `target`: the expectation at this n (mean of all repeats); `held`: share
    of intervals that hold it, `chance`: its standard error; `told`: mean standard error over the spread of repeats;
    `warned`: share of values that say themselves that their interval is too narrow, `cautioned`: that it holds
    somewhat less or more often; `truth`, `held_truth`: the value for infinitely many pictures and how many intervals
    hold that one; `version`: of the metric."""

    metric: str
    population: str
    n: int
    repeats: int
    target: float
    held: float
    chance: float
    told: float
    warned: float
    truth: float | None
    held_truth: float | None
    cautioned: float = 0.0
    version: str = ""

    @property
    def earlier(self) -> bool:
        """Whether its metric was of another version then."""
        return self.version != str(get(self.metric).version)

    @property
    def interval(self) -> tuple[float, float]:
        """Of the share, by chance of so many repeats (Wilson 1927)."""
        return wilson(round(self.held * self.repeats), self.repeats)

    @property
    def fails(self) -> str:
        """'too narrow' or 'too wide' where the whole interval of the share lies outside what it should be."""
        low, high = self.interval
        return "too narrow" if high < LEAST else "too wide" if low > MOST else ""


def run(population: Population, n: int, repeats: int, until: float, names: Sequence[str] = ()) -> None:
    metrics = fitting(studied(names=names), n, population.d)
    repeat(_scenario(population, n), metrics, repeats, partial(_once, population, n), until)


def _scenario(population: Population, n: int) -> str:
    return f"coverage/{population.name}-{n}"


def _once(population: Population, n: int, number: int, metrics: list[Metric]) -> dict[str, Row]:
    generated, reference = population.draw(rng("coverage", population.name, n, number), n)
    found = measure(metrics, generated, reference)
    return {
        name: {
            "value": r.value, "low": r.low, "high": r.high, "error": r.standard_error, "warned": NARROW in r.warning,
            "cautioned": ROUGH in r.warning,
        }
        for name, r in found.items()
    }  # fmt: skip


def held(population: Population, n: int) -> list[Held]:
    """Of every metric with an interval."""
    kept = Kept(_scenario(population, n))
    rows = [(metric, [row for row in kept.rows(metric).values() if row["low"] is not None]) for metric in studied()]
    return [_held(population, n, metric, found) for metric, found in rows if len(found) > 1]


def _held(population: Population, n: int, metric: Metric, rows: list[Row]) -> Held:
    value, low, high, error = (
        np.array([row[k] if row[k] is not None else np.nan for row in rows], float)
        for k in ("value", "low", "high", "error")
    )
    # Drawn without replacement from N pictures, a mean of n varies by sqrt(1 - n/N) less than its error says.
    factor = np.sqrt(1 - n / population.size) if population.size else 1.0
    low, high = value - factor * (value - low), value + factor * (high - value)
    target = float(value.mean())
    share = float(((low <= target) & (target <= high)).mean())
    truth = population.truth.get(metric.name)
    spread = float(value.std(ddof=1))
    return Held(
        metric.name, population.name, n, len(rows), target, share, float(np.sqrt(share * (1 - share) / len(rows))),
        factor * float(np.sqrt((error**2).mean())) / spread if spread > 0 else float("nan"),
        float(np.mean([row.get("warned", False) for row in rows])), truth,
        None if truth is None else float(((low <= truth) & (truth <= high)).mean()),
        float(np.mean([row.get("cautioned", False) for row in rows])), str(metric.version),
    )  # fmt: skip


def everything(before: Path) -> list[Held]:
    """What was measured here, and elsewhere by the file `before`."""
    found = [row for p in POPULATIONS for n in SIZES for row in held(p, n)]
    versions = {(p.name, n, m.name): str(m.version) for p in POPULATIONS for n in SIZES for m in studied()}
    return published.standing(
        found, published.read(before, Held), lambda row: (row.population, row.n, row.metric), versions
    )
