"""What a training run is asked to do: everything that decides its weights, and how it is measured."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass, fields
from typing import Any

from core import extractors
from core.errors import BadInput
from core.training.models import ARCHITECTURES, Architecture, get

NAME = re.compile(r"[^\W_][\w .-]{0,79}")
"""Letters and digits of any language: a set of pictures may be called by them, and the run is proposed by its name."""
NAME_BYTES = 200
"""Of a run's name in UTF-8: file systems take 255 for a file, and a checkpoint's name adds its step to the run's."""
LIMITS: dict[str, tuple[float, float]] = {
    "latent_size": (1, 4096),
    "size": (8, 256),
    "batch": (2, 4096),
    "epochs": (1, 100_000),
    "checkpoint_every": (1, 100_000),
    "learning_rate": (1e-7, 1),
    "discriminator_learning_rate": (1e-7, 1),
    "beta1": (0, 0.999),
    "average": (0, 0.9999),
    "real_target": (0.5, 1),
    "rotate": (0, 180),
    "crop": (0, 0.5),
    "kl_weight": (0, 1000),
    "feature_matching": (0, 1000),
    "perceptual": (0, 1000),
    "seed": (0, 2**31 - 1),
    "evaluate_n": (6, 1_000_000),  # from what every metric needs
    "early_stop": (0, 1000),
}


def run_name(text: str) -> str:
    """`text` as a name that a run may have: other signs become hyphens, and what is too long is cut."""
    name = re.sub(r"[^\w .-]+", "-", unicodedata.normalize("NFC", text)).lstrip(" ._-")[:80]
    return name.encode()[:NAME_BYTES].decode(errors="ignore")


FITS = {"stretch": "stretched to a square", "crop": "the square in the middle"}
"""How a picture that is no square becomes one."""
FREE = ("epochs", "checkpoint_every", "evaluate_n", "extractor", "early_stop")
"""May change between two starts of one run: they decide how long it goes and what is measured, not its weights."""


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of one run. Raises BadInput, naming the setting and the remedy, for values that cannot work."""

    run: str
    """Name of the run, and of its folder in the workspace."""
    reference_set_id: int
    """Its reference part is trained on and compared with; the held-out part is never trained on."""
    architecture: str = ARCHITECTURES[0].name
    size: int = 28
    """Side of the pictures in pixels, a multiple of what the architecture says; the real pictures are resized to it."""
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
    early_stop: int = 0
    """End the training when none of so many last checkpoints is better on KID or coverage than the best before them
    (`core.selection.stalled`); 0: train all epochs."""
    fit: str = "stretch"
    """One of FITS."""
    flip: bool = False
    """Mirror every second picture left to right, drawn anew in every epoch."""
    rotate: float = 0.0
    """Turn every picture by up to so many degrees either way."""
    crop: float = 0.0
    """Leave out up to this share of the side, at a random place; what is left is enlarged again."""
    kl_weight: float = 1.0
    """VAE: weight of the Kullback-Leibler term, 1 as in Kingma & Welling (2014); beta of Higgins et al. (2017)."""
    feature_matching: float = 0.0
    """GAN: weight of the distance between the discriminator's mean features of real and generated pictures, added to
    the generator's loss (Salimans et al. 2016); 0: off."""
    perceptual: float = 0.0
    """VAE: weight of the distance in the features of a fixed network beside that of pixels (Zhang et al. 2018); 0:
    off."""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.run) or len(self.run.encode()) > NAME_BYTES:
            raise BadInput(
                f"'{self.run}' is no name for a run; use up to 80 letters, digits, spaces, points, hyphens, _, "
                f"in at most {NAME_BYTES} bytes, and begin with a letter or digit."
            )
        for name, (low, high) in LIMITS.items():
            _check_number(name, getattr(self, name), low, high)
        if not isinstance(self.flip, bool):
            raise BadInput(f"flip {self.flip!r} is neither on nor off; give true or false.")
        if self.fit not in FITS:
            raise BadInput(f"fit '{self.fit}' is unknown; use one of: {', '.join(FITS)}.")
        if self.channels not in (1, 3):
            raise BadInput(f"channels {self.channels} make no picture; use 1 (grey) or 3 (RGB).")
        _check_model(self, get(self.architecture))

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
        return [name for name in mine if name not in FREE and other.get(name, DEFAULTS.get(name)) != mine[name]]


DEFAULTS = {f.name: f.default for f in fields(TrainingSettings)}
"""What a setting was before it existed: runs of earlier versions are trained on with these."""


def _check_number(name: str, value: Any, low: float, high: float) -> None:
    whole = isinstance(low, int) and isinstance(high, int) and type(getattr(TrainingSettings, name)) is int
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise BadInput(f"{name} {value!r} is not a {'whole ' if whole else ''}number; give one.")
    if not low <= value <= high:
        raise BadInput(f"{name} {value:g} cannot be trained with; use {low:g} to {high:g}.")


def _check_model(settings: TrainingSettings, model: Architecture) -> None:
    """What only some architectures can do."""
    if settings.size % model.multiple:
        doublings = {4: "two", 16: "four"}[model.multiple]
        raise BadInput(
            f"size {settings.size} cannot be made by {doublings} doublings; use a multiple of {model.multiple}."
        )
    if settings.size > model.largest:
        raise BadInput(f"size {settings.size} is too large for {model.title}; use up to {model.largest}, or 'deep'.")
    if settings.feature_matching and model.learner != "gan":
        raise BadInput(f"{model.title} has no discriminator whose features could be matched; set feature_matching 0.")
    if settings.perceptual and model.learner != "vae":
        raise BadInput(
            f"{model.title} is told nothing by a perceptual loss; set perceptual 0, or use feature_matching."
        )


def demo(run: str, reference_set_id: int) -> TrainingSettings:
    """Settings that show a clear trend on `core.demo_data` in 180 seconds of processor time (docs/training.md)."""
    return TrainingSettings(run, reference_set_id, epochs=15, checkpoint_every=3)
