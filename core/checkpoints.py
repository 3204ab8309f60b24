"""Checkpoints: registered by content, kept in the workspace, opened when needed."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadInput, NotFound
from core.generators import Generator, detect_format, open_generator
from core.workspace import Workspace
from storage import checkpoints
from storage.tables import Checkpoint


@dataclass(frozen=True)
class CheckpointView:
    """A checkpoint as pages and the command line see it."""

    id: int
    run: str
    step: int
    name: str
    format: str
    sha256: str
    size_bytes: int
    spec: dict[str, Any]
    overrides: dict[str, Any]
    path: Path

    @property
    def label(self) -> str:
        return f"{self.run} @ {self.step}"


def _view(workspace: Workspace, row: Checkpoint) -> CheckpointView:
    return CheckpointView(
        row.id, row.run.name, row.step, row.name, row.format, row.sha256, row.size_bytes, row.spec, row.overrides,
        workspace.folder / row.path,
    )  # fmt: skip


def register(
    workspace: Workspace, path: Path, *, run: str, step: int, overrides: dict[str, Any] | None = None
) -> CheckpointView:
    """Copy the checkpoint into the workspace and note it as `step` of `run`; the same file again gives the row that is
    there, with the new overrides. Opens nothing. Raises BadInput or Refused for files that cannot be a checkpoint."""
    if not run.strip() or step < 0:
        raise BadInput(f"Run '{run}' at step {step}: a run needs a name and a step of 0 or more.")
    kind = detect_format(path)
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    kept = workspace.checkpoints / f"{sha256}{path.suffix.lower()}"
    if not kept.exists():
        part = kept.with_suffix(".part")
        shutil.copyfile(path, part)
        part.replace(kept)
    with workspace.database.write() as session:
        owner = checkpoints.run(session, run.strip())
        row = checkpoints.find(session, owner.id, step, sha256)
        if row is None:
            row = Checkpoint(
                run=owner, step=step, sha256=sha256, name=path.name, format=kind, spec={}, overrides={}, details={},
                path=str(kept.relative_to(workspace.folder)), size_bytes=path.stat().st_size,
            )  # fmt: skip
            session.add(row)
        if overrides is not None:
            row.overrides = overrides
        session.flush()
        return _view(workspace, row)


def open_checkpoint(workspace: Workspace, checkpoint_id: int) -> Generator:
    """Open a registered checkpoint and note what was found in it, or why it was refused (raised as well)."""
    view = get(workspace, checkpoint_id)
    try:
        generator = open_generator(view.path, view.overrides)
    except BadInput as error:
        # The workspace keeps the file under its hash; the person knows it by the name it came with.
        sentence = str(error).replace(view.path.name, view.name)
        _note(workspace, checkpoint_id, error=sentence)
        raise type(error)(sentence) from error
    _note(workspace, checkpoint_id, error="", spec=generator.spec.as_json())
    return generator


def _note(workspace: Workspace, checkpoint_id: int, **values: Any) -> None:
    with workspace.database.write() as session:
        row = checkpoints.get(session, checkpoint_id)
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)


def get(workspace: Workspace, checkpoint_id: int) -> CheckpointView:
    """Raises NotFound for an unknown id."""
    with workspace.database.read() as session:
        row = checkpoints.get(session, checkpoint_id)
        if row is None:
            raise NotFound(f"There is no checkpoint {checkpoint_id} in this workspace.")
        return _view(workspace, row)


def every(workspace: Workspace) -> list[CheckpointView]:
    """All checkpoints, by run and step."""
    with workspace.database.read() as session:
        return [_view(workspace, row) for row in checkpoints.every(session)]
