"""A generator with something built in before it: a table of allowed latents, or a scale of its latents. As ONNX, which
runs without TensorFlow and is opened like any other checkpoint."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.generators.formats import detect_format
from core.generators.runtimes import as_onnx
from core.generators.spec import GeneratorSpec, given
from core.vetting.words import first_line
from core.wall import Rules
from core.wall.process import walled

PICK = "pick"
"""The one input of a table: a standard normal number u picks row floor(N Phi(u)) of N."""
PREFIX = "allowed"
ROOM = 64
"""Megabytes of ONNX that are believed for each megabyte of a Keras file: compressed weights unfold."""
OLDEST = 14
"""Opset that what is put before a model needs; older models are brought up to it."""


def picks(rows: NDArray[np.int64], n: int) -> NDArray[np.float32]:
    """The inputs (len(rows), 1) that give exactly these rows of a table of n: the middle of each row's share."""
    from scipy.special import ndtri

    return np.asarray(ndtri((np.asarray(rows) + 0.5) / n), np.float32)[:, None]


def with_table(
    content: bytes, spec: GeneratorSpec, latents: NDArray[np.float32], labels: NDArray[np.int64]
) -> bytes:  # fmt: skip
    """The ONNX model `content` with these latents (N, latent_size) and labels (N,) built in; it has one input, `pick`
    (batch, 1). Standard normal picks draw from the table at random, `picks` address its rows. Raises BadInput."""
    from onnx import TensorProto, helper, numpy_helper

    model, graph = _read(content, spec.output)
    inputs = _inputs(graph)
    rows, batch = given(spec, latents, labels), _batch(inputs[0])
    constants = {"half": 0.5 * len(latents), "root": math.sqrt(0.5), "last": len(latents) - 1.0, "none": 0.0}
    made = [numpy_helper.from_array(np.float32(value), f"{PREFIX}.{name}") for name, value in constants.items()]
    made.append(numpy_helper.from_array(np.array([-1], np.int64), f"{PREFIX}.flat"))
    steps = [
        ("Reshape", ["pick", "flat"], "u"), ("Mul", ["u", "root"], "scaled"), ("Erf", ["scaled"], "erf"),
        ("Mul", ["erf", "half"], "spread"), ("Add", ["spread", "half"], "place"), ("Floor", ["place"], "floor"),
        ("Min", ["floor", "last"], "below"), ("Max", ["below", "none"], "row"),
    ]  # fmt: skip
    nodes = [helper.make_node(op, [_name(i) for i in given_], [_name(out)]) for op, given_, out in steps]
    nodes.append(helper.make_node("Cast", [_name("row")], [_name("index")], to=TensorProto.INT64))
    for number, (one, table) in enumerate(zip(inputs, rows, strict=True)):
        dtype = helper.tensor_dtype_to_np_dtype(one.type.tensor_type.elem_type)
        made.append(numpy_helper.from_array(np.ascontiguousarray(table.astype(dtype)), f"{PREFIX}.table{number}"))
        nodes.append(helper.make_node("Gather", [f"{PREFIX}.table{number}", _name("index")], [one.name], axis=0))
    pick = helper.make_tensor_value_info(PICK, TensorProto.FLOAT, [batch, 1])
    return _written(model, nodes, made, [pick])


def scaled(content: bytes, spec: GeneratorSpec, psi: float) -> bytes:
    """The ONNX model `content` whose noise inputs are multiplied by psi first; labels pass as they are."""
    from onnx import helper, numpy_helper

    model, graph = _read(content, spec.output)
    nodes, made, inputs = [], [], []
    for one, read in zip(_inputs(graph), spec.inputs, strict=True):
        if read.kind != "noise":
            inputs.append(one)
            continue
        outer = type(one)()
        outer.CopyFrom(one)
        outer.name = f"{one.name}_unscaled"
        dtype = helper.tensor_dtype_to_np_dtype(one.type.tensor_type.elem_type)
        made.append(numpy_helper.from_array(np.asarray(psi, dtype), f"{PREFIX}.psi.{one.name}"))
        nodes.append(helper.make_node("Mul", [outer.name, f"{PREFIX}.psi.{one.name}"], [one.name]))
        inputs.append(outer)
    return _written(model, nodes, made, inputs)


