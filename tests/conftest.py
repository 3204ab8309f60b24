"""Fixtures that every room of the house uses: a real workspace in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.settings import Settings
from core.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = Workspace(Settings(workspace=tmp_path / "workspace"))
    yield opened
    opened.close()


@pytest.fixture
def small_generator(tmp_path: Path) -> Path:
    """An ONNX file: 8 latents -> a fixed random linear map -> tanh -> grey 16 x 16 pictures."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = np.random.default_rng(0).normal(size=(8, 256)).astype(np.float32)
    constants = {"w": weights, "shape": np.array([-1, 16, 16, 1], np.int64)}
    nodes = [
        helper.make_node("MatMul", ["z", "w"], ["flat"]),
        helper.make_node("Tanh", ["flat"], ["squashed"]),
        helper.make_node("Reshape", ["squashed", "shape"], ["pictures"]),
    ]
    graph = helper.make_graph(
        nodes,
        "generator",
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 8])],
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 16, 16, 1])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    path = tmp_path / "generator-0005.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


@pytest.fixture
def real_pictures(tmp_path: Path) -> Path:
    """120 grey 16 x 16 pictures of noise as `.npy`."""
    path = tmp_path / "real.npy"
    np.save(path, np.random.default_rng(5).integers(0, 256, (120, 16, 16), dtype=np.uint8))
    return path
