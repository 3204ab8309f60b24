"""Reference sets: real pictures to compare against, taken in whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core import archives, images
from core.errors import BadInput, NotFound
from core.progress import Progress, silent
from core.workspace import Workspace
from storage import references
from storage.images import NewImage, create_set, place
from storage.images import add as add_images
from storage.tables import ReferenceSet

BATCH = 500


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
    source: str
    note: str
    created_at: dt.datetime
    key: str

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
        row.image_set.created_at, row.image_set.key,
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
    """Take the pictures at `path` in as the next version of `name`; the same pictures again give the set that is there.

    Pictures are shuffled by `seed`, then the last `held_out` share (0 to 0.5) becomes the control part that no
    metric compares against. Pictures that cannot be used are listed in `refused` with the reason. Equal pictures
    count once. The set appears in one commit at the end. Raises BadInput when fewer than 2 pictures can be used.
    """
    name = name.strip()
    if not name or "@" in name:
        raise BadInput(f"'{name}' is no name for a reference set; use some letters and no @.")
    if not 0 <= held_out <= 0.5:
        raise BadInput(f"A held-out share of {held_out:g} leaves too little to compare with; use 0 to 0.5.")
    taken, refused = _read(workspace, path, progress)
    if len(taken) < 2:
        why = f" The first was refused: {refused[0]['reason']}" if refused else ""
        raise BadInput(f"{path.name}: a reference set needs at least 2 different pictures, found {len(taken)}.{why}")
    order = np.random.default_rng(seed).permutation(len(taken))
    control = min(round(held_out * len(taken)), len(taken) - 2)
    chosen = [taken[i] for i in order]
    key = _key(name, [t["sha256"] for t in chosen], control)
    with workspace.database.write() as session:
        existing = references.by_key(session, key)
        if existing is not None:
            return _view(existing)
        image_set = create_set(session, "reference", key, len(chosen))
        row = ReferenceSet(
            set_id=image_set.id, name=name, version=references.next_version(session, name),
            source=source or path.name, held_out=control, refused=refused, note=note,
        )  # fmt: skip
        session.add(row)
        session.flush()
        place(
            session, image_set.id, 0, [t["id"] for t in chosen],
            [t["label"] for t in chosen], [t["name"] for t in chosen],
        )  # fmt: skip
        progress(len(taken), len(taken), f"{len(taken):,} pictures taken in", session=session)
        session.refresh(row)
        return _view(row)


def _key(name: str, hashes: list[str], control: int) -> str:
    digest = hashlib.sha256(f"reference:{name}:{control}:".encode())
    digest.update("".join(hashes).encode())
    return digest.hexdigest()


def _read(workspace: Workspace, path: Path, progress: Progress) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Store the pictures (content first: unused ones harm nobody) and say which were refused."""
    total, found = archives.pictures(path)
    taken: dict[str, dict[str, Any]] = {}
    refused: list[dict[str, str]] = []
    batch: list[tuple[NewImage, archives.Found]] = []

    def flush(done: int) -> None:
        with workspace.database.write() as session:
            ids = add_images(session, [new for new, _ in batch])
            progress(done, total, f"reading {path.name}", session=session)
        for image_id, (new, item) in zip(ids, batch, strict=True):
            if new.sha256 in taken:
                twin = taken[new.sha256]["name"]
                refused.append({"name": item.name, "reason": f"{item.name}: the same pixels as {twin}; counted once."})
            else:
                taken[new.sha256] = {"id": image_id, "sha256": new.sha256, "label": item.label, "name": item.name}
        batch.clear()

    for done, item in enumerate(found, 1):
        if isinstance(item.picture, BadInput):
            refused.append({"name": item.name, "reason": str(item.picture)})
        else:
            batch.append((images.new_image(item.picture), item))
        if len(batch) == BATCH:
            flush(done)
    flush(total)
    return list(taken.values()), refused


def every(workspace: Workspace) -> list[ReferenceView]:
    """All reference sets, by name, newest version first."""
    with workspace.database.read() as session:
        return [_view(row) for row in references.every(session)]


def get(workspace: Workspace, set_id: int) -> ReferenceView:
    """Raises NotFound for an unknown id."""
    with workspace.database.read() as session:
        row = references.by_id(session, set_id)
        if row is None:
            raise NotFound(f"There is no reference set {set_id} in this workspace; pick one on the References page.")
        return _view(row)


def find(workspace: Workspace, text: str) -> ReferenceView:
    """By `name` (newest version) or `name@2`. Raises NotFound, listing the names there are."""
    name, _, version = text.partition("@")
    with workspace.database.read() as session:
        row = None
        if not version or version.isdigit():
            row = references.by_name(session, name, int(version) if version else None)
        if row is not None:
            return _view(row)
        names = ", ".join(dict.fromkeys(r.name for r in references.every(session))) or "none yet"
    raise NotFound(f"There is no reference set '{text}'; there are: {names}. Add one with `proofsheet reference add`.")
