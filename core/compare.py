"""Is B better than A? Differences of metric values on the same pictures, with intervals and a verdict per metric."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy.orm import Session

from core import answers, checkpoints, differing, references, results, shelf
from core.errors import NotFound, Refused
from core.memory import Memory
from core.metrics import HEADLINE, METRICS, WITH_REFERENCE, get
from core.metrics.result import NARROW
from core.results import EvaluationView, ValueView
from core.verdict import CANNOT_TELL, HEADLINE_WEIGHT, WORSE, Gap, Measurement, gap, judge, remedy
from core.workspace import Workspace
from storage import vectors

Pair = tuple[EvaluationView, EvaluationView]
_memory = Memory(256)


@dataclass(frozen=True)
class Difference:
    """B minus A for one metric. `verdict`: 'better', 'worse', 'cannot tell', or '' for a metric without a direction.

    `p` is two-sided and Holm-corrected over the metrics that have a direction; `low` and `high` have confidence
    `level`, that of the correction, so that they hold 0 exactly where the verdict is 'cannot tell'. `more`: what
    would settle a 'cannot tell'; `note`: a warning about the values.
    """

    metric: str
    title: str
    direction: str
    a: ValueView
    b: ValueView
    difference: float
    low: float
    high: float
    level: float
    standard_error: float
    p: float
    paired: bool
    verdict: str
    more: str = ""
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """Two checkpoints under one protocol. `apart`: metrics that were not measured alike, and in what."""

    a: str
    b: str
    protocol: str
    evaluation_a: EvaluationView
    evaluation_b: EvaluationView
    rows: list[Difference]
    apart: list[str]

    @property
    def judged(self) -> list[Difference]:
        """Metrics that have a better direction."""
        return [row for row in self.rows if row.direction != "none"]

    @property
    def described(self) -> list[Difference]:
        """Metrics that have none."""
        return [row for row in self.rows if row.direction == "none"]

    @property
    def worse(self) -> list[Difference]:
        """Headline metrics on which B is worse: what a gate refuses for."""
        return [row for row in self.rows if row.metric in HEADLINE and row.verdict == WORSE]

    @property
    def verdicts(self) -> dict[str, str]:
        """{metric: verdict on B}."""
        return {row.metric: row.verdict for row in self.rows}

    @property
    def answer(self) -> str:
        """The headline metrics together: 'better', 'worse', 'mixed' or 'cannot tell'."""
        return answers.overall(self.rows)

    @property
    def sentence(self) -> str:
        """The answer in words."""
        return answers.sentence(self.a, self.b, self.rows)

    @property
    def beside(self) -> list[str]:
        """How near real pictures are, and what would settle an open answer: sentences to be read with the answer."""
        said = (answers.floor(self.a, self.b, self.rows), answers.settling(self.rows))
        return [one for one in said if one]

    @property
    def made_by(self) -> list[str]:
        """What made the pictures of each, where it is not what the format of both checkpoints says, and by how much
        they differ from TensorFlow's."""
        both = {self.a: self.evaluation_a.made_by, self.b: self.evaluation_b.made_by}
        own = "made by what its format says"
        return [f"Pictures of {label}: {said or own}." for label, said in both.items()] if any(both.values()) else []


def protocols(workspace: Workspace, a: int, b: int) -> list[Pair]:
    """Pairs of evaluations of two checkpoints that were made alike, newest first.

    Raises NotFound when there is none, with the part in which they differ and the remedy.
    """
    ones, twos = results.every(workspace, a), results.every(workspace, b)
    pairs = [(x, y) for x in ones for y in twos if _alike(x, y)]
    if not pairs:
        names = [checkpoints.get(workspace, number).label for number in (a, b)]
        raise NotFound(_unlike(workspace, names, ones, twos))
    return pairs


def by_protocol(pairs: list[Pair]) -> dict[str, Pair]:
    """The newest pair of each protocol, the newest first, under what an address calls it: the reference set and the
    extractor, and where these have several, n and seed of all but the newest as well."""
    found: dict[str, Pair] = {}
    for one, two in pairs:
        short = f"{one.reference}|{one.extractor}"
        first = found.setdefault(short, (one, two))[0]
        if (first.n, first.seed) != (one.n, one.seed):
            found.setdefault(f"{short}|{one.n}|{one.seed}", (one, two))
    return found


