"""ONNX generators, run by onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.generators.spec import GeneratorSpec, InputSpec, picture_shape, read_output


class OnnxGenerator:
    """One float latent input, one picture output."""

    def __init__(self, session: Any, name: str) -> None:
        self._session = session
        inputs = session.get_inputs()
        if len(inputs) != 1 or inputs[0].type != "tensor(float)":
            raise BadInput(f"{name}: needs exactly one float input for the latents, has {len(inputs)}.")
        shape = tuple(inputs[0].shape[1:])
        if not shape or not all(isinstance(s, int) for s in shape):
            raise BadInput(f"{name}: its latent size is not fixed ({inputs[0].shape}); export it with a fixed size.")
        output = tuple(s if isinstance(s, int) else None for s in session.get_outputs()[0].shape[1:])
        height, width, channels, layout = picture_shape(output, name)
        note = "ONNX does not tell the value range; taken as tanh [-1, 1], override it if this is wrong"
        self._fixed = inputs[0].shape[0] if isinstance(inputs[0].shape[0], int) else 0
        self.spec = GeneratorSpec(
            "onnx", (InputSpec(inputs[0].name, shape),), height, width, channels, "tanh", 0, layout, (note,)
        )

    def floats(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
        given = latents.reshape(-1, *self.spec.inputs[0].shape)
        step = self._fixed or len(given)
        parts = []
        for start in range(0, len(given), step):
            part = given[start : start + step]
            padded = np.concatenate([part, np.zeros((step - len(part), *part.shape[1:]), np.float32)])
            parts.append(self._session.run(None, {self.spec.inputs[0].name: padded})[0][: len(part)])
        return read_output(np.concatenate(parts), self.spec)


def open_onnx(path: Path) -> OnnxGenerator:
    """Raises BadInput when onnxruntime cannot read the file, or it makes no pictures."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base class but Exception
        first = str(error).splitlines()[0][:200]
        raise BadInput(f"{path.name}: onnxruntime cannot read it ({first}); export it again.") from error
    return OnnxGenerator(session, path.name)
