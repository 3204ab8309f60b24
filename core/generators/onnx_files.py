"""ONNX generators, run by onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.generators.outputs import picture_output, with_outputs
from core.generators.reading import Shape, read_model
from core.generators.spec import finite, given, read_output
from core.onnx_session import open_session
from core.vetting.onnx_graph import check_onnx
from core.vetting.words import first_line

DTYPES = {
    "tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16",
    "tensor(int64)": "int64", "tensor(int32)": "int32",
}  # fmt: skip


class OnnxGenerator:
    """Latents, labels where it wants them, and the picture output: the one named `output`, or the one that is found."""

    def __init__(self, session: Any, name: str, output: str = "") -> None:
        self._session, self._name = session, name
        inputs = session.get_inputs()
        unknown = [i.type for i in inputs if i.type not in DTYPES]
        if unknown or not inputs:
            raise BadInput(f"{name}: its inputs {unknown} are neither numbers nor labels; export the generator alone.")
        self._names, self._dtypes = [i.name for i in inputs], [DTYPES[i.type] for i in inputs]
        found = [(i.name, sizes(i.shape[1:]), dtype) for i, dtype in zip(inputs, self._dtypes, strict=True)]
        outputs = [(o.name, sizes(o.shape[1:])) for o in session.get_outputs()]
        place = picture_output(name, outputs, output)
        self._output, shape = outputs[place]
        self.spec = with_outputs(read_model(name, "onnx", found, shape, 0, ""), outputs, place)
        batch = inputs[0].shape[0] if inputs[0].shape else None
        self._fixed = batch if isinstance(batch, int) else 0

    def raw(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[Any]:
        step = self._fixed or len(latents)
        parts = [self._run(latents[i : i + step], labels[i : i + step], step) for i in range(0, len(latents), step)]
        return finite(np.concatenate(parts))

    def _run(self, latents: NDArray[np.float32], labels: NDArray[np.int64], step: int) -> NDArray[Any]:
        missing = [(0, step - len(latents))]
        arrays = given(self.spec, np.pad(latents, [*missing, (0, 0)]), np.pad(labels, missing))
        feed = {n: a.astype(d) for n, a, d in zip(self._names, arrays, self._dtypes, strict=True)}
        try:
            output: NDArray[Any] = self._session.run([self._output], feed)[0]
        except Exception as error:  # onnxruntime's errors share no base class but Exception
            raise BadInput(f"{self._name}: fails as it runs ({first_line(error)}); export it again.") from error
        return output[: len(latents)]

    def floats(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
        return read_output(self.raw(latents, labels), self.spec)


def sizes(found: list[Any]) -> Shape:
    """None for a size that is not fixed."""
    return tuple(s if isinstance(s, int) else None for s in found)


def open_onnx(path: Path, output: str = "") -> OnnxGenerator:
    """Raises BadInput when onnxruntime cannot read the file, or it makes no pictures; Refused by what is in it."""
    check_onnx(path, path.name)
    try:
        session = open_session(path)
    except Exception as error:  # onnxruntime's errors share no base class but Exception
        said = first_line(error, path)
        raise BadInput(f"{path.name}: onnxruntime cannot read it ({said}); export it again.") from error
    return OnnxGenerator(session, path.name, output)