def _alike(x: EvaluationView, y: EvaluationView) -> bool:
    return any(x.values[m].fingerprint == y.values[m].fingerprint for m in x.values.keys() & y.values.keys())


def _unlike(workspace: Workspace, names: list[str], ones: list[EvaluationView], twos: list[EvaluationView]) -> str:
    """Why two checkpoints cannot be compared: the pair of evaluations that comes nearest says it."""
    remedy = "evaluate both against the same reference set with the same extractor, n and seed"
    for name, found in zip(names, (ones, twos), strict=True):
        if not found:
            return f"{name} has no numbers yet; {remedy}."
    parts = [_parts(workspace, x, y, m) for x in ones for y in twos for m in x.values.keys() & y.values.keys()]
    nearest = min(parts, key=len, default=[])
    return f"{names[0]} and {names[1]} were not measured alike ({'; '.join(nearest)}); {remedy}."


def _parts(workspace: Workspace, x: EvaluationView, y: EvaluationView, metric: str) -> list[str]:
    return differing.parts(workspace, x.values[metric].fingerprint, y.values[metric].fingerprint)


def compare(
    workspace: Workspace,
    a: int,
    b: int,
    *,
    reference: str | None = None,
    extractor: str | None = None,
    n: int | None = None,
    seed: int | None = None,
) -> Comparison:
    """B against A under the newest protocol both have; `reference` (`name@2`, or name), `extractor`, `n` and `seed`
    choose among several. Raises NotFound when there is none."""
    pairs = protocols(workspace, a, b)
    wanted = {"extractor": extractor, "n": n, "seed": seed}

    def asked(view: EvaluationView) -> bool:
        at_reference = reference is None or reference in reference_names(view.reference)
        return at_reference and all(v is None or v == getattr(view, name) for name, v in wanted.items())

    chosen = [pair for pair in pairs if asked(pair[0])]
    if chosen:
        return between(workspace, a, b, *chosen[0])
    _exist(workspace, pairs, reference, extractor)
    names = [checkpoints.get(workspace, number).label for number in (a, b)]
    ones, twos = ([view for view in results.every(workspace, number) if asked(view)] for number in (a, b))
    if ones and twos:
        raise NotFound(_unlike(workspace, names, ones, twos))
    asked_for = {"against": reference, "under": extractor, "with n": n, "with seed": seed}
    how = "".join(f" {word} {value}" for word, value in asked_for.items() if value is not None)
    have = "; ".join(dict.fromkeys(pair[0].protocol for pair in pairs))
    raise NotFound(f"{names[0]} and {names[1]} were not both evaluated{how}; there is: {have}.")


def _exist(workspace: Workspace, pairs: list[Pair], reference: str | None, extractor: str | None) -> None:
    """Raises NotFound for a reference set or an extractor that is not there: a slip in a name is said to be one."""
    measured = [view for pair in pairs for view in pair]
    if reference is not None and not any(reference in reference_names(view.reference) for view in measured):
        references.find(workspace, reference)
    if extractor is not None and all(extractor != view.extractor for view in measured):
        shelf.get(workspace, extractor)


def between(workspace: Workspace, a: int, b: int, one: EvaluationView, two: EvaluationView) -> Comparison:
    """Checkpoint B against A by one of their `protocols`."""
    both = [m.name for m in METRICS if m.name in one.values and m.name in two.values]
    alike = [name for name in both if one.values[name].fingerprint == two.values[name].fingerprint]
    names = [checkpoints.get(workspace, number).label for number in (a, b)]
    apart = [
        f"{one.values[name].title} ({'; '.join(_parts(workspace, one, two, name))})"
        for name in both if name not in alike
    ]  # fmt: skip
    return Comparison(names[0], names[1], one.protocol, one, two, _rows(workspace, one, two, alike), apart)


def remembered(workspace: Workspace, a: int, b: int, one: EvaluationView, two: EvaluationView) -> Comparison:
    """As `between`, kept in memory: an evaluation never changes, so neither does the answer."""
    made: Comparison = _memory.get((workspace.uuid, a, b, one.id, two.id), lambda: between(workspace, a, b, one, two))
    return made


