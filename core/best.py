"""Which checkpoint of a run to keep: `core.selection` on what was measured, beside the lowest loss and the last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from core import checkpoints, compare, references, trends
from core.answers import MIXED
from core.checkpoints import CheckpointView
from core.errors import NotFound
from core.memory import Memory
from core.metrics.result import NARROW
from core.selection import ASKED, Candidate, Choice, beats, choose, stalled
from core.trends import Point, Series
from core.verdict import BETTER, CANNOT_TELL, WORSE, Judged
from core.workspace import Workspace

PATIENCE = 5
"""Checkpoints without a better one after which a run is said to stand still."""
_memory = Memory(256)
Measured = Mapping[str, Sequence[Series]]
"""Lines of each metric, of one run or several."""


@dataclass(frozen=True)
class Row:
    """One checkpoint of a run: its values, its loss where it was trained here, and the verdicts on the kept one against
    it (`against`, empty for the kept one itself)."""

    checkpoint: CheckpointView
    point: Point
    coverage: Point
    loss: float | None
    against: Mapping[str, Judged]
    roles: tuple[str, ...]
    """Of 'keep', 'alike', 'lowest loss', 'last'."""


@dataclass(frozen=True)
class Best:
    """`rows` by step. `stalled`: none of the last PATIENCE checkpoints is better than the best before them."""

    run: str
    protocol: str
    rows: list[Row]
    kept: Row
    stalled: bool
    unlike: int = 0
    """Checkpoints of the run that were not measured by this protocol: nothing is said of them."""

    def of_role(self, role: str) -> Row | None:
        return next((row for row in self.rows if role in row.roles), None)

    @property
    def sentence(self) -> str:
        """Which one, and why."""
        alike = [f"{row.checkpoint.step:,}" for row in self.rows if "alike" in row.roles]
        why = f"no other of the {len(self.rows)} measured checkpoints beats it on KID and coverage"
        if alike:
            why = f"nothing beats it on KID and coverage, nor step {', '.join(alike)}; of these it is the earliest"
        return f"Keep step {self.kept.checkpoint.step:,}: {why}.{self._left_out}{self._still}"

    @property
    def _left_out(self) -> str:
        if not self.unlike:
            return ""
        were = "was" if self.unlike == 1 else "were"
        return (
            f" {self.unlike} of {self.unlike + len(self.rows)} checkpoints of the run {were} not measured like these."
        )

    @property
    def in_short(self) -> str:
        """For a link to the whole answer."""
        some = f" of {len(self.rows)} of {len(self.rows) + self.unlike} checkpoints," if self.unlike else ""
        return f"Keep step {self.kept.checkpoint.step:,},{some} by KID and coverage"

    @property
    def _still(self) -> str:
        if not self.stalled:
            return ""
        return f" None of the last {PATIENCE} is better than the best before them: training may stop."

    def beside(self) -> list[str]:
        """The kept one against the one of the lowest loss and against the last one, in words."""
        return [said for role in ("lowest loss", "last") if (said := self._against(role))]

    def _against(self, role: str) -> str:
        row = self.of_role(role)
        if row is None:
            return ""
        which = {"lowest loss": "lowest generator loss", "last": "last one"}[role]
        if row is self.kept:
            return {"last": "It is the last one, too.", "lowest loss": "It has the lowest generator loss, too."}[role]
        said = [f"{_title(m)} {one.verdict} ({one.low:+.3g} to {one.high:+.3g})" for m, one in row.against.items()]
        return f"Against the {which} (step {row.checkpoint.step:,}): {'; '.join(said) or 'not comparable'}."


def _title(metric: str) -> str:
    return {"kid": "KID", "coverage": "coverage"}[metric]


def of_run(
    workspace: Workspace, run: str, *, reference: str | None = None, extractor: str | None = None
) -> Best:  # fmt: skip
    """The choice among the checkpoints of a run that were measured alike: under the protocol most of them have, the
    newest of several; `reference` (`faces@2`, or the name) and `extractor` choose among them. Raises NotFound for an
    unknown run, and when no checkpoint of it has KID and coverage."""
    names = [view.name for view in checkpoints.runs(workspace)]
    if run not in names:
        there = f"there are: {', '.join(names)}" if names else "evaluate a checkpoint with --run first"
        raise NotFound(f"There is no run '{run}' in this workspace; {there}.")
    return _of(workspace, run, _measured(workspace, [run], extractor), reference)


def of_runs(
    workspace: Workspace, runs: Sequence[str], *, reference: str | None = None, extractor: str | None = None
) -> dict[str, Best]:  # fmt: skip
    """`of_run` of each of these runs in which two checkpoints or more can be compared, from one look at what was
    measured."""
    measured, found = _measured(workspace, runs, extractor), {}
    for run in runs:
        with suppress(NotFound):
            found[run] = _of(workspace, run, measured, reference)
    return {run: one for run, one in found.items() if len(one.rows) > 1}


def _of(workspace: Workspace, run: str, measured: Measured, reference: str | None) -> Best:
    chosen, points = _points(workspace, run, measured, reference)
    key = (workspace.uuid, *(p.evaluation.id for p, _ in points), *(p.checkpoint_id for p, _ in points))
    choice, still = _memory.get(key, lambda: _chosen(workspace, points))
    return _best(workspace, run, chosen, points, choice, still)


def stands_still(workspace: Workspace, run: str, patience: int, *, reference: str, extractor: str) -> bool:
    """Whether none of the last `patience` checkpoints of a run is better than the best before them; False while too few
    are measured."""
    try:
        _, points = _points(workspace, run, _measured(workspace, [run], extractor), reference)
    except NotFound:
        return False
    return stalled(candidates(workspace, points), patience)


def _measured(workspace: Workspace, runs: Sequence[str], extractor: str | None) -> Measured:
    return trends.every(workspace, ASKED, runs, None if extractor is None else [extractor])


def _points(
    workspace: Workspace, run: str, measured: Measured, reference: str | None
) -> tuple[str, list[tuple[Point, Point]]]:
    """The protocol that most checkpoints of the run were measured by, and (KID, coverage) of each by step."""
    lines = {
        line.protocol: line for line in measured["kid"]
        if line.run == run
        and (reference is None or reference in compare.reference_names(line.points[0].evaluation.reference))
    }  # fmt: skip
    covered = {line.protocol: line for line in measured["coverage"] if line.run == run}
    both = [name for name in lines if name in covered]
    if not both:
        if reference is not None:
            references.find(workspace, reference)  # a slip in the name is said to be one
        raise NotFound(
            f"No checkpoint of run '{run}' has KID and coverage under that protocol; evaluate its checkpoints first."
        )
    chosen = max(both, key=lambda name: (len(lines[name].points), lines[name].points[-1].evaluation.id))
    covers = {p.checkpoint_id: p for p in covered[chosen].points}
    return chosen, [(p, covers[p.checkpoint_id]) for p in lines[chosen].points if p.checkpoint_id in covers]


def candidates(workspace: Workspace, points: Sequence[tuple[Point, Point]]) -> list[Candidate]:
    """(KID, coverage) of each checkpoint with their stored influences, as `core.selection` takes them."""
    with workspace.database.read() as session:
        return [
            Candidate(
                {p.value.metric: compare.measurement(session, p.value) for p in pair}, pair[0].evaluation.bank_id,
                frozenset(p.value.metric for p in pair if NARROW in p.value.warning),
            )
            for pair in points
        ]  # fmt: skip


def _chosen(workspace: Workspace, points: Sequence[tuple[Point, Point]]) -> tuple[Choice, bool]:
    found = candidates(workspace, points)
    return choose(found), stalled(found, PATIENCE)


def _best(
    workspace: Workspace, run: str, protocol: str, points: Sequence[tuple[Point, Point]], choice: Choice, still: bool
) -> Best:
    views = {view.id: view for view in checkpoints.every(workspace, run=run)}
    losses = {i: views[p.checkpoint_id].details.get("generator_loss") for i, (p, _) in enumerate(points)}
    known = {i: float(loss) for i, loss in losses.items() if isinstance(loss, int | float)}
    lowest = min(known, key=known.__getitem__) if known else None
    rows = [
        Row(
            views[p.checkpoint_id], p, cover, known.get(i), choice.against[i],
            tuple(role for role, yes in (
                ("keep", i == choice.kept), ("alike", i in choice.alike), ("lowest loss", i == lowest),
                ("last", i == len(points) - 1),
            ) if yes),
        )
        for i, (p, cover) in enumerate(points)
    ]  # fmt: skip
    return Best(run, protocol, rows, rows[choice.kept], still, len(views) - len(rows))


def word(against: Mapping[str, Judged]) -> str:
    """The verdict on the kept one against another, over both metrics: better, worse, mixed or cannot tell."""
    if beats(against):
        return BETTER
    said = {one.verdict for one in against.values()}
    return MIXED if BETTER in said else WORSE if WORSE in said else CANNOT_TELL
