"""An ONNX network that a team brings: looked into, and run by onnxruntime."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.extractors.reading import pooling_of
from core.onnx_session import open_session
from core.vetting.onnx_graph import check_onnx
from core.vetting.words import first_line

DTYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(double)": "float64",
          "tensor(uint8)": "uint8"}  # fmt: skip

OPEN = "the file leaves layout and colours open; taken as NCHW and RGB, which can be said otherwise"


@dataclass(frozen=True)
class Found:
    """What a model tells of itself: settings by their names in `Reading`, and where vectors may be taken."""

    settings: dict[str, Any]
    outputs: dict[str, tuple[int | None, ...]]
    """Its outputs, with their shapes without the batch."""
    notes: list[str] = field(default_factory=list)


def look(path: Path, output: str = "") -> Found:
    """What the file tells of its one input and of `output` (empty: the first). Raises BadInput or Refused."""
    session, _ = network(path, output)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1:
        names = ", ".join(i.name for i in inputs)
        raise BadInput(f"{path.name}: takes {len(inputs)} inputs ({names}); export the part that sees pictures alone.")
    if inputs[0].type not in DTYPES:
        raise BadInput(f"{path.name}: its input is of type {inputs[0].type}, not a picture of floats or bytes.")
    settings = picture_input(path.name, [s if isinstance(s, int) else None for s in inputs[0].shape])
    shapes = {o.name: tuple(s if isinstance(s, int) else None for s in o.shape[1:]) for o in outputs}
    chosen = output or outputs[0].name
    notes = [] if isinstance(inputs[0].shape[1], int) or isinstance(inputs[0].shape[3], int) else [OPEN]
    return Found({**settings, "output": chosen, "pooling": pooling_of(1 + len(shapes[chosen]))}, shapes, notes)


def picture_input(name: str, shape: list[int | None]) -> dict[str, Any]:
    """Layout, colour and size of an input (batch first, None where not fixed). Raises BadInput for no picture."""
    shown = "x".join(str(s) if s else "?" for s in shape)
    if len(shape) == 4 and shape[1:] == [None] * 3:  # as exporters write it that leave every size open
        return {"layout": "NCHW", "colour": "RGB"}
    if len(shape) != 4 or not {shape[1], shape[3]} & {1, 3}:
        raise BadInput(
            f"{name}: its input ({shown}) is no picture of 1 or 3 channels; export the part that sees pictures."
        )
    first = shape[1] in (1, 3) and (shape[3] not in (1, 3) or (shape[2] or 0) > 3)
    channels, sides = (shape[1], shape[2:]) if first else (shape[3], shape[1:3])
    if sides[0] != sides[1]:
        raise BadInput(f"{name}: takes pictures of {shown}, which are no squares; export it for square ones.")
    found: dict[str, Any] = {"layout": "NCHW" if first else "NHWC", "colour": "grey" if channels == 1 else "RGB"}
    return found | ({"side": sides[0]} if sides[0] else {})


def network(path: Path, output: str) -> tuple[Any, str]:
    """(session, name of the output) of the file at `path`, whose name tells its content. Any layer's tensor may be the
    output. Vetted and opened once, whichever of its outputs is asked for. Raises BadInput when onnxruntime cannot read
    the file or it has no such output, Refused by what is in it."""
    session = _opened(path)
    names = [o.name for o in session.get_outputs()]
    return (session if output in ("", *names) else _opened_at(path, output, tuple(names))), output or names[0]


@lru_cache(maxsize=4)
def _opened(path: Path) -> Any:
    check_onnx(path, path.name)
    return _session(path, path)


def _session(path: Path, model: Path | bytes) -> Any:
    try:
        return open_session(model)
    except Exception as error:  # onnxruntime's errors share no base class but Exception
        raise BadInput(f"{path.name}: onnxruntime cannot read it ({first_line(error)}); export it again.") from error


@lru_cache(maxsize=4)
def _opened_at(path: Path, layer: str, outputs: tuple[str, ...]) -> Any:
    """The model with the tensor of a layer as its output: by the tensor's name, or by that of its node."""
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    tensors = {name for node in model.graph.node for name in node.output if name}
    if layer not in tensors:
        some = ", ".join(sorted(tensors)[-5:])
        raise BadInput(
            f"{path.name}: has no output or layer '{layer}'; its outputs are {', '.join(outputs)}, and its last "
            f"layers give {some}."
        )
    try:
        shaped = onnx.shape_inference.infer_shapes(model)
    except Exception as error:  # onnx has errors of its own
        raise BadInput(f"{path.name}: onnxruntime cannot read it ({first_line(error)}); export it again.") from error
    known = {value.name: value for value in shaped.graph.value_info}
    model.graph.output.append(known.get(layer) or onnx.helper.make_empty_tensor_value_info(layer))
    return _session(path, model.SerializeToString())


def run(path: Path, output: str, batch: NDArray[np.float32]) -> NDArray[Any]:
    """What the network gives for a batch; one that was frozen for a number of pictures is given so many, padded."""
    session, name = network(path, output)
    taken = session.get_inputs()[0]
    fixed = taken.shape[0] if isinstance(taken.shape[0], int) else len(batch)
    parts = []
    for start in range(0, len(batch), fixed):
        part = batch[start : start + fixed]
        padded = np.concatenate([part, np.repeat(part[-1:], fixed - len(part), axis=0)])
        try:
            made = session.run([name], {taken.name: padded.astype(DTYPES[taken.type])})[0]
        except Exception as error:  # onnxruntime's errors share no base class but Exception
            raise BadInput(f"{path.name}: fails as it runs ({first_line(error)}); export it again.") from error
        if made.ndim == 0 or len(made) != fixed:
            raise BadInput(f"{path.name}: '{name}' does not give one row a picture; choose another output.")
        parts.append(made[: len(part)])
    return np.concatenate(parts)