def table_of(
    path: Path, spec: GeneratorSpec, latents: NDArray[np.float32], labels: NDArray[np.int64],
    rules: Rules | None = None,
) -> bytes:  # fmt: skip
    """`with_table` of the checkpoint at `path`, behind the wall: an ONNX file as it is, a whole Keras model rewritten.
    Raises BadInput for other formats, and for models that the converter does not know."""
    return _behind(path, {"spec": spec.as_json()}, [latents, labels], rules)


def scaled_of(path: Path, spec: GeneratorSpec, psi: float, rules: Rules | None = None) -> bytes:
    """`scaled` of the checkpoint at `path`, likewise."""
    return _behind(path, {"spec": spec.as_json(), "psi": psi}, [], rules)


def _behind(path: Path, given: dict[str, Any], arrays: list[NDArray[Any]], rules: Rules | None) -> bytes:
    kind = detect_format(path)
    if kind not in ("onnx", "keras"):
        raise BadInput(
            f"{path.name}: only ONNX and whole Keras models are wrapped; export the generator to ONNX, or take the "
            "list of latents."
        )
    room = "onnx" if kind == "onnx" else "tensorflow"
    process = walled(room, [path], path.name, rules or Rules.from_env())
    try:
        most = ROOM * max(1, path.stat().st_size // (1 << 20)) + 2 * sum(a.nbytes for a in arrays) // (1 << 20) + 1
        asked = {**given, "path": str(path.resolve()), "kind": kind}
        _, found = process.ask("core.generators.behind:wrap", asked, arrays, most=most << 20)
        if len(found) != 1 or found[0].dtype != np.uint8:
            raise process.lied("an ONNX model that is none")
        return found[0].tobytes()
    finally:
        process.close()


def exported(path: Path, output: str = "") -> bytes:
    """The Keras model at `path`, with its picture output alone, as ONNX. Imports TensorFlow; behind the wall only."""
    from core.generators.keras_files import load_model, picturing

    model = picturing(load_model(path), path.name, output)
    try:
        return as_onnx(model)
    except Exception as error:  # the converter fails in ways of its own for some layers
        raise BadInput(
            f"{path.name}: cannot be rewritten as ONNX ({first_line(error)}); take the list of latents instead."
        ) from error


def _name(short: str) -> str:
    return PICK if short == PICK else f"{PREFIX}.{short}"


def _read(content: bytes, output: str) -> tuple[Any, Any]:
    import onnx
    from onnx import version_converter

    model = onnx.load_model_from_string(content)
    opset = next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), 0)
    if opset < OLDEST:
        try:
            model = version_converter.convert_version(model, OLDEST)
        except Exception as error:  # the converter raises RuntimeError and its own
            raise BadInput(f"The model is of ONNX opset {opset}; export it with {OLDEST} or newer.") from error
    if output and len(model.graph.output) > 1:
        for other in [one for one in model.graph.output if one.name != output]:
            model.graph.output.remove(other)
    return model, model.graph


def _inputs(graph: Any) -> list[Any]:
    """Old files list their weights among the inputs."""
    weights = {one.name for one in graph.initializer}
    return [one for one in graph.input if one.name not in weights]


def _batch(one: Any) -> int | str:
    """The first size of an input: a number where it is fixed."""
    size = one.type.tensor_type.shape.dim[0]
    return int(size.dim_value) or "n"


def _written(model: Any, nodes: list[Any], constants: list[Any], inputs: list[Any]) -> bytes:
    import onnx

    kept = list(model.graph.node)
    old = {one.name for one in _inputs(model.graph)}
    rest = [one for one in model.graph.input if one.name not in old]
    del model.graph.node[:]
    del model.graph.input[:]
    model.graph.input.extend([*inputs, *rest])
    model.graph.initializer.extend(constants)
    model.graph.node.extend([*nodes, *kept])
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content
