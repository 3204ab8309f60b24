"""Training: epochs, checkpoints that are registered and measured as they land, and going on after an interruption."""

from __future__ import annotations

import contextlib
import fcntl
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core import checkpoints, references, shelf
from core import evaluate as evaluation
from core.errors import BadInput, Conflict
from core.progress import Progress, silent
from core.training import data
from core.training.gan import Gan
from core.training.generate import export
from core.training.settings import TrainingSettings
from core.workspace import Workspace
from storage.checkpoints import run as run_row

REPORT_STEPS = 20
REPORT_SECONDS = 0.5
"""Progress is told every so many batches, or as soon as this much time went by."""


def train(
    workspace: Workspace, settings: TrainingSettings, *, progress: Progress = silent, evaluate: bool = True
) -> dict[str, Any]:
    """Train a generator, register a checkpoint before the first epoch and every `checkpoint_every` epochs, and measure
    each at once when `evaluate`.

    Asked again with the same settings it goes on from the last whole epoch, optimizer state included, and registers
    nothing twice; more `epochs` make a finished run longer. Returns {"run", "epochs", "steps", "checkpoints":
    [{"id", "step", "evaluation" (id or None)}, ...]}, checkpoints in the order of steps. Imports TensorFlow: the worker
    and the command line only. Raises BadInput when the run's name belongs to another training, the set is too small or
    the loss is no number any more; Conflict while another process trains the run; NotFound for an unknown set;
    Cancelled as raised by `progress`.
    """
    folder = _claim(workspace, settings)
    with _alone(folder, settings.run):
        finished = _finished(folder, settings, evaluate)
        return finished if finished is not None else _Training(workspace, settings, folder, progress, evaluate).train()


