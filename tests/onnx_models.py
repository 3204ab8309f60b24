"""Small real generators as ONNX files: a linear map of the latents, through tanh, as pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper


def linear(path: Path, weights: NDArray[Any], output: tuple[int, ...]) -> Path:
    """'z' (n, latents) -> tanh(z @ weights) as 'pictures' (n, *output); `weights` (latents, product of output)."""
    constants = {"w": weights.astype(np.float32), "shape": np.array([-1, *output], np.int64)}
    nodes = [
        helper.make_node("MatMul", ["z", "w"], ["flat"]),
        helper.make_node("Tanh", ["flat"], ["squashed"]),
        helper.make_node("Reshape", ["squashed", "shape"], ["pictures"]),
    ]
    return save(path, nodes, constants, latents=len(weights), output=output)


def slow_to_open(path: Path) -> Path:
    """The same kind with 60,000 additions of nothing one after the other: an honest file that takes many seconds to
    look through and to open."""
    many = 60_000
    nodes = [
        helper.make_node("MatMul", ["z", "w"], ["x0"]),
        *(helper.make_node("Add", [f"x{i}", "nothing"], [f"x{i + 1}"]) for i in range(many)),
        helper.make_node("Tanh", [f"x{many}"], ["squashed"]),
        helper.make_node("Reshape", ["squashed", "shape"], ["pictures"]),
    ]
    constants = {
        "w": np.ones((8, 16), np.float32), "nothing": np.zeros(16, np.float32),
        "shape": np.array([-1, 4, 4, 1], np.int64),
    }  # fmt: skip
    return save(path, nodes, constants, latents=8, output=(4, 4, 1))


def save(
    path: Path, nodes: list[Any], constants: dict[str, NDArray[Any]], latents: int, output: tuple[int, ...]
) -> Path:
    """A graph from 'z' (n, latents) to 'pictures' (n, *output) as a file."""
    graph = helper.make_graph(
        nodes,
        "generator",
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", latents])],
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", *output])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path
