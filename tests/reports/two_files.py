"""A VAE of 12 x 12 grey pictures as two files, whose latent is the picture itself."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.onnx_models import save

SIDE = 12
PIXELS = SIDE * SIDE


def decoder(path: Path) -> Path:
    """'z' (n, 144) -> pictures (n, 12, 12, 1) with exactly these values, clipped to [0, 1]."""
    nodes = [helper.make_node("Clip", ["z", "low", "high"], ["clipped"]),
             helper.make_node("Reshape", ["clipped", "shape"], ["pictures"])]  # fmt: skip
    constants = {"low": np.float32(0), "high": np.float32(1), "shape": np.array([-1, SIDE, SIDE, 1], np.int64)}
    return save(path, nodes, {k: np.asarray(v) for k, v in constants.items()}, PIXELS, (SIDE, SIDE, 1))


def encoder(path: Path, outputs: tuple[str, ...], shape: tuple[int, ...] = (SIDE, SIDE, 1), one: bool = False) -> Path:
    """'picture' -> its numbers in a row under the name of a mean, and -7 everywhere under any other name; with `one`
    all of it side by side as one output."""
    nodes = [helper.make_node("Reshape", ["picture", "row"], ["flat"]),
             helper.make_node("Mul", ["flat", "nil"], ["zero"]),
             helper.make_node("Add", ["zero", "minus"], ["low"])]  # fmt: skip
    nodes += [helper.make_node("Identity", ["flat" if "mean" in name else "low"], [name]) for name in outputs]
    made = [(name, PIXELS) for name in outputs]
    if one:
        nodes.append(helper.make_node("Concat", list(outputs), ["both"], axis=1))
        made = [("both", PIXELS * len(outputs))]
    constants = {"row": np.array([-1, PIXELS], np.int64), "nil": np.float32(0), "minus": np.float32(-7)}
    graph = helper.make_graph(
        nodes, "e", [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size]) for name, size in made],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path
