"""What was found in a model: which latents it wants, whether it wants labels, what pictures it makes."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.generators.alike import Differs

RANGES = ("tanh", "sigmoid", "byte")
LAYOUTS = ("NHWC", "NCHW")
ROLES = ("noise", "integer", "onehot", "embedding")
"""What an input may be said to take: numbers of the latent bank, or a label as its number, as a one-hot vector or as
the vector that a table has for it."""

LISTS = ("notes", "signatures", "outputs")
"""What of a spec is a tuple of texts; a list in JSON."""


@dataclass(frozen=True)
class InputSpec:
    """One input of the model. `shape` is without the batch."""

    name: str
    shape: tuple[int, ...]
    kind: str = "noise"
    """'noise', 'label', or 'picture' for a model that gives a picture back, such as an autoencoder."""
    encoding: str = ""
    """Of a label: 'integer', 'onehot', or 'embedding' (`core.generators.embedded`)."""

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
    """'tanh' is [-1, 1], 'sigmoid' [0, 1], 'byte' [0, 255]; empty while the model does not tell it."""
    classes: int = 0
    layout: str = "NHWC"
    notes: tuple[str, ...] = ()
    pictures: int = 0
    """How many ready-made pictures there are; 0 for a model, which makes as many as asked."""
    architecture: str = ""
    """sha256 of the checkpoint whose architecture the weights were loaded into; empty for a whole model."""
    runtime: str = ""
    """What runs the model where that is not what its format says (`core.generators.runtimes`)."""
    differs: Differs = field(default_factory=dict)
    """How the pictures of `runtime` differ from TensorFlow's (`core.generators.alike`)."""
    signatures: tuple[str, ...] = ()
    """Functions of a SavedModel by name; none for other formats."""
    signature: str = ""
    """The one that a person chose; empty for the one that was found."""
    outputs: tuple[str, ...] = ()
    """All outputs by name."""
    output: str = ""
    """The one that a person chose; empty for the one that was found."""
    embeddings: str = ""
    """sha256 of the table of vectors that stand for the classes; empty without one."""
    roles: dict[str, str] = field(default_factory=dict)
    """{input: one of ROLES} where a person said so."""

    @property
    def latent_size(self) -> int:
        return sum(i.size for i in self.inputs if i.kind == "noise")

    @property
    def takes_pictures(self) -> bool:
        """Whether it rebuilds pictures (n, H, W, C) instead of making them from latents; see `as_given`."""
        return any(i.kind == "picture" for i in self.inputs)

    def as_json(self) -> dict[str, Any]:
        found = asdict(self)
        return {**found, **{name: list(found[name]) for name in ("inputs", *LISTS)}}

    @staticmethod
    def from_json(found: dict[str, Any]) -> GeneratorSpec:
        inputs = tuple(InputSpec(**{**i, "shape": tuple(i["shape"])}) for i in found["inputs"])
        return GeneratorSpec(**{**found, "inputs": inputs, **{name: tuple(found.get(name, ())) for name in LISTS}})

    def with_overrides(self, overrides: dict[str, Any]) -> GeneratorSpec:
        """Raises BadInput for a key or value that means nothing, or not for this model."""
        check_overrides(overrides)
        if overrides and self.pictures:
            raise BadInput("Ready-made pictures are taken as they are; leave the overrides out.")
        signature = overrides.get("signature", "")
        if signature and signature not in self.signatures:
            known = f"; there are: {', '.join(self.signatures)}" if self.signatures else ""
            raise BadInput(f"signature={signature}: the model has no such function{known}.")
        output = overrides.get("output", "")
        if output and output not in self.outputs:
            raise BadInput(f"output={output}: the model has no such output; there are: {', '.join(self.outputs)}.")
        read = self._with_roles(overrides.get("roles", {}))
        classes = overrides.get("classes", read.classes)
        if classes != read.classes:
            read._check_classes(classes)
        return replace(read, **overrides)

    def _with_roles(self, roles: dict[str, str]) -> GeneratorSpec:
        unknown = sorted(roles.keys() - {i.name for i in self.inputs})
        if unknown:
            there = ", ".join(i.name for i in self.inputs)
            raise BadInput(f"'{unknown[0]}' is no input of the model; there are: {there}.")
        if not roles:
            return self
        inputs = tuple(_in_role(i, roles[i.name]) if i.name in roles else i for i in self.inputs)
        if all(i.kind == "label" for i in inputs):
            raise BadInput("No input is left that takes noise; leave one of them to it.")
        widths = [i.size for i in inputs if i.encoding == "onehot"]
        known = self.classes if any(i.encoding == "integer" for i in inputs) else 0
        return replace(self, inputs=inputs, classes=max(widths, default=known))

    def _check_classes(self, classes: int) -> None:
        labels = [i for i in self.inputs if i.kind == "label"]
        if not labels:
            raise BadInput(f"classes={classes}: the model has no label input; leave it out.")
        if 0 < self.classes < classes or any(i.encoding == "onehot" for i in labels):
            raise BadInput(f"classes={classes}: the model was built for {self.classes} classes; leave it out.")

    def with_guessed_range(self, low: float, high: float) -> GeneratorSpec:
        """The spec with the value range that a model's outputs between `low` and `high` speak for."""
        guess = "tanh" if low < 0 or 1 < high <= 8 else "sigmoid" if high <= 1 else "byte"
        note = f"the model does not tell its value range; its pictures lie between {low:.3g} and {high:.3g}, taken as "
        return replace(self, value_range=guess, notes=(*self.notes, f"{note}{guess}: override it if this is wrong"))


