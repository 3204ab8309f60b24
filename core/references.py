"""Reference sets: real pictures to compare against, taken in whole or not at all."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from core import archives, images
from core.errors import BadInput, NotFound
from core.keys import key
from core.progress import Progress, silent
from core.workspace import Workspace
from storage import references
from storage.images import NewImage, create_set, place
from storage.images import add as add_images
from storage.tables import ReferenceSet, now

BATCH = 500
SECONDS = 2.0
T = TypeVar("T")


@dataclass(frozen=True)
class ReferenceView:
    """A reference set as pages and the command line see it. Positions 0..m-1 are the reference part, the last
    `held_out` the control part."""

    set_id: int
    name: str
    version: int
    n: int
    held_out: int
    refused: list[dict[str, str]]
    """{"name", "reason", "kind"}: kind "bad" for what cannot be used, "duplicate" for pixels that are there already."""
    source: str
    note: str
    created_at: dt.datetime
    key: str
    archived: bool

    @property
    def m(self) -> int:
        """Pictures that metrics compare against."""
        return self.n - self.held_out

    @property
    def label(self) -> str:
        return f"{self.name} v{self.version}"


def _view(row: ReferenceSet) -> ReferenceView:
    return ReferenceView(
        row.set_id, row.name, row.version, row.image_set.n, row.held_out, row.refused, row.source, row.note,
        row.image_set.created_at, row.image_set.key, row.archived_at is not None,
    )  # fmt: skip


def add(
    workspace: Workspace,
    name: str,
    path: Path,
    *,
    held_out: float = 0.1,
    seed: int = 0,
    note: str = "",
    source: str | None = None,
    progress: Progress = silent,
) -> ReferenceView:
    """Take the pictures at `path` in as the next version of `name`.

    A set is its different pictures with their labels, its name, the size of its control part and `seed`: the same
    again, in any order and under any file names, gives the set that is there, out of the archive if it was in it.
    Pictures are shuffled by `seed`, then the last `held_out` share (0 to 0.5) becomes the control part that no
    metric compares against. What was not taken in is listed in `refused`; equal pictures count once. `source` is
    what the person calls the file. The set appears in one commit at the end. Raises BadInput when fewer than 2
    pictures can be used.
    """
    name, source = name.strip(), archives.shown(source or path.name or path.resolve().name)
    _check(name, held_out, seed)
    taken, refused = _read(workspace, path, source, progress)
    if len(taken) < 2:
        why = f" The first was refused: {refused[0]['reason']}" if refused else ""
        raise BadInput(f"{source}: a reference set needs at least 2 different pictures, found {len(taken)}.{why}")
    taken.sort(key=lambda picture: picture.sha256)
    control = min(round(held_out * len(taken)), len(taken) - 2)
    set_key = key("reference", 2, name, control, seed, [(p.sha256, p.label) for p in taken])
    chosen = [taken[i] for i in np.random.default_rng(seed).permutation(len(taken))]
    total = len(taken) + len(refused)
    progress(total, total, f"taking in {len(taken):,} pictures")
    with workspace.database.write() as session:
        row = references.by_key(session, set_key)
        if row is not None:
            row.archived_at = None
            progress(total, total, f"already there as {_view(row).label}", session=session)
            return _view(row)
        image_set = create_set(session, "reference", set_key, len(chosen))
        row = ReferenceSet(
            set_id=image_set.id, name=name, version=references.next_version(session, name),
            source=source, held_out=control, refused=refused, note=note,
        )  # fmt: skip
        session.add(row)
        session.flush()
        place(
            session, image_set.id, 0, [p.image_id for p in chosen],
            [p.label for p in chosen], [p.name for p in chosen],
        )  # fmt: skip
        progress(total, total, f"{len(taken):,} pictures taken in", session=session)
        session.refresh(row)
        return _view(row)


def _check(name: str, held_out: float, seed: int) -> None:
    if not name or "@" in name or len(name) > 200 or not name.isprintable():
        raise BadInput(f"{archives.shown(name)[:200]!r} is no name for a reference set; use 1 to 200 letters and no @.")
    if not 0 <= held_out <= 0.5:
        raise BadInput(f"A held-out share of {held_out:g} leaves too little to compare with; use 0 to 0.5.")
    if seed < 0:
        raise BadInput(f"The seed {seed} is negative; use 0 or more.")


def _read(
    workspace: Workspace, path: Path, source: str, progress: Progress
) -> tuple[list[_Taken], list[dict[str, str]]]:
    """Store the pictures (content first: unused ones harm nobody) and say which were refused."""
    total, found = archives.pictures(path, source)
    taken: dict[str, _Taken] = {}
    twins: list[_Taken] = []
    refused: list[dict[str, str]] = []
    done = 0
    progress(0, total, f"reading {source}")
    for batch in _batches(map(_encoded, found)):
        done += len(batch)
        good = [(item, new) for item, new in batch if not isinstance(new, BadInput)]
        refused += [_refusal(item.name, str(new), "bad") for item, new in batch if isinstance(new, BadInput)]
        with workspace.database.write() as session:
            ids = add_images(session, [new for _, new in good])
            progress(done, total, f"reading {source}", session=session)
        for image_id, (item, new) in zip(ids, good, strict=True):
            one = _Taken(image_id, new.sha256, item.label, item.name)
            kept, other = sorted((one, taken.get(one.sha256, one)), key=_Taken.rank)
            taken[one.sha256] = kept
            if other is not kept:
                twins.append(other)
    refused += [_refusal(twin.name, _twin_of(twin, taken[twin.sha256]), "duplicate") for twin in twins]
    return list(taken.values()), refused


@dataclass(frozen=True)
class _Taken:
    image_id: int
    sha256: str
    label: str
    name: str

    def rank(self) -> tuple[bool, str, str]:
        """Which of two equal pictures counts must not hang on the order they came in: labelled ones first."""
        return self.label == "", self.label, self.name


@dataclass(frozen=True)
class _Item:
    name: str
    label: str


def _encoded(found: archives.Found) -> tuple[_Item, NewImage | BadInput]:
    """The PNG in place of the pixels, which would fill the memory while a batch is gathered."""
    picture = found.picture
    return _Item(found.name, found.label), picture if isinstance(picture, BadInput) else images.new_image(picture)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    """Lists of BATCH items, or of what SECONDS of work gave: large pictures must not silence the progress."""
    batch: list[T] = []
    due = time.monotonic() + SECONDS
    for item in items:
        batch.append(item)
        if len(batch) == BATCH or time.monotonic() > due:
            yield batch
            batch, due = [], time.monotonic() + SECONDS
    if batch:
        yield batch


def _refusal(name: str, reason: str, kind: str) -> dict[str, str]:
    return {"name": name, "reason": reason, "kind": kind}


def _twin_of(twin: _Taken, kept: _Taken) -> str:
    label = f" with the label '{kept.label}', not '{twin.label}'" if kept.label != twin.label else ""
    return f"{twin.name}: the same pixels as {kept.name}; counted once{label}."


def every(workspace: Workspace, archived: bool = False) -> list[ReferenceView]:
    """Reference sets by name, newest version first; with `archived`, the archived ones as well."""
    with workspace.database.read() as session:
        return [_view(row) for row in references.every(session, archived)]


def archive(workspace: Workspace, set_id: int, archived: bool = True) -> ReferenceView:
    """Take a set out of the lists, or bring it back; its pictures and values stay as they are. Raises NotFound."""
    with workspace.database.write() as session:
        row = references.by_id(session, set_id)
        if row is None:
            raise NotFound(_unknown(set_id))
        row.archived_at = (row.archived_at or now()) if archived else None
        return _view(row)


def _unknown(set_id: int) -> str:
    return f"There is no reference set {set_id} in this workspace; pick one on the References page."


def get(workspace: Workspace, set_id: int) -> ReferenceView:
    """Raises NotFound for an unknown id."""
    with workspace.database.read() as session:
        row = references.by_id(session, set_id)
        if row is None:
            raise NotFound(_unknown(set_id))
        return _view(row)


def find(workspace: Workspace, text: str) -> ReferenceView:
    """By `name` (newest version, archived ones last) or `name@2`. Raises NotFound, listing the names there are."""
    name, _, version = text.partition("@")
    with workspace.database.read() as session:
        row = None
        if not version or (version.isdecimal() and len(version) < 10):
            row = references.by_name(session, name, int(version) if version else None)
        if row is not None:
            return _view(row)
        there = references.every(session, archived=True)
        if versions := [str(r.version) for r in there if r.name == name]:
            raise NotFound(f"There is no '{text}'; of '{name}' there are: {', '.join(sorted(versions, key=int))}.")
        names = ", ".join(dict.fromkeys(r.name for r in references.every(session))) or "none yet"
    raise NotFound(f"There is no reference set '{text}'; there are: {names}. Add one with `proofsheet reference add`.")
