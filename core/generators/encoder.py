"""The encoder of a VAE in a file of its own: which of its outputs is the latent, and pictures -> latents.

Opened in a walled process only (`core.generators.walled_encoder` asks for it).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.generators.outputs import Output
from core.generators.reading import Shape
from core.vetting.words import shown

MEAN_WORDS = ("mean", "mu", "loc")
SPREAD_WORDS = ("log", "var", "std", "sigma", "scale", "logits")
Run = Callable[[NDArray[np.float32]], NDArray[Any]]


@dataclass(frozen=True)
class Latent:
    """Which output is the latent: its `place` among them, whether it is the first half of it, and a note of it."""

    place: int
    half: bool
    note: str


def latent_output(name: str, outputs: Sequence[Output], size: int) -> Latent:
    """Of the outputs (name, shape) the one of `size` numbers; the mean where a mean and the logarithm of a variance are
    given, as two outputs or as the halves of one. Raises BadInput when none is of that size."""
    sizes = [_size(shape) for _, shape in outputs]
    whole = [place for place, found in enumerate(sizes) if found == size]
    if len(whole) == 1:
        return Latent(whole[0], False, f"the latent is its output '{shown(outputs[whole[0]][0], 40)}'")
    if whole:
        place = min(whole, key=lambda p: (_rank(outputs[p][0]), p))
        note = f"of its outputs {_names(outputs)} '{shown(outputs[place][0], 40)}' is taken as the mean"
        return Latent(place, False, note)
    double = [p for p, (_, shape) in enumerate(outputs) if sizes[p] == 2 * size and (len(shape) == 1 or shape[0] == 2)]
    if len(double) == 1:
        place = double[0]
        note = f"the first {size} of the {2 * size} numbers of '{shown(outputs[place][0], 40)}' are taken as the mean"
        return Latent(place, True, note)
    raise BadInput(
        f"{name}: gives {_names(outputs)}, none of which is a latent of the decoder's {size} numbers; give the encoder "
        "that was trained with this decoder."
    )


def _rank(name: str) -> int:
    """0 for the name of a mean, 2 for that of a variance, 1 for one that tells neither."""
    if any(word in name.lower() for word in SPREAD_WORDS):
        return 2
    return 0 if any(word in name.lower() for word in MEAN_WORDS) else 1


def _size(shape: Shape) -> int:
    return int(np.prod([s or 0 for s in shape]))


def _names(outputs: Sequence[Output]) -> str:
    return ", ".join(f"'{shown(n, 40)}' ({'x'.join(str(s or '?') for s in shape) or 1})" for n, shape in outputs[:8])


def picture_layout(name: str, shape: Shape, height: int, width: int, channels: int) -> str:
    """'NHWC' or 'NCHW', for an input of this shape (without the batch; None where not fixed) that takes such pictures.
    Raises BadInput when it takes others."""
    grey = [("NHWC", (height, width))] if channels == 1 else []
    known: list[tuple[str, tuple[int, ...]]] = [
        ("NHWC", (height, width, channels)), ("NCHW", (channels, height, width)),
        ("NHWC", (height * width * channels,)), *grey,
    ]  # fmt: skip
    for layout, wanted in known:
        if len(wanted) == len(shape) and all(s in (None, w) for s, w in zip(shape, wanted, strict=True)):
            return layout
    given = "x".join(str(s or "?") for s in shape) or "a single number"
    raise BadInput(
        f"{name}: takes {given}, the decoder makes pictures of {height}x{width}x{channels}; give the encoder that was "
        "trained with this decoder."
    )


class Encoder:
    """Pictures (n, height * width * channels), rows in the layout `layout`, to latents (n, `size`) float32."""

    def __init__(self, path: Path, kind: str, height: int, width: int, channels: int, size: int) -> None:
        inputs, outputs, run = (_onnx if kind == "onnx" else _keras)(path)
        if len(inputs) != 1:
            raise BadInput(f"{path.name}: takes {len(inputs)} inputs; only encoders of pictures alone are read.")
        self.layout = picture_layout(path.name, inputs[0], height, width, channels)
        self.latent = latent_output(path.name, outputs, size)
        laid = (channels, height, width) if self.layout == "NCHW" else (height, width, channels)
        self._shape = {1: (height * width * channels,), 2: (height, width)}.get(len(inputs[0]), laid)
        self._run, self._size = run(self.latent.place), size

    def latents(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Raises BadInput for values that are not numbers."""
        found = self._run(rows.reshape(-1, *self._shape)).reshape(len(rows), -1)[:, : self._size]
        if not np.isfinite(found).all():
            raise BadInput("gives latents that are not numbers (NaN weights?); choose an earlier encoder.")
        return np.ascontiguousarray(found, np.float32)


Opened = tuple[list[Shape], list[Output], Callable[[int], Run]]
"""Shapes of the inputs, the outputs, and what runs the output at a place."""


def _onnx(path: Path) -> Opened:
    from core.extractors.own_onnx import DTYPES, network
    from core.extractors.own_onnx import run as run_onnx
    from core.generators.onnx_files import sizes

    session, _ = network(path, "")
    inputs = session.get_inputs()
    if any(one.type not in DTYPES for one in inputs):
        raise BadInput(f"{path.name}: its input is of type {inputs[0].type}, not a picture of floats.")
    outputs = [(one.name, sizes(one.shape[1:])) for one in session.get_outputs()]
    return (
        [sizes(one.shape[1:]) for one in inputs],
        outputs,
        lambda place: lambda batch: run_onnx(path, outputs[place][0], batch),
    )


def _keras(path: Path) -> Opened:
    from core.generators.keras_files import load_model, only, outputs_of
    from core.generators.runtimes import traced

    model = load_model(path)

    def run(place: int) -> Run:
        one = only(model, place)
        call, dtype = traced(one), one.inputs[0].dtype
        return lambda batch: call([batch.astype(dtype)])

    return [tuple(t.shape[1:]) for t in model.inputs], outputs_of(model), run