def _in_role(one: InputSpec, role: str) -> InputSpec:
    if role == "noise":
        return InputSpec(one.name, one.shape)
    if role == "integer" and one.shape not in ((), (1,)):
        raise BadInput(f"'{one.name}' takes {one.size} numbers, not one label; say onehot or noise.")
    if role == "onehot" and len(one.shape) != 1:
        raise BadInput(f"'{one.name}' of shape {one.shape} is no one-hot label; say noise.")
    return InputSpec(one.name, one.shape, "label", role)


def _are_roles(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(role in ROLES for role in value.values())


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()


def check_overrides(overrides: dict[str, Any]) -> None:
    """Raises BadInput for a key or value that means nothing. Known are "value_range" (RANGES), "layout" (LAYOUTS),
    "classes" (1 to 1,000,000), "roles" ({input: one of ROLES}), "signature" (of a SavedModel), "output" (by its name),
    "embeddings" (sha256 of a table that was taken in) and "architecture" (a registered checkpoint or a name: see
    core.checkpoints)."""
    for key, value in overrides.items():
        fits = {
            "value_range": value in RANGES,
            "layout": value in LAYOUTS,
            "classes": type(value) is int and 1 <= value <= 1_000_000,
            "architecture": type(value) in (int, str) and value != "",
            "signature": _is_name(value),
            "output": _is_name(value),
            "embeddings": isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None,
            "roles": _are_roles(value),
        }.get(key, False)
        if not fits:
            raise BadInput(
                f"{key}={value} cannot be overridden so; use value_range {RANGES}, layout {LAYOUTS}, "
                f"classes (a whole number), roles (of an input: {ROLES}), signature, output, embeddings or "
                "architecture (a registered checkpoint, or a name)."
            )


class Generator(Protocol):
    """An opened model, for latents (n, latent_size) float32 and labels (n,) int64 (ignored by an unconditional model).
    `raw` is the model's own output for them, `floats` pictures (n, H, W, C) float32 in [0, 1]; both raise BadInput for
    values that are not numbers."""

    spec: GeneratorSpec

    def raw(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[Any]: ...

    def floats(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]: ...


def given(spec: GeneratorSpec, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> list[NDArray[Any]]:
    """One array for each input of the model, in its order; a row of `latents` is the noise inputs side by side."""
    if spec.takes_pictures:
        return [latents.reshape(-1, *one.shape) for one in spec.inputs]
    arrays: list[NDArray[Any]] = []
    start = 0
    for one in spec.inputs:
        if one.kind == "noise":
            arrays.append(latents[:, start : start + one.size].reshape(-1, *one.shape))
            start += one.size
        elif one.encoding == "onehot":
            arrays.append(np.eye(spec.classes, dtype=np.float32)[labels])
        else:
            arrays.append(labels.reshape(-1, *one.shape))
    return arrays


def as_given(pictures: NDArray[np.float32], spec: GeneratorSpec) -> NDArray[np.float32]:
    """Pictures (n, H, W, C) in [0, 1] as a model that takes pictures wants them: in the range and the layout of what it
    makes, one row (n, H*W*C) each, which stands where latents stand otherwise."""
    scale, shift = {"tanh": (2.0, -1.0), "sigmoid": (1.0, 0.0), "byte": (255.0, 0.0)}[spec.value_range]
    laid = pictures.transpose(0, 3, 1, 2) if spec.layout == "NCHW" else pictures
    scaled = laid.astype(np.float32) * np.float32(scale) + np.float32(shift)
    return np.ascontiguousarray(scaled.reshape(len(pictures), -1))


def as_bytes(pictures: NDArray[np.float32]) -> NDArray[np.uint8]:
    """[0, 1] float to uint8, rounded to nearest."""
    return np.round(pictures * 255).astype(np.uint8)


def finite(output: NDArray[Any]) -> NDArray[Any]:
    """The output itself. Raises BadInput for values that are not numbers."""
    if not np.isfinite(output).all():
        raise BadInput("makes values that are not numbers (NaN weights?); choose an earlier checkpoint.")
    return output


def read_output(output: NDArray[Any], spec: GeneratorSpec) -> NDArray[np.float32]:
    """A model's raw output as (n, H, W, C) float32 in [0, 1]."""
    pictures = output if output.ndim == 4 else output[..., None]
    if spec.layout == "NCHW":
        pictures = pictures.transpose(0, 2, 3, 1)
    scale, shift = {"tanh": (0.5, 0.5), "sigmoid": (1.0, 0.0), "byte": (1 / 255, 0.0)}[spec.value_range]
    scaled = pictures.astype(np.float32) * np.float32(scale) + np.float32(shift)
    return np.asarray(np.clip(scaled, 0, 1), np.float32)
