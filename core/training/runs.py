"""Training runs as pages see them: asked for, paused, gone on with, and what they have come to."""

from __future__ import annotations

import fcntl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core import checkpoints, compare, jobs, references, results
from core.checkpoints import CheckpointView
from core.errors import NotFound
from core.jobs import JobView
from core.results import EvaluationView
from core.training import data, log
from core.training.log import Epoch
from core.training.loop import check, folder_of
from core.training.settings import DEFAULTS, TrainingSettings
from core.workspace import Workspace
from storage.checkpoints import run as run_row

PRIORITY = -1
"""Below whatever a person waits for: a training steps aside for it after an epoch."""
STOPPED = "stopped"
"""Key of a run's `training` under which stands what it was stopped for; the next start takes it away."""


@dataclass(frozen=True)
class TrainingView:
    """A run. `state`: queued, running, elsewhere (another process trains it, as `proofsheet train`), paused, cancelled,
    failed or done; a run that was killed is paused. `job`: its newest, None for one that was never asked for here."""

    run: str
    settings: TrainingSettings
    state: str
    job: JobView | None
    epochs: list[Epoch]
    """Of the log: those that are whole. The first is epoch 0, the untrained network."""

    @property
    def epoch(self) -> int:
        return self.epochs[-1].epoch if self.epochs else 0

    @property
    def active(self) -> bool:
        return self.state in ("queued", "running", "elsewhere")


@dataclass(frozen=True)
class Landed:
    """A checkpoint of the run; `evaluation` as the settings ask for it, None before it is there."""

    checkpoint: CheckpointView
    evaluation: EvaluationView | None
    verdicts: dict[str, str]
    """{metric: verdict} against the checkpoint before it; empty for the first, and where one is not measured."""


def start(workspace: Workspace, settings: TrainingSettings) -> JobView:
    """Ask a worker for a training, or for one to go on. Raises BadInput or NotFound where it could not begin."""
    check(workspace, settings)
    pictures = references.get(workspace, settings.reference_set_id).m
    data.steps_per_epoch(pictures, settings.batch)
    return jobs.submit(workspace, "train", {"settings": settings.as_json()}, priority=PRIORITY)


def longer(workspace: Workspace, view: TrainingView, epochs: int) -> JobView:
    """Go on with a run up to so many epochs."""
    return start(workspace, replace(view.settings, epochs=epochs))


def pause(workspace: Workspace, run: str) -> None:
    """Free the worker; the state of the last whole epoch is kept. `start` with the same settings goes on from it."""
    _stop(workspace, run, "paused")


def cancel(workspace: Workspace, run: str) -> None:
    """Be done with it: what has landed stays. It can still be taken up again."""
    _stop(workspace, run, "cancelled")


def _stop(workspace: Workspace, run: str, how: str) -> None:
    with workspace.database.write() as session:
        row = run_row(session, run)
        if row.training:
            row.training = {**row.training, STOPPED: how}
    for job in _jobs(workspace).get(run, []):
        if job.active:
            jobs.cancel(workspace, job.id)


def every(workspace: Workspace) -> list[str]:
    """Names of the runs that were trained here or asked for; the newest first."""
    trained = {run.name: run.created_at for run in checkpoints.runs(workspace) if run.training}
    asked = {name: found[0].created_at for name, found in _jobs(workspace).items()}
    both = {**asked, **trained}
    return sorted(both, key=lambda name: both[name], reverse=True)


def get(workspace: Workspace, run: str) -> TrainingView:
    """Raises NotFound for a run that was not trained here."""
    kept = next((r.training for r in checkpoints.runs(workspace) if r.name == run), {})
    own = _jobs(workspace).get(run, [])
    job = own[0] if own else None
    if not kept and job is None:
        raise NotFound(f"No run '{run}' was trained here; there are: {', '.join(every(workspace)) or 'none'}.")
    stopped = kept.get(STOPPED, "")
    found = {name: value for name, value in kept.items() if name != STOPPED}
    if job is not None and (job.active or not found):
        found = job.arguments["settings"]
    settings = TrainingSettings.from_json(found)
    folder = folder_of(workspace, run)
    epochs = log.read(folder)
    return TrainingView(run, settings, _state(folder, settings, job, epochs, stopped), job, epochs)


def _state(folder: Path, settings: TrainingSettings, job: JobView | None, epochs: list[Epoch], stopped: str) -> str:
    if job is not None and job.active:
        return job.state
    if _locked(folder):
        return "elsewhere"
    if (folder / "result.json").exists() and (job is None or job.state == "done"):
        return "done"
    if job is not None and job.state == "failed" and not stopped:
        return "failed"
    if epochs and epochs[-1].epoch >= settings.epochs and job is None:
        return "done"
    return stopped or ("cancelled" if job is not None and not epochs else "paused")


def _locked(folder: Path) -> bool:
    path = folder / "lock"
    if not path.exists():
        return False
    with path.open() as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _jobs(workspace: Workspace) -> dict[str, list[JobView]]:
    """Run -> its jobs, the newest first."""
    found: dict[str, list[JobView]] = {}
    for job in jobs.of_kind(workspace, "train"):
        found.setdefault(job.arguments["settings"]["run"], []).append(job)
    return found


def landed(workspace: Workspace, view: TrainingView) -> list[Landed]:
    """Its checkpoints by step, each with the newest evaluation that was made as the run's settings ask for."""
    asked = view.settings
    measured: dict[int, EvaluationView] = {}
    for one in results.every(workspace):
        alike = (one.extractor, one.reference_set_id, one.n) == (
            asked.extractor, asked.reference_set_id, asked.evaluate_n,
        )  # fmt: skip
        for number in one.checkpoint_ids if alike else ():
            measured.setdefault(number, one)
    found: list[Landed] = []
    for checkpoint in checkpoints.every(workspace, view.run):
        now, before = measured.get(checkpoint.id), found[-1] if found else None
        verdicts: dict[str, str] = {}
        if now is not None and before is not None and before.evaluation is not None:
            pair = before.checkpoint.id, checkpoint.id, before.evaluation, now
            verdicts = compare.remembered(workspace, *pair).verdicts
        found.append(Landed(checkpoint, now, verdicts))
    return found


def strip(epochs: list[Epoch], most: int = 8) -> list[Epoch]:
    """At most so many epochs, evenly spread, the first and the last among them."""
    if len(epochs) <= most:
        return epochs
    return [epochs[round(i * (len(epochs) - 1) / (most - 1))] for i in range(most)]


SAME_WORK = ("architecture", "size", "channels", "latent_size", "batch", "feature_matching", "perceptual")


def seconds_per_step(workspace: Workspace, settings: TrainingSettings) -> float | None:
    """As measured in the last epoch of the newest run that does the same work; None where there was none. What the
    measuring of checkpoints takes comes on top."""
    for run in sorted(checkpoints.runs(workspace), key=lambda run: run.created_at, reverse=True):
        known = {**DEFAULTS, **run.training}
        if run.training and all(known[name] == getattr(settings, name) for name in SAME_WORK):
            epochs = log.read(folder_of(workspace, run.name))
            if len(epochs) > 1:
                before, last = epochs[-2:]
                return (last.seconds - before.seconds) / (last.step - before.step)
    return None


def unlike_default(settings: TrainingSettings) -> dict[str, Any]:
    """The settings that are not at their defaults."""
    plain = TrainingSettings(settings.run, settings.reference_set_id).as_json()
    return {name: value for name, value in settings.as_json().items() if value != plain[name]}
