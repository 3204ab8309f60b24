"""A folder that a training job writes checkpoints into: each is measured as it lands."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import checkpoints, evaluate, jobs, landing, results
from core.checkpoints import CheckpointView
from core.errors import BadInput
from core.progress import Progress, silent
from core.workspace import Workspace

LAST_NUMBER = r"(\d+)(?!.*\d)"
PATIENCE = 60.0
"""Seconds. A file that stays unchanged this long and still is not whole is passed on, to be refused by name."""
PARTIAL = (".tmp", ".part", ".partial", ".crdownload", ".swp")
"""Names that programs give to what they have not finished."""

State = tuple[int, int]
"""Bytes, and the time of the last change in nanoseconds."""


@dataclass
class Folder:
    """Checkpoints of a folder that match `pattern`: files, folders, and `.index` files for one checkpoint of
    TensorFlow's each. One has landed when it is whole (core/landing.py) and the same for two polls.

    `step_from`: a regular expression whose first group (or whole match) in the file's stem is the step. `given`: what
    landed before, by name.
    """

    path: Path
    pattern: str = "*.keras"
    step_from: str = LAST_NUMBER
    given: dict[str, State] = field(default_factory=dict)
    patience: float = PATIENCE
    waiting: dict[str, str] = field(default_factory=dict)
    """What is there and has not landed, by name, and what it waits for."""
    _seen: dict[str, tuple[State, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.check()
        if not self.pattern.strip() or self.pattern.startswith("/") or ".." in Path(self.pattern).parts:
            raise BadInput(f"--pattern '{self.pattern}' names no files of the folder; give one as '*.keras'.")
        try:
            re.compile(self.step_from)
        except re.error as error:
            raise BadInput(f"--step-from '{self.step_from}' is no regular expression ({error}).") from error

    def check(self) -> None:
        """Raises BadInput while the folder is not there."""
        if not self.path.is_dir():
            raise BadInput(f"{self.path}: there is no such folder to watch; make it, or check the path.")

    def landed(self) -> list[Path]:
        """What has landed since the last call, by step. A file that is written anew lands again."""
        self.check()
        now, clock = {path.name: (path, state) for path, state in self._look()}, time.monotonic()
        before, self._seen, self.waiting = self._seen, {}, {}
        found = []
        for name, (path, state) in now.items():
            if self.given.get(name) == state:
                continue
            known = before.get(name)
            since = known[1] if known and known[0] == state else clock
            self._seen[name] = state, since
            reason = self._reason(path, state, known, clock - since)
            if reason:
                self.waiting[name] = reason
            else:
                found.append(path)
                self.given[name] = state
        return sorted(found, key=lambda path: (_number(self.step_from, path) or 0, path.name))

    def _reason(self, path: Path, state: State, known: tuple[State, float] | None, unchanged: float) -> str:
        if known is None or known[0] != state:
            return "still changing" if known else "just seen"
        lacks = landing.missing(path)
        return f"waiting for {lacks}" if lacks and unchanged < self.patience else ""

    def settled(self) -> bool:
        """Whether every file that is there now has landed."""
        return all(self.given.get(path.name) == state for path, state in self._look())

    def _look(self) -> Iterator[tuple[Path, State]]:
        for path in sorted(self.path.glob(self.pattern)):
            if path.name.startswith(".") or path.suffix.lower() in PARTIAL:
                continue
            try:
                found = [file.stat() for file in landing.files(path)]
            except FileNotFoundError:
                continue  # renamed since the listing: it comes back under its new name
            size = sum(one.st_size for one in found)
            if size:
                yield path, (size, max(one.st_mtime_ns for one in found))

    def step(self, path: Path) -> int:
        """The training step that the name says. Raises BadInput when it says none."""
        number = _number(self.step_from, path)
        if number is None:
            raise BadInput(f"{path.name}: no step in the name; say where it is with --step-from, as in 'epoch_(\\d+)'.")
        return number


def _number(step_from: str, path: Path) -> int | None:
    match = re.search(step_from, path.stem)
    if match is None:
        return None
    text = match.group(1) if match.groups() else match.group()
    return int(text) if text and text.isdigit() else None


@dataclass(frozen=True)
class Protocol:
    """How each checkpoint is measured."""

    reference_set_id: int
    extractor: str
    n: int
    seed: int


def known(workspace: Workspace, checkpoint: CheckpointView, protocol: Protocol) -> int | None:
    """The evaluation that is there already, so that a watch that starts anew opens no model twice."""
    for view in results.every(workspace, checkpoint.id):
        asked = (view.reference_set_id, view.extractor, view.n, view.seed)
        if asked == (protocol.reference_set_id, protocol.extractor, protocol.n, protocol.seed):
            return view.id
    return None


def measure(
    workspace: Workspace,
    path: Path,
    run: str,
    step: int,
    protocol: Protocol,
    overrides: dict[str, Any] | None = None,
    progress: Progress = silent,
) -> dict[str, object]:
    """Register a checkpoint, read as `overrides` say (None: as it was read before), and have it measured: by the
    worker when one is there, else here and now.

    Returns {"checkpoint", "step", "file", "state" ("evaluated", "queued"), "evaluation", "job"}. Raises BadInput when
    the file is refused.
    """
    view = register(workspace, path, run, step, overrides)
    _put_away_former(workspace, view)
    number, job = known(workspace, view, protocol), None
    arguments = vars(protocol)
    if number is None and jobs.worker_alive(workspace):
        job = jobs.submit(workspace, "evaluate", {"checkpoint_id": view.id, **arguments}).id
    elif number is None:
        number = evaluate.evaluate(workspace, view.id, progress=progress, **arguments)
    state = "evaluated" if job is None else "queued"
    row = {"checkpoint": view.label, "step": step, "file": path.name, "state": state}
    return {**row, "evaluation": number, "job": job}


def _put_away_former(workspace: Workspace, view: CheckpointView) -> None:
    """Archive what the same file held before it was written anew, so that its step has one checkpoint."""
    same = [
        other for other in checkpoints.every(workspace, view.run) if (other.step, other.name) == (view.step, view.name)
    ]
    former = [other.id for other in same if other.id != view.id]
    for number in former:
        checkpoints.archive(workspace, number)
    if former and view.archived:  # it holds again what it held once
        checkpoints.archive(workspace, view.id, False)


def register(
    workspace: Workspace, path: Path, run: str, step: int, overrides: dict[str, Any] | None = None
) -> CheckpointView:
    """Register a file or folder that has landed. Raises BadInput for one that is not whole, or that is refused."""
    if lacks := landing.missing(path):
        raise BadInput(f"{path.name}: cut short, it lacks {lacks}; write it again.")
    with _gathered(workspace, path) as whole:
        return checkpoints.register(workspace, whole, run=run, step=step, overrides=overrides)


@contextlib.contextmanager
def _gathered(workspace: Workspace, path: Path) -> Iterator[Path]:
    """The path itself; for one checkpoint of TensorFlow's among others in a folder, a folder with its files alone."""
    if path.suffix != ".index":
        yield path
        return
    with tempfile.TemporaryDirectory(dir=workspace.uploads, prefix="watch-") as folder:
        alone = Path(folder) / path.stem
        alone.mkdir()
        for file in landing.files(path):
            shutil.copyfile(file, alone / file.name)
        yield alone
