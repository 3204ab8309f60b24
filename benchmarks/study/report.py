"""docs/study.md and the CSV files, out of what was measured so far."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.study import comparisons, coverage
from benchmarks.study.comparisons import Flagged
from benchmarks.study.coverage import LEAST, MOST, Held
from benchmarks.study.measuring import studied
from benchmarks.study.populations import POPULATIONS

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).parent / "results"
PAGE = ROOT / "docs" / "study.md"
INTRODUCTION = Path(__file__).parent / "introduction.md"
TITLES = {"any": "**any metric**", "headline": "**any headline metric**"}
SAID = {
    "same": "equals, nothing lost", "lost02": "one class less by 2 points", "lost05": "one class less by 5 points",
    "lost10": "one class, 10%, gone", "mode05": "one mode, 5%, gone",
}  # fmt: skip


def write() -> None:
    held, flagged = coverage.everything(), comparisons.everything()
    RESULTS.mkdir(exist_ok=True)
    _csv(RESULTS / "coverage.csv", held)
    _csv(RESULTS / "comparisons.csv", flagged)
    parts = [INTRODUCTION.read_text().rstrip(), *_coverage(held), *_comparisons(flagged)]
    PAGE.write_text("\n\n".join(parts) + "\n")
    print(f"{PAGE.relative_to(ROOT)}: {len(held)} intervals, {len(flagged)} rates")


def _csv(path: Path, rows: Sequence[Any]) -> None:
    if not rows:
        return
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(asdict(rows[0])), lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in asdict(row).items()} for row in rows)


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, ["---", *["---:"] * (len(heading) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _coverage(held: Sequence[Held]) -> Iterator[str]:
    yield (
        "## Do the intervals hold?\n"
        "Each cell: percent of the 95% intervals that held their target, and in brackets the mean standard error over "
        "the true spread.\n✗: outside 93 to 97 by more than twice the chance error of so many repeats. ⚠: so many "
        "percent of the values say themselves\nthat their interval is too narrow, and decide nothing. –: not measured."
    )
    for population in POPULATIONS:
        own = [row for row in held if row.population == population.name]
        sizes = {n: _span([row.repeats for row in own if row.n == n]) for n in coverage.SIZES}
        sizes = {n: span for n, span in sizes.items() if span}
        if own:
            heading = [population.title, *(f"n = {n:,} ({span} repeats)" for n, span in sizes.items())]
            cells = {(row.metric, row.n): _cell(row) for row in own}
            rows = [[m.title, *(cells.get((m.name, n), "–") for n in sizes)] for m in studied()]
            yield _table(heading, rows)


def _span(repeats: Sequence[int]) -> str:
    least, most = min(repeats, default=0), max(repeats, default=0)
    return "" if not repeats else f"{most}" if least == most else f"{least} to {most}"


def _cell(row: Held) -> str:
    # The chance error at 95%: of the share itself it would be 0 where every interval held.
    slack = 2 * (0.95 * 0.05 / row.repeats) ** 0.5
    failed = "" if LEAST - slack <= row.held <= MOST + slack else " ✗"
    warned = f" ⚠ {100 * row.warned:.0f}" if row.warned else ""
    return f"{100 * row.held:.1f} ({row.told:.2f}){failed}{warned}"


def _comparisons(flagged: Sequence[Flagged]) -> Iterator[str]:
    yield "## Are equals told apart?\nFlagged *better* or *worse*, in percent, where nothing differs."
    yield from _rates([row for row in flagged if row.case.startswith("same ")])
    yield "## Is a lost mode found?\nFlagged *worse*, in percent, and after the comma how often *better*."
    yield from _rates([row for row in flagged if not row.case.startswith("same ")])


def _rates(rows: Sequence[Flagged]) -> Iterator[str]:
    for case in dict.fromkeys(row.case for row in rows):
        own = [row for row in rows if row.case == case]
        settings = {row.setting: row.repeats for row in own}
        what, way = case.split()
        heading = [f"{SAID[what]}, {way}", *(_where(name, times) for name, times in settings.items())]
        cells = {(row.by, row.setting): _rate(row) for row in own}
        titles = TITLES | {m.name: m.title for m in studied(judged=True)}
        lines = [[title, *(cells.get((by, s), "–") for s in settings)] for by, title in titles.items()]
        yield _table(heading, lines)


def _where(setting: str, repeats: int) -> str:
    n, d = setting.removeprefix("compare/").split("-")[:2]
    return f"n = {int(n):,}, {int(d):,} axes ({repeats} repeats)"


def _rate(row: Flagged) -> str:
    if row.case.startswith("same "):
        return f"{100 * row.either:.1f}" + (f" ({row.told:.2f})" if row.told == row.told else "")
    return f"{100 * row.worse:.0f}" + (f", better {100 * row.better:.0f}" if row.better else "")
