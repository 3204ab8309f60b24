"""Training: epochs, checkpoints that are registered and measured as they land, and going on after an interruption."""

from __future__ import annotations

import contextlib
import fcntl
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core import best, checkpoints, images, references, shelf
from core import evaluate as evaluation
from core.errors import BadInput, Conflict, SteppedAside
from core.progress import Progress, silent
from core.training import data, devices, learner, log
from core.training.generate import export, pictures, write
from core.training.settings import DEFAULTS, TrainingSettings
from core.workspace import Workspace
from storage.checkpoints import run as run_row
from storage.images import add as add_images

REPORT_STEPS = 20
REPORT_SECONDS = 0.5
"""Progress is told every so many batches, or as soon as this much time went by."""
SHOWN = 8
"""Latents whose pictures are kept after every epoch."""


def _never() -> bool:
    return False


def train(
    workspace: Workspace, settings: TrainingSettings, *, progress: Progress = silent, evaluate: bool = True,
    aside: Callable[[], bool] = _never,
) -> dict[str, Any]:  # fmt: skip
    """Train a generator, register a checkpoint before the first epoch and every `checkpoint_every` epochs, and measure
    each at once when `evaluate`.

    Asked again with the same settings it goes on from the last whole epoch, optimizer state included, and registers
    nothing twice; more `epochs` make a finished run longer. Returns {"run", "epochs", "steps", "checkpoints":
    [{"id", "step", "evaluation" (id or None)}, ...]}, checkpoints in the order of steps. Imports TensorFlow: the worker
    and the command line only. Raises BadInput when the run's name belongs to another training, the set is too small or
    the loss is no number any more; Conflict while another process trains the run; NotFound for an unknown set;
    Cancelled as raised by `progress`; SteppedAside after an epoch when `aside()` says that somebody waits.
    """
    folder = _claim(workspace, settings)
    with _alone(folder, settings.run):
        finished = _finished(folder, settings, evaluate)
        return (
            finished
            if finished is not None
            else _Training(workspace, settings, folder, progress, evaluate, aside).train()
        )


