"""What a training run is asked to do: everything that decides its weights, and how it is measured."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from typing import Any

from core import extractors
from core.errors import BadInput
from core.training.models import ARCHITECTURES, get

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}")
LIMITS: dict[str, tuple[float, float]] = {
    "latent_size": (1, 4096),
    "size": (8, 128),
    "batch": (2, 4096),
    "epochs": (1, 100_000),
    "checkpoint_every": (1, 100_000),
    "learning_rate": (1e-7, 1),
    "discriminator_learning_rate": (1e-7, 1),
    "beta1": (0, 0.999),
    "average": (0, 0.9999),
    "real_target": (0.5, 1),
    "seed": (0, 2**31 - 1),
    "evaluate_n": (1, 1_000_000),
}
FREE = ("epochs", "checkpoint_every", "evaluate_n", "extractor")
"""May change between two starts of one run: they decide how long it goes and what is measured, not its weights."""


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of one run. Raises BadInput, naming the setting and the remedy, for values that cannot work."""

    run: str
    """Name of the run, and of its folder in the workspace."""
    reference_set_id: int
    """Its reference part is trained on and compared with; the held-out part is not touched."""
    architecture: str = ARCHITECTURES[0].name
    size: int = 28
    """Side of the pictures in pixels, a multiple of 4; the reference pictures are resized to it."""
    channels: int = 1
    """1 (grey) or 3 (RGB); the reference pictures are turned into it."""
    latent_size: int = 100
    batch: int = 32
    epochs: int = 10
    checkpoint_every: int = 1
    """Epochs between two registered checkpoints; the last epoch gives one in any case."""
    learning_rate: float = 1e-3
    """Of the generator's Adam."""
    discriminator_learning_rate: float = 1e-3
    beta1: float = 0.5
    """Adam's first-moment decay; 0.5 as in DCGAN (Radford et al. 2016)."""
    average: float = 0.99
    """Decay of the running average of the generator's weights, which is what checkpoints hold; 0: the last weights."""
    real_target: float = 0.9
    """What the discriminator should say of real pictures; below 1: one-sided label smoothing (Salimans et al. 2016)."""
    seed: int = 0
    evaluate_n: int = 1000
    """Pictures sampled to measure a checkpoint."""
    extractor: str = extractors.DEFAULT

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.run):
            raise BadInput(
                f"'{self.run}' is no name for a run; use up to 80 letters, digits, spaces, points, hyphens, _."
            )
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            whole = isinstance(low, int) and isinstance(high, int) and type(getattr(TrainingSettings, name)) is int
            if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
                raise BadInput(f"{name} {value!r} is not a {'whole ' if whole else ''}number; give one.")
            if not low <= value <= high:
                raise BadInput(f"{name} {value:g} cannot be trained with; use {low:g} to {high:g}.")
        if self.size % 4:
            raise BadInput(f"size {self.size} cannot be made by two doublings; use a multiple of 4.")
        if self.channels not in (1, 3):
            raise BadInput(f"channels {self.channels} make no picture; use 1 (grey) or 3 (RGB).")
        get(self.architecture)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(found: dict[str, Any]) -> TrainingSettings:
        """Raises BadInput for a key that is no setting, or for one that has no default and is missing."""
        known = {f.name for f in fields(TrainingSettings)}
        wrong = sorted(set(found) - known) or sorted({"run", "reference_set_id"} - set(found))
        if wrong:
            raise BadInput(f"'{wrong[0]}' is unknown or missing in the training settings; there are: {sorted(known)}.")
        return TrainingSettings(**found)

    def changed(self, other: dict[str, Any]) -> list[str]:
        """Names of the settings that decide the weights and differ in `other` (`as_json` of an earlier start)."""
        mine = self.as_json()
        return [name for name in mine if name not in FREE and other.get(name) != mine[name]]


def demo(run: str, reference_set_id: int) -> TrainingSettings:
    """Settings that show a clear trend on `core.demo_data` in 180 seconds of processor time (docs/training.md)."""
    return TrainingSettings(run, reference_set_id, epochs=15, checkpoint_every=3)