def with_previous(
    workspace: Workspace, checkpoint_id: int, evaluation: EvaluationView
) -> tuple[int, Comparison] | None:
    """This checkpoint against the nearest earlier step of its run that was measured alike, and the id of that one; None
    where there is none."""
    own = checkpoints.get(workspace, checkpoint_id)
    earlier = [c for c in checkpoints.every(workspace, run=own.run) if c.step < own.step]
    views = results.every(workspace)
    for other in sorted(earlier, key=lambda c: -c.step):
        for view in views:
            if other.id in view.checkpoint_ids and _alike(view, evaluation):
                return other.id, remembered(workspace, other.id, checkpoint_id, view, evaluation)
    return None


def gate(found: Comparison) -> bool:
    """Whether B may pass. Raises Refused where a headline metric was not measured alike: no answer is no pass."""
    missing = [get(name).title for name in HEADLINE if name not in found.verdicts]
    if missing:
        apart = "; ".join(one for one in found.apart if one.startswith(tuple(missing)))
        raise Refused(
            f"{found.a} and {found.b} were not measured alike: {apart or ', '.join(missing)}. The gate asks all of "
            f"{', '.join(get(name).title for name in HEADLINE)}; evaluate both again."
        )
    return not found.worse


def reference_names(label: str) -> tuple[str, str, str]:
    """What a reference set labelled 'faces v2' may be called: that, 'faces@2', or 'faces'."""
    name, version = label.rsplit(" v", 1)
    return label, f"{name}@{version}", name


def _rows(workspace: Workspace, one: EvaluationView, two: EvaluationView, metrics: list[str]) -> list[Difference]:
    paired = one.bank_id == two.bank_id
    values = [(one.values[name], two.values[name]) for name in metrics]
    with workspace.database.read() as session:
        gaps = [_gap(session, a, b, paired) for a, b in values]
    available = references.get(workspace, one.reference_set_id).m
    weights = [HEADLINE_WEIGHT if a.metric in HEADLINE else 1.0 for a, _ in values]
    judged = judge(gaps, [a.direction for a, _ in values], weights)
    rows = [
        Difference(
            a.metric, a.title, a.direction, a, b, found.difference, made.low, made.high, made.level, found.error,
            made.p, paired, made.verdict, "", _both(a.warning, b.warning),
        )
        for (a, b), found, made in zip(values, gaps, judged, strict=True)
    ]  # fmt: skip
    return [_with_remedy(row, found, available) for row, found in zip(rows, gaps, strict=True)]


def _both(one: str, other: str) -> str:
    """Two warnings, what one says of both once."""
    return max(one, other, key=len) if one in other or other in one else f"{one} {other}"


def _with_remedy(row: Difference, found: Gap, available: int) -> Difference:
    if row.verdict != CANNOT_TELL:
        return row
    if not found.holds:
        return replace(row, more=answers.NO_INTERVAL)
    equal_sizes = get(row.metric).equal_sizes
    asked = remedy(found, row.level, n=row.a.n, m=row.a.m, available=available, equal_sizes=equal_sizes)
    return replace(row, more=answers.more(row, asked))


def _gap(session: Session, a: ValueView, b: ValueView, paired: bool) -> Gap:
    one, two = measurement(session, a), measurement(session, b)
    found = gap(one, two, paired=paired, with_reference=a.metric in WITH_REFERENCE)
    # KID of large features was once stored with an error that is no number.
    return replace(found, holds=_hold(a, b) and bool(np.isfinite([found.difference, found.error]).all()))


def _hold(*values: ValueView) -> bool:
    """Whether no value says of its own interval that it is too narrow: what is told by such an error is not told."""
    return not any(NARROW in value.warning for value in values)


def measurement(session: Session, value: ValueView) -> Measurement:
    """The value with its influences: one column of n + m rows, generated pictures first."""
    generated = reference = None
    if value.influence_id is not None:
        influence = np.asarray(vectors.load(session, value.influence_id)[:, 0], np.float64)
        generated, reference = influence[: value.n], influence[value.n :]
    return Measurement(value.value, value.standard_error, value.low, value.high, generated, reference)
