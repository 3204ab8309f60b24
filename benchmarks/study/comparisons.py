"""Equals told apart by mistake, and lost modes found: two checkpoints on one reference set, judged as Compare does.

All pictures are real ones, none used twice in a repeat. R is the reference, A and B are the checkpoints. In B
`same`: nothing is lost; `lostNN`: one class, 10% of R and of A, is less by NN percentage points; `mode05`: a class that
is 5% of R and of A is gone. The class changes from repeat to repeat. `unpaired`: B has other pictures than A;
`paired`: B has A's pictures where it can, as from the same latents (in `same` every second one).

The weight of the headline metrics in Holm's rule was chosen after the rates of SETTINGS had been looked at, so these
cannot check it. CONFIRMATION can: its seed and its cases were written down before the first of its repeats was made,
and nothing of the rule may be changed by what comes out of it without another seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.study import fashion, published
from benchmarks.study.measuring import Kept, Row, fitting, gaps, measure, repeat, rng, studied
from core.metrics import HEADLINE, Metric
from core.metrics.spread import CERTAIN
from core.verdict import HEADLINE_WEIGHT, Gap, judge

Indices = NDArray[np.int64]
LOST = {"same": 0.0, "lost02": 0.02, "lost05": 0.05, "lost10": 0.10, "mode05": 0.05}
"""How much of B's mass is gone."""
SHARE = {"mode05": 0.05}
"""Of the class in R and in A, where it is not 10%."""


@dataclass(frozen=True)
class Setting:
    """n pictures of A, of B and of R on `d` principal axes of their features."""

    n: int
    d: int
    repeats: int
    cases: tuple[str, ...]
    seed: int = 0
    """Of the confirmation; 0 for what the rule was chosen on."""
    gabor: bool = False
    """Gabor features instead of deep ones."""

    @property
    def name(self) -> str:
        what = f"confirm-{self.seed}" if self.seed else "compare"
        return f"{what}/{self.n}-{self.d}-{self.cases[0].replace(' ', '-')}"


SAME = ("same unpaired", "same paired")
ANY, TOP, LEAST = "any", "headline", "least"
"""Who flagged: any metric, any headline metric, any headline metric while those that were not measured are silent."""
SILENT = Gap(0.0, 0.0, 0.0, CERTAIN)
SETTINGS = (
    Setting(1000, 64, 200, SAME),
    Setting(1000, 48, 200, SAME, gabor=True),
    Setting(1000, 1280, 60, SAME[:1]),
    Setting(2000, 64, 100, SAME),
    Setting(5000, 64, 80, ("lost05 unpaired", SAME[0])),
    Setting(5000, 64, 30, ("lost02 unpaired", "lost05 paired", "lost10 unpaired")),
    Setting(5000, 64, 40, ("mode05 unpaired",)),
    Setting(5000, 1280, 12, ("lost05 unpaired",)),
)  # fmt: skip
SEED = 20261130
"""Drawn from once. After a change of the rule the next confirmation needs another."""
CONFIRMATION = (
    Setting(1000, 64, 200, SAME, SEED),
    Setting(5000, 64, 200, ("mode05 unpaired", "mode05 paired"), SEED),
    Setting(5000, 64, 200, ("lost05 unpaired",), SEED),
)
"""Equals at the size at which most were told apart before; both readings of "5% of the pictures are gone"."""


class Deck:
    """The 60,000 pictures, dealt without putting any back."""

    def __init__(self, rng: np.random.Generator, lost: int) -> None:
        mixed, inside = rng.permutation(60_000), fashion.labels() == lost
        self.rng = rng
        self.piles = {True: mixed[inside[mixed]], False: mixed[~inside[mixed]]}

    def deal(self, n: int, share: float) -> tuple[Indices, NDArray[np.bool_]]:
        """n rows, each of the class with chance `share`; and which are."""
        of_class = self.rng.random(n) < share
        rows = np.empty(n, np.int64)
        for inside, pile in self.piles.items():
            count = int((of_class == inside).sum())
            rows[of_class == inside], self.piles[inside] = pile[:count], pile[count:]
        return rows, of_class


def _b(deck: Deck, a: Indices, of_class: NDArray[np.bool_], share: float, case: str) -> Indices:
    what, way = case.split()
    if way == "unpaired":
        return deck.deal(len(a), share - LOST[what])[0]
    if what == "same":
        other, new = deck.rng.random(len(a)) < 0.5, share
    else:
        other, new = of_class & (deck.rng.random(len(a)) < LOST[what] / share), 0.0
    b = a.copy()
    b[other] = deck.deal(int(other.sum()), new)[0]
    return b


def _once(setting: Setting, share: float, number: int, metrics: list[Metric]) -> dict[str, Row]:
    vectors = fashion.gabor() if setting.gabor else fashion.reduced(setting.d)
    deck = Deck(rng(setting.name, share, number), number % 10)
    reference = vectors[deck.deal(setting.n, share)[0]]
    rows, of_class = deck.deal(setting.n, share)
    a = measure(metrics, vectors[rows], reference)
    found: dict[str, Row] = {metric.name: {} for metric in metrics}
    for case in setting.cases:
        b = measure(metrics, vectors[_b(deck, rows, of_class, share, case)], reference)
        for name, row in gaps(a, b, paired=case.endswith(" paired")).items():
            found[name][case] = row
    return found


