"""What was found in a model: which latents it wants, whether it wants labels, what pictures it makes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput

RANGES = ("tanh", "sigmoid", "byte")


@dataclass(frozen=True)
class InputSpec:
    """One input of the model. `shape` is without the batch."""

    name: str
    shape: tuple[int, ...]
    kind: str = "noise"
    """'noise' or 'label'."""
    encoding: str = ""
    """Of a label: 'integer' or 'onehot'."""

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))


@dataclass(frozen=True)
class GeneratorSpec:
    """How a model is read; what a person overrides replaces what was found."""

    format: str
    inputs: tuple[InputSpec, ...]
    height: int
    width: int
    channels: int
    value_range: str
    """'tanh' is [-1, 1], 'sigmoid' [0, 1], 'byte' [0, 255]."""
    classes: int = 0
    layout: str = "NHWC"
    notes: tuple[str, ...] = ()

    @property
    def latent_size(self) -> int:
        return sum(i.size for i in self.inputs if i.kind == "noise")

    def as_json(self) -> dict[str, Any]:
        found = asdict(self)
        return {**found, "inputs": list(found["inputs"]), "notes": list(self.notes)}

    @staticmethod
    def from_json(found: dict[str, Any]) -> GeneratorSpec:
        inputs = tuple(InputSpec(**{**i, "shape": tuple(i["shape"])}) for i in found["inputs"])
        return GeneratorSpec(**{**found, "inputs": inputs, "notes": tuple(found["notes"])})

    def with_overrides(self, overrides: dict[str, Any]) -> GeneratorSpec:
        """Raises BadInput for a key or value that means nothing."""
        check_overrides(overrides)
        return replace(self, **overrides)


def check_overrides(overrides: dict[str, Any]) -> None:
    """Raises BadInput for a key or value that means nothing."""
    allowed = {"value_range": RANGES, "layout": ("NHWC", "NCHW")}
    for key, value in overrides.items():
        if key not in allowed or value not in allowed[key]:
            raise BadInput(f"{key}={value} cannot be overridden so; use value_range {RANGES} or layout NHWC, NCHW.")


class Generator(Protocol):
    """An opened model. `floats` gives pictures (n, H, W, C) float32 in [0, 1] for latents (n, latent_size) float32 and
    labels (n,) int64 (ignored by an unconditional model)."""

    spec: GeneratorSpec

    def floats(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]: ...


def as_bytes(pictures: NDArray[np.float32]) -> NDArray[np.uint8]:
    """[0, 1] float to uint8, rounded to nearest."""
    return np.round(pictures * 255).astype(np.uint8)


def read_output(output: NDArray[Any], spec: GeneratorSpec) -> NDArray[np.float32]:
    """A model's raw output as (n, H, W, C) float32 in [0, 1]. Raises BadInput for values that are not numbers."""
    if not np.isfinite(output).all():
        raise BadInput("The model makes values that are not numbers (NaN weights?); choose an earlier checkpoint.")
    pictures = output if output.ndim == 4 else output[..., None]
    if spec.layout == "NCHW":
        pictures = pictures.transpose(0, 2, 3, 1)
    scale, shift = {"tanh": (0.5, 0.5), "sigmoid": (1.0, 0.0), "byte": (1 / 255, 0.0)}[spec.value_range]
    scaled = pictures.astype(np.float32) * np.float32(scale) + np.float32(shift)
    return np.asarray(np.clip(scaled, 0, 1), np.float32)


def picture_shape(shape: tuple[int | None, ...], name: str) -> tuple[int, int, int, str]:
    """(height, width, channels, layout) from an output shape without the batch. Raises BadInput when it is none."""
    sizes = [s or 0 for s in shape]
    if len(sizes) == 2 and min(sizes) >= 4:
        return sizes[0], sizes[1], 1, "NHWC"
    if len(sizes) == 3 and sizes[2] in (1, 3) and min(sizes[:2]) >= 4:
        return sizes[0], sizes[1], sizes[2], "NHWC"
    if len(sizes) == 3 and sizes[0] in (1, 3) and min(sizes[1:]) >= 4:
        return sizes[1], sizes[2], sizes[0], "NCHW"
    shown = "x".join(str(s) if s else "?" for s in shape) or "a single number"
    raise BadInput(
        f"{name}: its output ({shown} per sample) is no picture; is this a classifier or a discriminator? "
        "Export the generator alone, with an output of height x width x 1 or 3."
    )
