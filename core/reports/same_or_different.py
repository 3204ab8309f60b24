"""Pairs of pictures of which is known whether they belong together: by labels, by tags, or by planted changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import images, references, sets
from core.errors import BadInput
from core.images import Picture
from core.planting import get
from core.workspace import Workspace
from storage import review

BY = {"labels": "labels", "tags": "tags", "augmentations": "planted changes"}
CHANGES = ("crop", "blur", "hue", "noise", "flip", "shift")
"""Plants after which a picture is still itself, at their strongest."""
GROUPED, CHANGED = 300, 100
"""Pictures that are paired, by groups and by changes: 44,850 pairs, and 60,000."""
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Block:
    """Pairs of picture `first[p]` of those asked about with picture `second[p]` of `pictures`."""

    name: str
    pictures: list[Picture]
    first: Places
    second: Places
    same: Bools

    def among(self, n: int) -> Block:
        """Only the pairs of the first n pictures on both sides."""
        return self.where((self.first < n) & (self.second < n))

    def where(self, kept: Bools) -> Block:
        """Only the pairs kept, (P,)."""
        return Block(self.name, self.pictures, self.first[kept], self.second[kept], self.same[kept])


@dataclass(frozen=True)
class Question:
    """`pictures`, their `positions` in the set, and the pairs to tell apart. `of_groups`: a block's pictures are the
    same; else each block holds them all under one change. `words`: what belongs together."""

    pictures: list[Picture]
    positions: Places
    blocks: list[Block]
    of_groups: bool
    words: str
    left_out: dict[str, str]


def possible(workspace: Workspace, reference_set_id: int) -> list[str]:
    """What can be asked of a reference set, the most telling first: its own groups before planted changes."""
    groups = {"labels": labels, "tags": tags}
    found = [by for by, read in groups.items() if len(_useful(read(workspace, reference_set_id))[1]) > 1]
    return [*found, "augmentations"]


def labels(workspace: Workspace, set_id: int) -> dict[int, set[str]]:
    """Position -> the label, of the labelled pictures of the reference part."""
    members = sets.members(workspace, set_id).labels[: references.get(workspace, set_id).m]
    return {i: {str(label)} for i, label in enumerate(members) if label}


def tags(workspace: Workspace, set_id: int) -> dict[int, set[str]]:
    """Position -> the tags that people gave, of the tagged pictures of the reference part."""
    ids = sets.members(workspace, set_id).ids[: references.get(workspace, set_id).m]
    with workspace.database.read() as session:
        given = review.tagged(session, set_id)
    place = {int(image): i for i, image in enumerate(ids)}
    found: dict[int, set[str]] = {}
    for image, tag in given:
        if image in place:
            found.setdefault(place[image], set()).add(tag)
    return found


def _useful(groups: dict[int, set[str]]) -> tuple[dict[int, set[str]], list[str]]:
    """Without the groups of one picture; and the names of those that stay."""
    counts: dict[str, int] = {}
    for names in groups.values():
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    kept = sorted(name for name, count in counts.items() if count > 1)
    within = {at: names & set(kept) for at, names in groups.items()}
    return {at: names for at, names in within.items() if names}, kept


def question(workspace: Workspace, reference_set_id: int, by: str, seed: int) -> Question:
    """The pairs to tell apart. Raises BadInput, with the remedy, where the set has too few groups or pictures."""
    if by == "augmentations":
        return _changes(workspace, reference_set_id, seed)
    if by not in BY:
        raise BadInput(f"Same and different cannot be told by '{by}'; use {', '.join(BY)}.")
    groups, names = _useful({"labels": labels, "tags": tags}[by](workspace, reference_set_id))
    if len(names) < 2:
        label = references.get(workspace, reference_set_id).label
        raise BadInput(
            f"{label} has {len(names)} {by} with two pictures or more, and two are needed; give pictures some, or ask "
            "by planted changes (augmentations)."
        )
    positions = _in_turn(groups, names, seed)
    held = np.array([[name in groups[int(at)] for name in names] for at in positions])
    first, second = np.triu_indices(len(positions), 1)
    same = (held.astype(int) @ held.T.astype(int) > 0)[first, second]
    pictures = _at(workspace, reference_set_id, positions)
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    block = Block(by, pictures, first, second, same)
    return Question(pictures, positions, [block], True, f"two pictures that share one of the {by} {shown}", {})


def _in_turn(groups: dict[int, set[str]], names: Sequence[str], seed: int) -> Places:
    """Positions of at most GROUPED pictures, one of each group in turn, so that the first few are of every group."""
    rng = np.random.default_rng(seed)
    piles = [list(rng.permutation([at for at in groups if name in groups[at]])) for name in names]
    found: dict[int, None] = {}
    while len(found) < min(GROUPED, len(groups)):
        for pile in piles:
            if pile:
                found.setdefault(int(pile.pop()))
    return np.array(list(found)[:GROUPED], np.intp)


def _changes(workspace: Workspace, reference_set_id: int, seed: int) -> Question:
    m = references.get(workspace, reference_set_id).m
    if m < 4:
        raise BadInput(f"Four pictures are needed, the reference part has {m}; add more.")
    positions = np.sort(np.random.default_rng(seed).permutation(m)[:CHANGED])
    pictures = _at(workspace, reference_set_id, positions)
    first, second = (place.ravel() for place in np.indices((len(pictures), len(pictures))))
    blocks, left_out = [], {}
    for plant in map(get, CHANGES):
        changed = plant.planted(pictures, "strong", seed)
        differs = np.array([(a != b).any() for a, b in zip(pictures, changed, strict=True)])
        kept = (first != second) | differs[second]  # a change that alters nothing asks nothing
        if differs.sum() < 2:
            left_out[plant.title] = f"{plant.says['strong']} changes nothing in these pictures"
            continue
        blocks.append(Block(plant.name, changed, first[kept], second[kept], (first == second)[kept]))
    words = ", ".join(f"{get(block.name).title.lower()} ({get(block.name).says['strong']})" for block in blocks)
    return Question(pictures, positions, blocks, False, f"a picture and the same after one change: {words}", left_out)


def _at(workspace: Workspace, set_id: int, positions: Places) -> list[Picture]:
    ids = sets.members(workspace, set_id).ids
    return [images.picture(workspace, int(ids[at])) for at in positions]