def run(setting: Setting, repeats: int, until: float, names: Sequence[str] = ()) -> None:
    share = SHARE.get(setting.cases[0].split()[0], 0.1)
    repeat(
        setting.name,
        fitting(studied(judged=True, names=names), setting.n, setting.d),
        repeats,
        lambda number, metrics: _once(setting, share, number, metrics),
        until,
    )


@dataclass(frozen=True)
class Flagged:
    """How often a case was flagged. `by`: a metric, or ANY, TOP or LEAST after Holm's correction over all judged
    ones. `told`: mean error of the difference over the spread of the differences; `version`: of the
    metric, or of all that the rule is made of."""

    setting: str
    case: str
    by: str
    repeats: int
    better: float
    worse: float
    told: float = float("nan")
    version: str = ""

    @property
    def either(self) -> float:
        return self.better + self.worse

    @property
    def earlier(self) -> bool:
        """Whether its metric, or the rule, was another one then."""
        n, d = (int(part) for part in self.setting.split("/")[1].split("-")[:2])
        return self.version != _versions(fitting(studied(judged=True), n, d)).get(self.by)


def flagged(setting: Setting, case: str) -> list[Flagged]:
    judged = fitting(studied(judged=True), setting.n, setting.d)
    rows = {m.name: Kept(setting.name).rows(m) for m in judged}
    gaps = {name: {number: Gap(**row[case]) for number, row in own.items()} for name, own in rows.items()}
    versions, headline = _versions(judged), [m.name for m in judged if m.name in HEADLINE]
    whole = _ruled(judged, gaps, _common(gaps, gaps))
    lines = [
        (ANY, [set(found.values()) for found in whole]),
        (TOP, [{found[name] for name in headline} for found in whole]),
        (LEAST, [{found[name] for name in headline} for found in _ruled(judged, gaps, _common(gaps, headline))]),
    ]
    found = [_flagged(setting, case, by, versions[by], verdicts) for by, verdicts in lines if verdicts]
    for m in judged:
        alone = list(gaps[m.name].values())
        verdicts = [{judge([one], [m.direction])[0].verdict} for one in alone]
        if verdicts:
            found.append(_flagged(setting, case, m.name, versions[m.name], verdicts, _told(alone)))
    return found


def _common(gaps: dict[str, dict[int, Gap]], names: Iterable[str]) -> list[int]:
    """The repeats that all of these metrics were measured in."""
    return sorted(set.intersection(*(set(gaps[name]) for name in names)))


def _ruled(judged: Sequence[Metric], gaps: dict[str, dict[int, Gap]], numbers: Sequence[int]) -> list[dict[str, str]]:
    """The verdict of the rule on each metric in each of these repeats. A metric that was not measured in one is silent
    there: it keeps its weight, so that the others can only be found less often for it."""
    weights = [HEADLINE_WEIGHT if m.name in HEADLINE else 1.0 for m in judged]
    found = []
    for number in numbers:
        own = [gaps[m.name].get(number, SILENT) for m in judged]
        ruled = judge(own, [m.direction for m in judged], weights)
        found.append({m.name: row.verdict for m, row in zip(judged, ruled, strict=True)})
    return found


def _versions(judged: Sequence[Metric]) -> dict[str, str]:
    """Of every judged metric, and of the rule over them all: of its metrics and of the weight of the headline."""
    own = {m.name: str(m.version) for m in judged}
    rule = f"{HEADLINE_WEIGHT:g}x " + " ".join(f"{name}-{version}" for name, version in own.items())
    return dict.fromkeys((ANY, TOP, LEAST), rule) | own


def _flagged(
    setting: Setting, case: str, by: str, version: str, verdicts: list[set[str]], told: float = float("nan")
) -> Flagged:
    worse = np.mean(["worse" in found for found in verdicts])
    better = np.mean(["better" in found and "worse" not in found for found in verdicts])
    return Flagged(setting.name, case, by, len(verdicts), float(better), float(worse), told, version)


def _told(gaps: list[Gap]) -> float:
    spread = np.std([g.difference for g in gaps], ddof=1) if len(gaps) > 1 else 0
    return float(np.sqrt(np.mean([g.error**2 for g in gaps])) / spread) if spread > 0 else float("nan")


def everything(before: Path) -> list[Flagged]:
    """What was measured here, and elsewhere by the file `before`."""
    asked = [(setting, case) for setting in (*SETTINGS, *CONFIRMATION) for case in setting.cases]
    found = [row for setting, case in asked for row in flagged(setting, case)]
    versions = {
        (setting.name, case, by): version
        for setting, case in asked
        for by, version in _versions(fitting(studied(judged=True), setting.n, setting.d)).items()
    }
    return published.standing(
        found, published.read(before, Flagged), lambda row: (row.setting, row.case, row.by), versions
    )