@contextlib.contextmanager
def _alone(folder: Path, run: str) -> Iterator[None]:
    """One process a run: two would write one state. The lock goes with its process, however that ends."""
    with (folder / "lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(f"Run '{run}' is being trained by another process; ask again when that is done.") from error
        yield


def _claim(workspace: Workspace, settings: TrainingSettings) -> Path:
    """Note the settings on the run and give its folder."""
    references.get(workspace, settings.reference_set_id)
    shelf.usable(workspace, settings.extractor)
    taken = checkpoints.every(workspace, settings.run, archived=True)
    with workspace.database.write() as session:
        row = run_row(session, settings.run)
        if not row.training and taken:
            raise BadInput(f"Run '{settings.run}' holds checkpoints that were not trained here; choose another name.")
        if row.training and (changed := settings.changed(row.training)):
            was = ", ".join(f"{name} {row.training.get(name)}" for name in changed)
            raise BadInput(f"Run '{settings.run}' was trained with {was}; ask for the same, or choose another name.")
        row.training = settings.as_json()
    folder = workspace.folder / "training" / settings.run
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _finished(folder: Path, settings: TrainingSettings, evaluate: bool) -> dict[str, Any] | None:
    """What an earlier start with these settings returned, so that a finished run costs nothing to ask for."""
    path = folder / "result.json"
    if not path.exists():
        return None
    kept = json.loads(path.read_text())
    same = kept["settings"] == settings.as_json() and kept["evaluate"] >= evaluate
    result: dict[str, Any] | None = kept["result"] if same else None
    return result


class _Training:
    """One start of a run."""

    def __init__(
        self, workspace: Workspace, settings: TrainingSettings, folder: Path, progress: Progress, evaluate: bool
    ) -> None:
        self.workspace, self.settings, self.folder = workspace, settings, folder
        self.progress, self.evaluate = progress, evaluate
        self.evaluations: dict[int, int] = {}

    def train(self) -> dict[str, Any]:
        settings = self.settings
        pictures = data.load(
            self.workspace, settings.reference_set_id, settings.size, settings.channels, progress=self.progress
        )
        self.steps = data.steps_per_epoch(len(pictures), settings.batch)
        self.progress(0, self.steps * settings.epochs, "starting TensorFlow")
        self.gan = Gan(settings, self.folder)
        if not self.gan.restore():
            self._check_new()
            self.gan.close_epoch(0, np.zeros(2), 0.0)
        first = int(self.gan.epoch) + 1
        self._land()
        for epoch in range(first, settings.epochs + 1):
            self._epoch(epoch, pictures)
            self._land()
        return self._result()

    def _check_new(self) -> None:
        if checkpoints.every(self.workspace, self.settings.run, archived=True):
            raise BadInput(
                f"Run '{self.settings.run}' has checkpoints, but its training state in the workspace is gone; "
                "choose another name."
            )

    def _epoch(self, epoch: int, pictures: NDArray[np.uint8]) -> None:
        """All batches in an order drawn from seed and epoch, then the state is kept."""
        began = told = time.monotonic()
        losses = []
        order = data.batches(pictures, self.settings.batch, self.settings.seed + epoch)
        for batch, real in enumerate(order, 1):
            losses.append(self.gan.train_on(real))
            if batch % REPORT_STEPS == 0 or batch == self.steps or time.monotonic() - told > REPORT_SECONDS:
                self._tell(epoch, batch, losses[-1].numpy())
                told = time.monotonic()
        self.gan.close_epoch(epoch, np.mean([loss.numpy() for loss in losses], axis=0), time.monotonic() - began)

    def _tell(self, epoch: int, batch: int, losses: NDArray[np.float32]) -> None:
        if not np.isfinite(losses).all():
            raise BadInput(
                f"Run '{self.settings.run}': the loss is no number any more in epoch {epoch}; train under another name "
                f"with a learning rate below {self.settings.learning_rate:g}."
            )
        generator, discriminator = losses
        where = f"epoch {epoch}/{self.settings.epochs}"
        self.progress(
            (epoch - 1) * self.steps + batch, self.steps * self.settings.epochs,
            f"{where}, generator loss {generator:.3f}, discriminator {discriminator:.3f}",
        )  # fmt: skip

    def _land(self) -> None:
        """Register and measure the checkpoint of the epoch just finished, when one is due. An epoch whose checkpoint is
        registered already (the process died while measuring it) is only measured."""
        epoch, step = int(self.gan.epoch), int(self.gan.step)
        if epoch % self.settings.checkpoint_every and epoch < self.settings.epochs:
            return
        known = {view.step: view for view in checkpoints.every(self.workspace, self.settings.run, archived=True)}
        view = known.get(step) or self._register(epoch, step)
        self._measure(view.id)

    def _measure(self, checkpoint_id: int) -> None:
        if self.evaluate and checkpoint_id not in self.evaluations:
            self.evaluations[checkpoint_id] = evaluation.evaluate(
                self.workspace, checkpoint_id, self.settings.reference_set_id, extractor=self.settings.extractor,
                n=self.settings.evaluate_n, progress=self._measuring,
            )  # fmt: skip

    def _measuring(self, done: int, total: int, message: str = "", session: Session | None = None) -> None:
        """The bar stands still while a checkpoint is measured; the message says what goes on."""
        at = int(self.gan.step)
        where = f"epoch {int(self.gan.epoch)}/{self.settings.epochs}"
        self.progress(at, self.steps * self.settings.epochs, f"{where}: {message} {done}/{total}", session=session)

    def _register(self, epoch: int, step: int) -> checkpoints.CheckpointView:
        path = self.folder / f"{self.settings.run}-{step:06d}.keras"
        export(self.gan.average, path)
        generator, discriminator = (float(loss) for loss in self.gan.losses.numpy())
        details = {
            "epoch": epoch, "seconds": round(float(self.gan.seconds), 3),
            "generator_loss": generator if epoch else None, "discriminator_loss": discriminator if epoch else None,
        }  # fmt: skip
        view = checkpoints.register(
            self.workspace, path, run=self.settings.run, step=step, details=details, trained_here=True
        )
        path.unlink()  # the workspace keeps its own copy
        return view

    def _result(self) -> dict[str, Any]:
        """All checkpoints of the run, those of earlier starts measured too when asked for; kept in the folder."""
        landed = checkpoints.every(self.workspace, self.settings.run, archived=True)
        for view in landed:
            self._measure(view.id)
        result = {
            "run": self.settings.run, "epochs": int(self.gan.epoch), "steps": int(self.gan.step),
            "checkpoints": [{"id": v.id, "step": v.step, "evaluation": self.evaluations.get(v.id)} for v in landed],
        }  # fmt: skip
        kept = {"settings": self.settings.as_json(), "evaluate": self.evaluate, "result": result}
        part = self.folder / "result.part"
        part.write_text(json.dumps(kept))
        part.replace(self.folder / "result.json")
        return result
