"""The same latents through several checkpoints: what training changed, picture by picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core import results
from core.checkpoints import CheckpointView
from core.errors import NotFound
from core.workspace import Workspace
from storage import images


@dataclass(frozen=True)
class StripRow:
    """One checkpoint's pictures for the latents asked for; `image_ids` follow their order."""

    checkpoint_id: int
    label: str
    step: int
    set_id: int
    image_ids: tuple[int, ...]


def strip(workspace: Workspace, checkpoints: Sequence[CheckpointView], positions: Sequence[int]) -> list[StripRow]:
    """A row for each checkpoint whose pictures were made from the latent bank that most of them share.

    Raises NotFound when none was evaluated yet.
    """
    names = {c.id: c for c in checkpoints}
    found = [
        (names[number], view)
        for view in results.every(workspace)
        for number in view.checkpoint_ids
        if number in names and view.n > max(positions, default=0)
    ]
    if not found:
        raise NotFound("None of these checkpoints has pictures of these latents yet; evaluate them first.")
    bank = Counter({(c.id, v.bank_id): v.bank_id for c, v in found}.values()).most_common(1)[0][0]
    sets = {c.id: v.set_id for c, v in found if v.bank_id == bank}
    rows = []
    with workspace.database.read() as session:
        for c in checkpoints:
            if c.id in sets:
                there = images.at(session, sets[c.id], positions)
                ids = tuple(there[p][0] for p in positions if p in there)
                if ids or not positions:  # none where they were let go
                    rows.append(StripRow(c.id, c.label, c.step, sets[c.id], ids))
    return rows


def of_its_own(workspace: Workspace, checkpoint: CheckpointView, positions: Sequence[int]) -> list[StripRow]:
    """The row of one checkpoint whose pictures share no latents with the others; empty while it has none."""
    try:
        return strip(workspace, [checkpoint], positions)
    except NotFound:
        return []
