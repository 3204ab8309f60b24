"""Checkpoints: registered by content, kept in the workspace, opened when needed."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core import architectures, archives, runtimes, wall
from core.checkpoint_files import keep
from core.errors import BadInput, NotFound
from core.generators import Generator, GeneratorSpec, check_overrides, detect_format, open_generator
from core.generators.embedded import read_table, takes_table
from core.unpacked import unpacked
from core.wall.ours import made_here, remember
from core.workspace import Workspace
from storage import checkpoints, samples
from storage.tables import Checkpoint, now

MOST = 10**18
"""Steps end below: SQLite counts to 2^63."""


@dataclass(frozen=True)
class CheckpointView:
    """A checkpoint as pages and the command line see it."""

    id: int
    run_id: int
    run: str
    step: int
    name: str
    format: str
    sha256: str
    size_bytes: int
    spec: dict[str, Any]
    """What was found in the model, overrides applied (GeneratorSpec.as_json); empty until it was opened once."""
    overrides: dict[str, Any]
    details: dict[str, Any]
    error: str
    """Why it does not load, with the remedy; empty when it loads or was not tried yet."""
    archived: bool
    created_at: dt.datetime
    path: Path

    @property
    def label(self) -> str:
        return f"{self.run} @ {self.step}"

    @property
    def takes_pictures(self) -> bool:
        """Whether the model gives pictures back instead of making them from latents; no, until it was opened."""
        return bool(self.spec) and GeneratorSpec.from_json(self.spec).takes_pictures


@dataclass(frozen=True)
class RunView:
    """A training run; `checkpoints` counts and `newest_step` looks at those that are not archived."""

    id: int
    name: str
    note: str
    training: dict[str, Any]
    created_at: dt.datetime
    checkpoints: int
    newest_step: int | None


def _view(workspace: Workspace, row: Checkpoint) -> CheckpointView:
    return CheckpointView(
        row.id, row.run_id, row.run.name, row.step, row.name, row.format, row.sha256, row.size_bytes, row.spec,
        row.overrides, row.details, row.error, row.archived_at is not None, row.created_at, workspace.folder / row.path,
    )  # fmt: skip


def register(
    workspace: Workspace,
    path: Path,
    *,
    run: str,
    step: int,
    overrides: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
    trained_here: bool = False,
    adding: bool = False,
) -> CheckpointView:
    """Copy the checkpoint, a file or a folder, into the workspace and note it as `step` of `run`; the same content
    again gives the row that is there, with the new overrides and details. Opens nothing.

    `overrides` are those of core.generators.check_overrides, in the place of what was said of this checkpoint before,
    or, with `adding`, on top of it; "architecture" names a registered checkpoint as `find` takes it, and is kept as its
    sha256, or an architecture by name (core/architectures.py). A zip of a SavedModel or of
    a TensorFlow checkpoint is the folder in it. `trained_here` is said by our own trainer alone: such a model needs no
    wall. Raises Refused for others' models where no wall can be built around them, BadInput for files that cannot be a
    checkpoint and for overrides that mean nothing, NotFound for an unknown architecture."""
    _check(run.strip(), step)
    reading = None if overrides is None else _resolved(workspace, overrides)
    with unpacked(workspace, path) as whole:
        kind = detect_format(whole)
        if kind != "pictures" and not trained_here:
            wall.check(workspace.settings.rules, path.name)
        sha256, kept, size = keep(workspace.checkpoints, whole)
    if trained_here:
        remember(workspace.folder, sha256)
    with workspace.database.write() as session:
        owner = checkpoints.run(session, run.strip())
        row = checkpoints.find(session, owner.id, step, sha256)
        if row is None:
            row = Checkpoint(
                run=owner, step=step, sha256=sha256, name=path.name, format=kind, spec={}, overrides={}, details={},
                path=str(kept.relative_to(workspace.folder)), size_bytes=size,
            )  # fmt: skip
            session.add(row)
        row.name = path.name  # sent again, it goes by the name it came with last
        if reading is not None:
            _override(row, {**row.overrides, **reading} if adding else reading)
        if details is not None:
            row.details = details
        session.flush()
        return _view(workspace, row)


def _check(run: str, step: int) -> None:
    if not run or len(run) > 200 or not run.isprintable():
        raise BadInput(f"{archives.shown(run)[:200]!r} is no name for a run; use 1 to 200 letters in one line.")
    if not 0 <= step < MOST:
        raise BadInput(f"Step {step} of run '{run}': a step is 0 or more and below {MOST:,}.")


def _resolved(workspace: Workspace, overrides: dict[str, Any]) -> dict[str, Any]:
    """The overrides, checked, their architecture as the sha256 of a registered checkpoint."""
    check_overrides(overrides)
    if "embeddings" in overrides:
        _table(workspace, overrides["embeddings"])
    if "architecture" not in overrides:
        return overrides
    by_name = architectures.read(str(overrides["architecture"]))
    if by_name is not None:
        return {**overrides, "architecture": by_name.text}
    try:
        named = find(workspace, str(overrides["architecture"]))
    except NotFound as error:
        known = ", ".join(architectures.names())
        raise NotFound(
            f"'{overrides['architecture']}' is neither an architecture nor a registered checkpoint; architectures are: "
            f"{known}. Or give the id, sha256 or RUN@STEP of a whole .keras or .h5 model."
        ) from error
    if named.format != "keras" or "architecture" in named.overrides:
        raise BadInput(f"{named.label} ({named.name}) holds no architecture; name a whole .keras or .h5 model.")
    return {**overrides, "architecture": named.sha256}


def _override(row: Checkpoint, overrides: dict[str, Any]) -> None:
    if row.overrides != overrides:  # what was found under the former reading no longer holds
        row.overrides, row.spec, row.error = overrides, {}, ""


def set_overrides(workspace: Workspace, checkpoint_id: int, overrides: dict[str, Any]) -> CheckpointView:
    """Say how the model is to be read; what was found under the former reading is forgotten until it is opened again.
    Raises BadInput for overrides that mean nothing, NotFound for an unknown id."""
    reading = _resolved(workspace, overrides)
    with workspace.database.write() as session:
        row = _row(session, checkpoint_id)
        _override(row, reading)
        return _view(workspace, row)


def archive(workspace: Workspace, checkpoint_id: int, archived: bool = True) -> CheckpointView:
    """Put a checkpoint out of the lists, or back; nothing is deleted. Raises NotFound for an unknown id."""
    with workspace.database.write() as session:
        row = _row(session, checkpoint_id)
        row.archived_at = (row.archived_at or now()) if archived else None
        return _view(workspace, row)


def open_checkpoint(
    workspace: Workspace, checkpoint_id: int, pictures: int = 0, *, rebuilds: bool = False
) -> Generator:  # fmt: skip
    """Open a registered checkpoint and note what was found in it, or why it was refused (raised as well). It is run by
    what is known to make so many `pictures` soonest. Raises BadInput for a model that only gives pictures back, unless
    one that `rebuilds` is asked for."""
    view = get(workspace, checkpoint_id)
    with blamed(workspace, view):
        architecture = _architecture(workspace, view)
        generator = open_generator(
            view.path, view.overrides, architecture=architecture,
            allow_saved_model=workspace.settings.allow_saved_model, rules=workspace.settings.rules,
            made_here=architecture is None and made_here(workspace.folder, view.sha256),
            faster=runtimes.faster(workspace, pictures),
            embeddings=_table(workspace, view.overrides.get("embeddings", "")),
        )  # fmt: skip
    _note(workspace, view, error="", spec=generator.spec.as_json())
    if generator.spec.takes_pictures and not rebuilds:
        raise BadInput(
            f"{view.label} ({view.name}) takes pictures and gives them back, it makes none from latents; have its "
            "reconstructions measured (proofsheet reconstruct), or register its decoder alone."
        )
    return generator


@contextlib.contextmanager
def blamed(workspace: Workspace, view: CheckpointView) -> Iterator[None]:
    """What goes wrong inside is noted on the checkpoint, by the name the person knows, and raised again."""
    try:
        yield
    except BadInput as error:
        # The workspace keeps the file under its hash; the person knows it by the name it came with.
        sentence = str(error).replace(view.path.name, view.name)
        sentence = sentence if view.name in sentence else f"{view.name}: {sentence}"
        _note(workspace, view, error=sentence)
        raise type(error)(sentence) from error


def _architecture(workspace: Workspace, view: CheckpointView) -> Path | None:
    named = view.overrides.get("architecture")
    if named is None:
        return None
    by_name = architectures.read(named)
    return find(workspace, named).path if by_name is None else architectures.file_of(workspace, named)


def take_table(workspace: Workspace, path: Path) -> str:
    """The sha256, for the override "embeddings", of the workspace's copy of a table of vectors (classes, width) that
    stand for the classes, a `.npy` file or a `.npz` with one. Raises BadInput for what is none."""
    table = look_at_table(path)
    if path.suffix.lower() == ".npy":
        return keep(workspace.checkpoints, path)[0]
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / f"{path.stem}.npy"
        np.save(alone, table)
        return keep(workspace.checkpoints, alone)[0]


def look_at_table(path: Path) -> NDArray[np.float32]:
    """The vectors (classes, width) in a file, before it is taken. Raises BadInput for what is no table."""
    if path.suffix.lower() not in (".npy", ".npz") or not path.is_file():
        raise BadInput(f"{path.name}: no table of vectors; save one array (classes, width) with numpy.save.")
    return read_table(path)


def table_input(view: CheckpointView, width: int) -> str:
    """The input of a checkpoint that would take vectors of this width; empty while it was not opened. Raises BadInput,
    naming the inputs there are, when none would."""
    try:
        return takes_table(GeneratorSpec.from_json(view.spec), width) if view.spec else ""
    except BadInput as error:
        raise BadInput(f"{view.name}: {error}") from error


def _table(workspace: Workspace, sha256: str) -> Path | None:
    if not sha256:
        return None
    path = workspace.checkpoints / f"{sha256}.npy"
    if not path.exists():
        raise NotFound(f"There is no table of vectors {sha256[:12]} in this workspace; give its file (--embeddings).")
    return path


def inspect(workspace: Workspace, checkpoint_id: int) -> CheckpointView:
    """Open the model and tell what was found: in `spec`, or in `error` why it does not load. Raises NotFound only.
    Imports TensorFlow for Keras files: the worker and the command line only."""
    with contextlib.suppress(BadInput):  # noted on the row, which is what the caller gets
        open_checkpoint(workspace, checkpoint_id)
    return get(workspace, checkpoint_id)


def _note(workspace: Workspace, view: CheckpointView, **values: Any) -> None:
    """Write what was learned about a checkpoint, unless somebody changed its overrides meanwhile."""
    with workspace.database.write() as session:
        row = _row(session, view.id)
        if row.overrides == view.overrides:
            for name, value in values.items():
                setattr(row, name, value)


def _row(session: Session, checkpoint_id: int) -> Checkpoint:
    row = checkpoints.get(session, checkpoint_id)
    if row is None:
        raise NotFound(f"There is no checkpoint {checkpoint_id} in this workspace.")
    return row


def get(workspace: Workspace, checkpoint_id: int) -> CheckpointView:
    """Raises NotFound for an unknown id."""
    with workspace.database.read() as session:
        return _view(workspace, _row(session, checkpoint_id))


def find(workspace: Workspace, name: str) -> CheckpointView:
    """A checkpoint by its id, its sha256 (8 characters or more) or 'RUN@STEP'. Of several rows of the same bytes the
    newest; at a step, what is in the lists and was not refused. Raises NotFound, and BadInput where several files are
    at one step."""
    run, at, step = (part.strip() for part in name.rpartition("@"))
    with workspace.database.read() as session:
        row = checkpoints.get(session, int(name)) if name.isdecimal() and len(name) < 8 else None
        if row is None and len(name) >= 8:
            row = checkpoints.newest_by_sha256(session, name.lower())
        if row is None and at and step.isdecimal() and len(step) <= len(str(MOST)):
            row = _only(name, checkpoints.at(session, run, int(step)))
        if row is None:
            raise NotFound(f"There is no checkpoint '{name}' in this workspace; give its id, sha256 or RUN@STEP.")
        return _view(workspace, row)


def _only(name: str, rows: Sequence[Checkpoint]) -> Checkpoint | None:
    listed = [row for row in rows if row.archived_at is None]
    sound = [row for row in listed if not row.error] or listed or rows[:1]
    if len(sound) > 1:
        found = ", ".join(f"{row.id} ({row.name})" for row in sound)
        raise BadInput(
            f"'{name}' is more than one checkpoint: {found}; give the id of one, or archive the others on the page "
            "Checkpoints."
        )
    return sound[0] if sound else None


def withdraw(workspace: Workspace, checkpoint_id: int) -> None:
    """Take back a checkpoint that was registered for what was refused then: nothing was made from it and nothing was
    found wrong with it. Its file goes too where no other checkpoint has the same content."""
    with workspace.database.write() as session:
        row = _row(session, checkpoint_id)
        shared = len(checkpoints.by_sha256(session, row.sha256)) > 1
        if row.error or (not shared and samples.of(session, row.sha256)):
            return
        path = workspace.folder / row.path
        session.delete(row)
    if not shared:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def every(workspace: Workspace, run: str | None = None, archived: bool = False) -> list[CheckpointView]:
    """All checkpoints, or those of the run of this name, by run and step; archived ones only when asked for."""
    with workspace.database.read() as session:
        return [_view(workspace, row) for row in checkpoints.every(session, run, archived)]


def whole_models(workspace: Workspace, view: CheckpointView) -> list[CheckpointView]:
    """Whole models whose architecture the weights of `view` may be loaded into; the one in use is always among them."""
    used = view.overrides.get("architecture")
    return [
        c for c in every(workspace, archived=True)
        if c.sha256 == used or (c.format == "keras" and c.spec and not c.archived and "architecture" not in c.overrides
                                and c.sha256 != view.sha256)
    ]  # fmt: skip


def runs(workspace: Workspace) -> list[RunView]:
    """All runs, by name."""
    with workspace.database.read() as session:
        return [
            RunView(row.id, row.name, row.note, row.training, row.created_at, number, newest)
            for row, number, newest in checkpoints.runs(session)
        ]
