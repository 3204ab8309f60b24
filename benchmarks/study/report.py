"""docs/study.md and the CSV files, out of what was measured so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.study import comparisons, coverage, published
from benchmarks.study.comparisons import ANY, CONFIRMATION, LEAST, SETTINGS, TOP, Flagged
from benchmarks.study.coverage import Held
from benchmarks.study.measuring import studied
from benchmarks.study.populations import POPULATIONS
from core.metrics import get
from core.metrics.chance import wilson

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).parent / "results"
PAGE = ROOT / "docs" / "study.md"
INTRODUCTION = Path(__file__).parent / "introduction.md"
TITLES = {ANY: "**any metric**", TOP: "**any headline metric**", LEAST: "**any headline metric, the others silent**"}
SAID = {
    "same": "equals, nothing lost", "lost02": "one class less by 2 points", "lost05": "one class less by 5 points",
    "lost10": "one class, 10%, gone", "mode05": "one mode, 5%, gone",
}  # fmt: skip
WAYS = {"unpaired": "unlike latents", "paired": "shared latents"}
LIMIT, FOUND = 0.05, 0.80
"""What the verdicts promise: equals flagged in at most, a loss found in at least."""
EARLIER = " †"
TELLING = 0.12
"""A share whose interval is wider than this tells little."""

CONFIRMED = """\
## Confirmed on fresh draws?
The weights of the rule were chosen on the tables at the end of this page, so those cannot check it. These rows were
drawn afterwards, once, from a seed that stood in the code before the first repeat. *Flagged*: equals by any metric in
any direction, a loss as *worse* by any headline metric. *By chance*: the 95% interval of the share (Wilson 1927).
*Headline metrics alone*: in more repeats than the whole rule was affordable in, only the three of the answer were
measured. The others count as silent there, so that the rule finds a loss at most as often as it would with them."""
INTERVALS = """\
## Do the intervals hold?
A row is one metric at one size.
- *Held*: percent of the 95% intervals that held their target; *by chance*: the 95% interval of that share.
- *Error*: the mean standard error over the true spread; 1 is right, below 1 the intervals are too short.
- *Too narrow*, *too wide*: the whole chance interval lies below 93 or above 97. *Few repeats*: it spans over 12.
- *Warns*: the value says so itself, on the pages and in the terminal. *Decides nothing*: no verdict comes from it.
- †, here and below: measured with an earlier version of the metric, or of one of those that the rule asks."""
EQUALS = """\
## Are equals told apart?
Flagged *better* or *worse*, in percent, where nothing differs. *Error*: the mean error of the difference over its true
spread. The rule was chosen on these repeats and on those of the next section."""
LOSSES = """\
## Is a lost mode found?
Flagged *worse*, and beside it how often *better*, in percent."""


def write() -> None:
    files = RESULTS / "coverage.csv", RESULTS / "comparisons.csv"
    held, flagged = coverage.everything(files[0]), comparisons.everything(files[1])
    published.write(files[0], held)
    published.write(files[1], flagged)
    fresh = {setting.name for setting in CONFIRMATION}
    chosen_on = [row for row in flagged if row.setting not in fresh]
    parts = [
        INTRODUCTION.read_text().rstrip(),
        *_confirmation([row for row in flagged if row.setting in fresh]),
        *_coverage(held),
        *_comparisons(chosen_on),
    ]
    PAGE.write_text("\n\n".join(parts) + "\n")
    print(f"{PAGE.relative_to(ROOT)}: {len(held)} intervals, {len(flagged)} rates")


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[int] = (0,)) -> str:
    """`words`: columns that hold words and stand to the left."""
    line = ["---" if column in words else "---:" for column in range(len(heading))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heading, line, *rows))


def _percent(low: float, high: float) -> str:
    return f"{100 * low:.1f} to {100 * high:.1f}"


def _confirmation(rows: Sequence[Flagged]) -> Iterator[str]:
    if not rows:
        return
    yield CONFIRMED
    asked = [row for row in rows if row.by in ((ANY,) if row.case.startswith("same ") else (TOP, LEAST))]
    most: dict[tuple[str, str], int] = {}
    for row in asked:
        most[row.setting, row.case] = max(row.repeats, most.get((row.setting, row.case), 0))
    asked = [row for row in asked if row.repeats == most[row.setting, row.case] and not _same_as_whole(row, asked)]
    heading = ["what", "from", "n", "d", "repeats", "flagged, %", "by chance", "promised", "so"]
    yield _table(heading, [_confirmed(row) for row in asked], words=(0, 1, 8))
    yield "Each metric asked alone, in the same draws:"
    yield from _rates(rows, alone=True)


def _confirmed(row: Flagged) -> list[str]:
    what, way = row.case.split()
    equals = what == "same"
    share = row.either if equals else row.worse
    low, high = wilson(round(share * row.repeats), row.repeats)
    so = _kept(share, low, high, equals)
    promised = "at most 5" if equals else "at least 80"
    who = SAID[what] + (" (headline metrics alone)" if row.by == LEAST else "")
    return [
        who + EARLIER * row.earlier, WAYS[way], *_where(row.setting), str(row.repeats), f"{100 * share:.1f}",
        _percent(low, high), promised, so,
    ]  # fmt: skip


def _same_as_whole(row: Flagged, rows: Sequence[Flagged]) -> bool:
    """Whether the whole rule was asked in as many repeats, so that the headline metrics alone say nothing more."""
    return row.by == LEAST and any(
        other.by == TOP and (other.setting, other.case, other.repeats) == (row.setting, row.case, row.repeats)
        for other in rows
    )


def _kept(share: float, low: float, high: float, equals: bool) -> str:
    """Whether a promise is kept, by the share and its chance interval."""
    if high <= LIMIT if equals else low >= FOUND:
        return "kept"
    if low > LIMIT if equals else high < FOUND:
        return "**not kept**"
    if high - low > TELLING:
        return "open: too few repeats"
    return "kept, within chance" if (share <= LIMIT if equals else share >= FOUND) else "missed, within chance"


def _where(setting: str) -> list[str]:
    """n and d, of the name of a setting."""
    n, d = setting.split("/")[1].split("-")[:2]
    return [f"{int(n):,}", f"{int(d):,}"]


def _coverage(held: Sequence[Held]) -> Iterator[str]:
    yield INTERVALS
    for population in POPULATIONS:
        own = [row for row in held if row.population == population.name]
        own.sort(key=lambda row: ([m.name for m in studied()].index(row.metric), row.n))
        if own:
            yield f"### {population.title}"
            heading = ["metric", "n", "d", "repeats", "held, %", "by chance", "error", "so"]
            yield _table(heading, [_line(row, population.d) for row in own], words=(0, 7))


def _line(row: Held, d: int) -> list[str]:
    return [
        get(row.metric).title + EARLIER * row.earlier, f"{row.n:,}", f"{d:,}", str(row.repeats),
        f"{100 * row.held:.1f}", _percent(*row.interval), f"{row.told:.2f}", _so(row),
    ]  # fmt: skip


def _so(row: Held) -> str:
    low, high = row.interval
    found = row.fails or ("few repeats" if high - low > TELLING else "holds")
    if row.warned:
        rest = f"warns, decides nothing ({100 * row.warned:.0f}%)" if row.warned < 1 else "warns, decides nothing"
    else:
        rest = "warns" if row.cautioned else ""
    if row.fails and max(row.warned, row.cautioned) < 0.5:
        rest = f"**silent** {rest}".strip()
    return "; ".join(filter(None, [found, rest]))


def _comparisons(flagged: Sequence[Flagged]) -> Iterator[str]:
    yield EQUALS
    yield from _rates([row for row in flagged if row.case.startswith("same ")])
    yield LOSSES
    yield from _rates([row for row in flagged if not row.case.startswith("same ")])


def _rates(rows: Sequence[Flagged], *, alone: bool = False) -> Iterator[str]:
    """A table for each case, a line for each metric and size; `alone`: without the lines of the rule over them all."""
    titles = TITLES | {m.name: m.title for m in studied(judged=True)}
    order = [setting.name for setting in (*SETTINGS, *CONFIRMATION)]
    for case in dict.fromkeys(row.case for row in rows):
        own = [row for row in rows if row.case == case and not (row.by in TITLES if alone else row.by == LEAST)]
        own.sort(key=lambda row: (list(titles).index(row.by), order.index(row.setting)))
        what, way = case.split()
        equals = what == "same"
        heading = ["flagged, %" if equals else "worse, %", "by chance", "error" if equals else "better, %"]
        lines = [
            [titles[row.by] + EARLIER * row.earlier, *_where(row.setting), str(row.repeats), *_rate(row, equals)]
            for row in own
        ]
        yield f"### {SAID[what][0].upper()}{SAID[what][1:]}, {WAYS[way]}"
        yield _table(["metric", "n", "d", "repeats", *heading], lines)


def _rate(row: Flagged, equals: bool) -> list[str]:
    share = row.either if equals else row.worse
    beside = ("–" if row.told != row.told else f"{row.told:.2f}") if equals else f"{100 * row.better:.0f}"
    return [f"{100 * share:.1f}", _percent(*wilson(round(share * row.repeats), row.repeats)), beside]
