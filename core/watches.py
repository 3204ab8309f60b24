"""Folders that the worker follows: rows that pages and the command line start, pause, stop and delete."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import checkpoints, evaluate, jobs, references, retention, shelf, watch
from core.errors import BadInput, NotFound, ProofsheetError
from core.generators.spec import check_overrides
from core.landing import files as files_of
from core.watch import LAST_NUMBER, Folder
from core.work import readable_path
from core.workspace import Workspace
from storage import watches
from storage.jobs import active_count
from storage.tables import Watch, WatchFile, now

STATES = ("following", "paused", "stopped")
PROTOCOL = ("reference_set_id", "extractor", "n", "seed")


@dataclass(frozen=True)
class FileView:
    """What became of a file. `said`: why it was refused or does not load, or that it was written anew."""

    name: str
    checkpoint_id: int | None
    label: str
    said: str
    refused: bool
    at: dt.datetime
    let_go: bool


@dataclass(frozen=True)
class WatchView:
    """A watched folder as pages and the command line see it. `files` newest first; `waiting` is [(name, reason)]."""

    id: int
    folder: str
    pattern: str
    step_from: str
    run: str
    protocol: dict[str, Any]
    retention: dict[str, Any]
    overrides: dict[str, Any]
    state: str
    error: str
    waiting: list[tuple[str, str]]
    seen_at: dt.datetime | None
    created_at: dt.datetime
    files: list[FileView]

    @property
    def landed(self) -> int:
        return sum(not file.refused for file in self.files)

    @property
    def refused(self) -> list[FileView]:
        return [file for file in self.files if file.refused]


def start(
    workspace: Workspace, folder: str, *, run: str, protocol: dict[str, Any], pattern: str = "*.keras",
    step_from: str = "", overrides: dict[str, Any] | None = None, keep: dict[str, Any] | None = None,
) -> WatchView:  # fmt: skip
    """Have the worker follow a folder; the same folder, pattern and run again is the same watch, with what is said of
    it now. `protocol`: PROTOCOL; `keep`: what core.retention.check takes.

    Raises BadInput for a folder that the server may not read or that is none, and for settings that mean nothing.
    """
    place = readable_path(workspace, folder)
    checked = Folder(place, pattern, step_from or LAST_NUMBER)
    if not run.strip() or len(run) > 200 or not run.isprintable():
        raise BadInput("Name the run that the checkpoints belong to, in 1 to 200 letters.")
    evaluate.check_size(protocol["n"], references.get(workspace, protocol["reference_set_id"]), run.strip())
    shelf.usable(workspace, protocol["extractor"])
    check_overrides(overrides or {})
    retention.check(keep or {})
    values = {"step_from": checked.step_from, "overrides": overrides or {}, "retention": keep or {},
              "protocol": {name: protocol[name] for name in PROTOCOL}, "state": "following", "error": ""}  # fmt: skip
    user = workspace.user_id() or None
    with workspace.database.write() as session:
        same = (str(place), pattern, run.strip())
        row = next((w for w in watches.every(session) if (w.folder, w.pattern, w.run) == same), None)
        if row is None:
            row = Watch(folder=same[0], pattern=pattern, run=same[2], waiting=[], created_by=user, **values)
            session.add(row)
        else:
            for name, value in values.items():
                setattr(row, name, value)
        session.flush()
        number = row.id
    return get(workspace, number)


def get(workspace: Workspace, watch_id: int) -> WatchView:
    """Raises NotFound for an unknown id."""
    found = [view for view in every(workspace) if view.id == watch_id]
    if not found:
        raise NotFound(f"There is no watch {watch_id} in this workspace; `proofsheet watches list` shows them.")
    return found[0]


def every(workspace: Workspace) -> list[WatchView]:
    """All of them, oldest first."""
    known = {view.id: view for view in checkpoints.every(workspace, archived=True)}
    with workspace.database.read() as session:
        return [
            WatchView(
                row.id, row.folder, row.pattern, row.step_from, row.run, row.protocol, row.retention, row.overrides,
                row.state, row.error, [(one["name"], one["reason"]) for one in row.waiting], row.seen_at,
                row.created_at, [_file(file, known) for file in watches.files(session, row.id)],
            )
            for row in watches.every(session)
        ]  # fmt: skip


def states(workspace: Workspace) -> list[str]:
    """Of all of them, oldest first, without what became of their files."""
    with workspace.database.read() as session:
        return [row.state for row in watches.every(session)]


def _file(row: WatchFile, known: dict[int, checkpoints.CheckpointView]) -> FileView:
    view = known.get(row.checkpoint_id or 0)
    error = view.error if view else ""
    return FileView(
        row.name, row.checkpoint_id, view.label if view else "", error or row.said, view is None or bool(error), row.at,
        row.let_go_at is not None,
    )  # fmt: skip


def set_state(workspace: Workspace, watch_id: int, state: str) -> WatchView:
    """Follow, pause or stop. What has landed stays. Raises NotFound."""
    if state not in STATES:
        raise BadInput(f"'{state}' is no state of a watch; use one of: {', '.join(STATES)}.")
    with workspace.database.write() as session:
        row = watches.get(session, watch_id)
        if row is not None:
            row.state, row.error, row.waiting = state, "", []
    return get(workspace, watch_id)


def delete(workspace: Workspace, watch_id: int) -> None:
    """Forget the watch; checkpoints and numbers stay. Raises NotFound."""
    get(workspace, watch_id)
    with workspace.database.write() as session:
        watches.remove(session, watch_id)


@dataclass
class Follower:
    """Follows every watch that is on. Each `look` is one poll; all that must survive a restart is in the database."""

    workspace: Workspace
    _folders: dict[int, Folder] = field(default_factory=dict)
    _settled: dict[int, tuple[int, int]] = field(default_factory=dict)
    """What there was when pictures were last let go: nothing to do while it is the same."""

    def look(self) -> None:
        """One poll of every folder. What goes wrong with one is noted on it, and the others go on."""
        with self.workspace.database.read() as session:
            found = watches.every(session, "following")
            session.expunge_all()
        self._folders = {row.id: self._folders[row.id] for row in found if row.id in self._folders}
        for row in found:
            try:
                self._follow(row)
            except (ProofsheetError, OSError) as error:
                self._folders.pop(row.id, None)
                _note(self.workspace, row.id, error=_sentence(error), waiting=[])

    def _follow(self, row: Watch) -> None:
        place = readable_path(self.workspace, row.folder)
        folder = self._folders.get(row.id)
        if folder is None or (folder.pattern, folder.step_from) != (row.pattern, row.step_from):
            folder = self._folders[row.id] = Folder(place, row.pattern, row.step_from, _given(self.workspace, row.id))
        for path in folder.landed():
            _take_in(self.workspace, row, folder, path)
        waiting = [{"name": name, "reason": reason} for name, reason in sorted(folder.waiting.items())[:100]]
        _note(self.workspace, row.id, error="", waiting=waiting, seen_at=now())
        if row.retention:
            with self.workspace.database.read() as session:
                now_there = watches.newest_evaluation(session), active_count(session)
            if self._settled.get(row.id) != now_there:
                self._settled[row.id] = now_there
                _keep_best(self.workspace, row)


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, ProofsheetError) else f"The folder cannot be read ({error}); it is tried on."


def _given(workspace: Workspace, watch_id: int) -> dict[str, tuple[int, int]]:
    with workspace.database.read() as session:
        return {file.name: (file.size, file.changed) for file in watches.files(session, watch_id)}


def _take_in(workspace: Workspace, row: Watch, folder: Folder, path: Path) -> None:
    """Register one checkpoint and have it evaluated; what became of it is noted once."""
    with workspace.database.read() as session:
        file = session.get(WatchFile, (row.id, path.name))
        before = None if file is None else file.checkpoint_id
    try:
        for part in files_of(path):
            _stays_inside(workspace, part)
        view = watch.register(workspace, path, row.run, folder.step(path), row.overrides or None)
        if view.archived:
            view = checkpoints.archive(workspace, view.id, False)
        jobs.submit(workspace, "evaluate", {"checkpoint_id": view.id, **row.protocol})
        found, said = view.id, ""
    except (BadInput, NotFound) as error:
        found, said = None, str(error)
    if before is not None and found not in (None, before):
        checkpoints.archive(workspace, before)
        said = "It was written anew: what it held before is kept as an archived checkpoint of the same step."
    size, changed = folder.given[path.name]
    with workspace.database.write() as session:
        if watches.get(session, row.id) is not None:  # else somebody deleted the watch meanwhile
            file = WatchFile(watch_id=row.id, name=path.name, size=size, changed=changed, checkpoint_id=found,
                             said=said, at=now(), let_go_at=None)  # fmt: skip
            session.merge(file)


def _stays_inside(workspace: Workspace, part: Path) -> None:
    try:
        readable_path(workspace, str(part))
    except BadInput as error:
        if not part.is_symlink():
            raise
        raise BadInput(
            f"{part.name}: a link that leads out of the folders that the server may read; put the file itself there."
        ) from error


def _note(workspace: Workspace, watch_id: int, **values: Any) -> None:
    with workspace.database.write() as session:
        row = watches.get(session, watch_id)
        if row is not None and row.state == "following":
            for name, value in values.items():
                setattr(row, name, value)


def _keep_best(workspace: Workspace, row: Watch) -> None:
    with workspace.database.read() as session:
        found = {f.checkpoint_id: f.let_go_at for f in watches.files(session, row.id) if f.checkpoint_id}
    spared = {number for number, at in found.items() if at is not None}
    gone = retention.keep_best(workspace, set(found), row.protocol, row.retention, spared)
    if gone:
        with workspace.database.write() as session:
            for file in watches.files(session, row.id):
                if file.checkpoint_id in gone:
                    file.let_go_at = now()