@contextlib.contextmanager
def _alone(folder: Path, run: str) -> Iterator[None]:
    """One process a run: two would write one state. The lock goes with its process, however that ends."""
    with (folder / "lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(f"Run '{run}' is being trained by another process; ask again when that is done.") from error
        yield


def check(workspace: Workspace, settings: TrainingSettings) -> None:
    """Raises BadInput where the run's name belongs to another training, NotFound for an unknown set or extractor."""
    references.get(workspace, settings.reference_set_id)
    shelf.usable(workspace, settings.extractor)
    known = next((run.training for run in checkpoints.runs(workspace) if run.name == settings.run), {})
    if not known and checkpoints.every(workspace, settings.run, archived=True):
        raise BadInput(f"Run '{settings.run}' holds checkpoints that were not trained here; choose another name.")
    if known and (changed := settings.changed(known)):
        was = ", ".join(f"{name} {known.get(name, DEFAULTS.get(name))}" for name in changed)
        raise BadInput(f"Run '{settings.run}' was trained with {was}; ask for the same, or choose another name.")


def _claim(workspace: Workspace, settings: TrainingSettings) -> Path:
    """Note the settings on the run and give its folder."""
    check(workspace, settings)
    with workspace.database.write() as session:
        run_row(session, settings.run).training = settings.as_json()
    folder = folder_of(workspace, settings.run)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def folder_of(workspace: Workspace, run: str) -> Path:
    """Where the state, the log and the lock of a run lie."""
    return workspace.folder / "training" / run


def _finished(folder: Path, settings: TrainingSettings, evaluate: bool) -> dict[str, Any] | None:
    """What an earlier start with these settings returned, so that a finished run costs nothing to ask for."""
    path = folder / "result.json"
    if not path.exists():
        return None
    kept = json.loads(path.read_text())
    same = TrainingSettings.from_json(kept["settings"]) == settings and kept["evaluate"] >= evaluate
    result: dict[str, Any] | None = kept["result"] if same else None
    return result


class _Training:
    """One start of a run."""

    def __init__(
        self, workspace: Workspace, settings: TrainingSettings, folder: Path, progress: Progress, evaluate: bool,
        aside: Callable[[], bool],
    ) -> None:  # fmt: skip
        self.workspace, self.settings, self.folder = workspace, settings, folder
        self.progress, self.evaluate, self.aside = progress, evaluate, aside
        self.evaluations: dict[int, int] = {}

    def train(self) -> dict[str, Any]:
        settings = self.settings
        real = data.load(self.workspace, settings, progress=self.progress)
        self.steps = data.steps_per_epoch(len(real), settings.batch)
        self.progress(0, self.steps * settings.epochs, "starting TensorFlow")
        self.device = devices.prepare()
        self.learner = learner.build(settings, self.folder)
        if not self.learner.restore():
            self._check_new()
            self.learner.close_epoch(0, np.zeros(len(self.learner.loss_names)), 0.0)
        first = int(self.learner.epoch) + 1
        kept = log.cut(self.folder, first - 1)
        if not kept or kept[-1].epoch != first - 1:
            self._log()
        self._land()
        for epoch in range(first, settings.epochs + 1):
            self._epoch(epoch, real)
            self._log()
            self._land()
            if self._stands_still():
                break
            if epoch < settings.epochs and self.aside():
                raise SteppedAside(f"Run '{settings.run}' lets other work go first, and goes on after it.")
        return self._result()

    def _check_new(self) -> None:
        if checkpoints.every(self.workspace, self.settings.run, archived=True):
            raise BadInput(
                f"Run '{self.settings.run}' has checkpoints, but its training state in the workspace is gone; "
                "choose another name."
            )

    def _log(self) -> None:
        """Note the epoch just finished, with pictures of the same few latents."""
        epoch = int(self.learner.epoch)
        latents = np.random.default_rng(self.settings.seed).standard_normal((SHOWN, self.settings.latent_size))
        made = [images.new_image(one) for one in pictures(self.learner.average, latents.astype(np.float32))]
        with self.workspace.database.write() as session:
            ids = add_images(session, made)
        seconds = round(float(self.learner.seconds), 3)
        log.append(self.folder, log.Epoch(epoch, int(self.learner.step), seconds, self._losses(), ids, self.device))

    def _losses(self) -> dict[str, float]:
        """Means over the epoch just finished; none before the first."""
        values = self.learner.losses.numpy().tolist() if int(self.learner.epoch) else []
        return dict(zip(self.learner.loss_names, values, strict=False))

    def _epoch(self, epoch: int, real: NDArray[np.uint8]) -> None:
        """All batches in an order drawn from seed and epoch, then the state is kept."""
        began = told = time.monotonic()
        losses = []
        for batch, part in enumerate(data.batches(real, self.settings, epoch), 1):
            losses.append(self.learner.train_on(part))
            if batch % REPORT_STEPS == 0 or batch == self.steps or time.monotonic() - told > REPORT_SECONDS:
                self._tell(epoch, batch, losses[-1].numpy())
                told = time.monotonic()
        self.learner.close_epoch(epoch, np.mean([loss.numpy() for loss in losses], axis=0), time.monotonic() - began)

    def _tell(self, epoch: int, batch: int, losses: NDArray[np.float32]) -> None:
        if not np.isfinite(losses).all():
            raise BadInput(
                f"Run '{self.settings.run}': the loss is no number any more in epoch {epoch}; train under another name "
                f"with a learning rate below {self.settings.learning_rate:g}."
            )
        said = ", ".join(f"{name} loss {loss:.3g}" for name, loss in zip(self.learner.loss_names, losses, strict=True))
        self.progress(
            (epoch - 1) * self.steps + batch, self.steps * self.settings.epochs,
            f"epoch {epoch}/{self.settings.epochs}, {said}",
        )  # fmt: skip

    def _land(self) -> None:
        """Register and measure the checkpoint of the epoch just finished, when one is due. An epoch whose checkpoint is
        registered already (the process died while measuring it) is only measured."""
        epoch, step = int(self.learner.epoch), int(self.learner.step)
        if epoch % self.settings.checkpoint_every and epoch < self.settings.epochs:
            return
        known = {view.step: view for view in checkpoints.every(self.workspace, self.settings.run, archived=True)}
        view = known.get(step) or self._register(epoch, step)
        self._measure(view.id)

    def _stands_still(self) -> bool:
        """Asked when a checkpoint has landed, where an early stop is wanted."""
        wanted, epoch = self.settings.early_stop, int(self.learner.epoch)
        if not (wanted and self.evaluate) or epoch % self.settings.checkpoint_every:
            return False
        real = references.get(self.workspace, self.settings.reference_set_id)
        return best.stands_still(
            self.workspace, self.settings.run, wanted, reference=real.label, extractor=self.settings.extractor
        )

    def _measure(self, checkpoint_id: int) -> None:
        if self.evaluate and checkpoint_id not in self.evaluations:
            self.evaluations[checkpoint_id] = evaluation.evaluate(
                self.workspace, checkpoint_id, self.settings.reference_set_id, extractor=self.settings.extractor,
                n=self.settings.evaluate_n, progress=self._measuring,
            )  # fmt: skip

    def _measuring(self, done: int, total: int, message: str = "", session: Session | None = None) -> None:
        """The bar stands still while a checkpoint is measured; the message says what goes on."""
        at = int(self.learner.step)
        where = f"epoch {int(self.learner.epoch)}/{self.settings.epochs}"
        self.progress(at, self.steps * self.settings.epochs, f"{where}: {message} {done}/{total}", session=session)

    def _register(self, epoch: int, step: int) -> checkpoints.CheckpointView:
        path = self.folder / f"{self.settings.run}-{step:06d}.keras"
        export(self.learner.average, path)
        names = [f"{name.replace(' ', '_')}_loss" for name in self.learner.loss_names]
        losses: list[float | None] = [*self._losses().values()] or [None for _ in names]
        details = {
            "epoch": epoch, "seconds": round(float(self.learner.seconds), 3), **dict(zip(names, losses, strict=True)),
            **self._export_whole(step),
        }  # fmt: skip
        view = checkpoints.register(
            self.workspace, path, run=self.settings.run, step=step, details=details, trained_here=True
        )
        path.unlink()  # the workspace keeps its own copy
        return view

    def _export_whole(self, step: int) -> dict[str, str]:
        """Encoder and decoder as one file beside the state, where the model has both."""
        whole = self.learner.whole()
        if whole is None:
            return {}
        path = self.folder / f"{whole.name}-{step:06d}.keras"
        write(whole, path)
        return {whole.name: str(path.relative_to(self.workspace.folder))}

    def _result(self) -> dict[str, Any]:
        """All checkpoints of the run, those of earlier starts measured too when asked for; kept in the folder."""
        landed = checkpoints.every(self.workspace, self.settings.run, archived=True)
        for view in landed:
            self._measure(view.id)
        result = {
            "run": self.settings.run, "epochs": int(self.learner.epoch), "steps": int(self.learner.step),
            "checkpoints": [{"id": v.id, "step": v.step, "evaluation": self.evaluations.get(v.id)} for v in landed],
        }  # fmt: skip
        kept = {"settings": self.settings.as_json(), "evaluate": self.evaluate, "result": result}
        part = self.folder / "result.part"
        part.write_text(json.dumps(kept))
        part.replace(self.folder / "result.json")
        return result
