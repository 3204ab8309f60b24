"""Small real networks that see pictures, as ONNX files."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RNG = np.random.default_rng(11)
KERNEL = RNG.normal(size=(6, 3, 4, 4)).astype(np.float32)
TOKENS, DIM = 64, 6


def model(nodes: list[Any], output: tuple[str, list[Any]], constants: dict[str, Any], **shapes: Any) -> onnx.ModelProto:
    """'pixels' (n, 3, 32, 32), or as `shapes` say, -> `output`."""
    inputs = {"pixels": ["n", 3, 32, 32], **shapes}
    graph = helper.make_graph(
        nodes, "own",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(output[0], TensorProto.FLOAT, output[1])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def patches(path: Path, end: str = "rows", batch: Any = "n", side: Any = 32, channels: Any = 3) -> Path:
    """Patches of 4 x 4 through one linear map and a ReLU, as a map ('map'), as tokens ('tokens') or as their mean."""
    nodes = [
        helper.make_node("Conv", ["pixels", "kernel"], ["embedded"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Relu", ["embedded"], ["map"]),
    ]
    output: tuple[str, list[Any]] = ("map", [batch, DIM, "h", "w"])
    constants: dict[str, Any] = {"kernel": KERNEL}
    if end in ("tokens", "rows"):
        nodes.append(helper.make_node("Reshape", ["map", "shape"], ["flat"]))
        nodes.append(helper.make_node("Transpose", ["flat"], ["tokens"], perm=[0, 2, 1]))
        constants["shape"] = np.array([0, DIM, -1], np.int64)
        output = ("tokens", [batch, TOKENS, DIM])
    if end == "rows":
        nodes.append(helper.make_node("ReduceMean", ["tokens"], ["rows"], axes=[1], keepdims=0))
        output = ("rows", [batch, DIM])
    onnx.save(model(nodes, output, constants, pixels=[batch, channels, side, side]), path)
    return path
