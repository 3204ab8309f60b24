"""Sets of pictures as pages name them: a checkpoint's samples, or a reference set."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import core.checkpoints
from core import references
from core.errors import BadInput, NotFound
from core.memory import Memory
from core.references import ReferenceView
from core.sampling import gives
from core.workspace import Workspace
from storage import checkpoints, images, samples, sets, watches


@dataclass(frozen=True)
class SetView:
    """`m` is how many of the first positions metrics use: all but a reference set's control part."""

    set_id: int
    kind: str
    title: str
    n: int
    m: int
    checkpoint_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Members:
    """The pictures of a set, in order: `ids` and `labels` (N,)."""

    ids: NDArray[np.int32]
    labels: NDArray[np.str_]


class LetGo(NotFound):
    """The pictures of a set were let go to save space; its numbers are still there."""

    def __init__(self, set_id: int) -> None:
        super().__init__(
            f"The pictures of set {set_id} were let go to save space; its numbers are all there. Make them again: the "
            "same latents give the same pictures."
        )


def let_go(workspace: Workspace, set_id: int) -> bool:
    """Whether a set was measured and its pictures were let go since (core/retention.py)."""
    with workspace.database.read() as session:
        row = sets.get(session, set_id)
        return row is not None and not row.complete and watches.measured(session, set_id)


def made_from(workspace: Workspace, set_id: int) -> tuple[int, int, int] | None:
    """(checkpoint id, n, seed) of a sample set, by which it can be made again; None for other sets, and where no
    checkpoint gives it as it is read today."""
    with workspace.database.read() as session:
        row = samples.get(session, set_id)
        if row is None:
            return None
        same = [c.id for c in checkpoints.by_sha256(session, row.checkpoint_sha256) if gives(c, row)]
        return (same[0], row.image_set.n, row.bank.seed) if same else None


_memory = Memory(6)


def members(workspace: Workspace, set_id: int) -> Members:
    """Kept for the few sets looked at last: a complete set never changes. Raises LetGo, or NotFound for a set that is
    not complete yet."""
    with workspace.database.read() as session:
        row = sets.get(session, set_id)
        if row is not None and not row.complete:
            raise LetGo(set_id) if watches.measured(session, set_id) else NotFound(f"Set {set_id} is not complete yet.")
        made = row and row.created_at  # another one when its pictures were let go and made again
    found: Members = _memory.get((workspace.uuid, set_id, made), lambda: _read_members(workspace, set_id))
    return found


def _read_members(workspace: Workspace, set_id: int) -> Members:
    with workspace.database.read() as session:
        rows = images.members(session, set_id)
    ids = np.fromiter((row[1] for row in rows), np.int32, len(rows))
    return Members(ids, np.array([row[2] for row in rows], dtype=np.str_))


def every(workspace: Workspace) -> list[SetView]:
    """Complete sample sets by run and step, then reference sets."""
    with workspace.database.read() as session:
        owners = checkpoints.every(session)
        found = []
        for sample, bank, image_set in sets.samples(session):
            mine = [c for c in owners if gives(c, sample)]
            if mine:
                title = f"{mine[0].run.name} @ {mine[0].step} · n {image_set.n:,} · seed {bank.seed}"
                order = (mine[0].run.name, -mine[0].step, -image_set.n)
                view = SetView(
                    sample.set_id, "sample", title, image_set.n, image_set.n, tuple(c.id for c in mine)
                )  # fmt: skip
                found.append((order, view))
    found.sort(key=lambda item: item[0])
    return [view for _, view in found] + [_real(view) for view in references.every(workspace)]


def _real(view: ReferenceView) -> SetView:
    return SetView(view.set_id, "reference", f"{view.label} (real)", view.n, view.m)


def get(workspace: Workspace, set_id: int) -> SetView:
    """Raises NotFound for an unknown set; archived ones are still found."""
    archived = [_real(view) for view in references.every(workspace, archived=True) if view.archived]
    for view in every(workspace) + archived:
        if view.set_id == set_id:
            return view
    with workspace.database.read() as session:
        row = sets.get(session, set_id)
        if row is None:
            raise NotFound(f"There is no set {set_id} in this workspace; pick one from the list.")
        state = "archived" if row.complete else "let go:"
        return SetView(row.id, row.kind, f"{state} {row.kind} set {row.id}", row.n, row.n)


def find(workspace: Workspace, text: str) -> SetView:
    """By what a person calls it: a reference set as `name` or `name@2`, a checkpoint's newest pictures as `run@step`,
    or the number of a set. Raises NotFound, saying what was looked for."""
    if text.isdecimal() and len(text) < 19:
        return get(workspace, int(text))
    with suppress(NotFound):
        return get(workspace, references.find(workspace, text).set_id)
    with suppress(NotFound):
        checkpoint = core.checkpoints.find(workspace, text)
        made = [view for view in every(workspace) if checkpoint.id in view.checkpoint_ids]
        if not made:
            raise BadInput(f"{checkpoint.label} has no pictures yet; evaluate it first.")
        return max(made, key=lambda view: view.set_id)
    raise NotFound(
        f"There is no set '{text}'; name a reference set (NAME or NAME@VERSION), RUN@STEP, or the number of a set."
    )
