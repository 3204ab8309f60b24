"""A folder that a training job writes checkpoints into: each is measured as it lands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import checkpoints, evaluate, jobs, results
from core.checkpoints import CheckpointView
from core.errors import BadInput
from core.progress import Progress, silent
from core.workspace import Workspace

LAST_NUMBER = r"(\d+)(?!.*\d)"


@dataclass
class Folder:
    """Files of a folder that match `pattern`. A file has landed when it has one size and time for two polls.

    `step_from`: a regular expression whose first group (or whole match) in the file's stem is the step.
    """

    path: Path
    pattern: str = "*.keras"
    step_from: str = LAST_NUMBER
    _seen: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _given: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.path.is_dir():
            raise BadInput(f"{self.path}: there is no such folder to watch; make it, or check the path.")
        try:
            re.compile(self.step_from)
        except re.error as error:
            raise BadInput(f"--step-from '{self.step_from}' is no regular expression ({error}).") from error

    def landed(self) -> list[Path]:
        """Files that have landed since the last call, by step. A file that is written anew lands again."""
        now = dict(self._look())
        found = [path for path, state in now.items() if self._seen.get(path) == state != self._given.get(path)]
        self._seen = now
        self._given.update((path, now[path]) for path in found)
        return sorted(found, key=lambda path: (_number(self.step_from, path) or 0, path.name))

    def settled(self) -> bool:
        """Whether every file that is there now has landed."""
        return all(self._given.get(path) == state for path, state in self._look())

    def _look(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        for path in sorted(self.path.glob(self.pattern)):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue  # renamed since the listing: it comes back under its new name
            if path.is_file() and found.st_size:
                yield path, (found.st_size, found.st_mtime_ns)

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
    view = checkpoints.register(workspace, path, run=run, step=step, overrides=overrides)
    number, job = known(workspace, view, protocol), None
    arguments = vars(protocol)
    if number is None and jobs.worker_alive(workspace):
        job = jobs.submit(workspace, "evaluate", {"checkpoint_id": view.id, **arguments}).id
    elif number is None:
        number = evaluate.evaluate(workspace, view.id, progress=progress, **arguments)
    state = "evaluated" if job is None else "queued"
    row = {"checkpoint": view.label, "step": step, "file": path.name, "state": state}
    return {**row, "evaluation": number, "job": job}
