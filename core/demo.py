"""The main job on built-in data: a small generator in six steps of quality, measured as it grows."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import checkpoints, evaluate, references, results
from core.progress import Progress, silent
from core.workspace import Workspace

STEPS = (1, 2, 4, 8, 16, 32)
N = 800


def digits() -> NDArray[np.uint8]:
    """scikit-learn's 1,797 handwritten digits, uint8 (N, 8, 8) (Alpaydin & Kaynak 1998)."""
    from sklearn.datasets import load_digits

    pictures: NDArray[np.uint8] = np.round(load_digits().images * (255 / 16)).astype(np.uint8)
    return pictures


def write_linear_generator(pictures: NDArray[np.uint8], components: int, path: Path) -> None:
    """Fit probabilistic PCA (Tipping & Bishop 1999) with `components` of 32 latents in use, and export it as ONNX:
    'z' (n, 32) -> 'pictures' (n, 8, 8, 1) in [0, 1]."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    flat = pictures.reshape(len(pictures), -1) / 255
    mean = flat.mean(axis=0)
    _, scale, directions = np.linalg.svd(flat - mean, full_matrices=False)
    weights = np.zeros((32, flat.shape[1]), np.float32)
    weights[:components] = (scale[:, None] * directions)[:components] / np.sqrt(len(flat))
    side = pictures.shape[1]
    constants = {
        "w": weights,
        "mean": mean.astype(np.float32),
        "shape": np.array([-1, side, side, 1], np.int64),
        "zero": np.array(0, np.float32),
        "one": np.array(1, np.float32),
    }
    nodes = [
        helper.make_node("MatMul", ["z", "w"], ["spread"]),
        helper.make_node("Add", ["spread", "mean"], ["flat"]),
        helper.make_node("Clip", ["flat", "zero", "one"], ["clipped"]),
        helper.make_node("Reshape", ["clipped", "shape"], ["pictures"]),
    ]
    graph = helper.make_graph(
        nodes,
        "probabilistic-pca",
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 32])],
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", side, side, 1])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


def demo(workspace: Workspace, progress: Progress = silent) -> list[dict[str, object]]:
    """One row of headline values for each step. What is in the workspace already is not made again."""
    pictures = digits()
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "digits.npy"
        np.save(source, pictures)
        reference = references.add(workspace, "digits", source, progress=progress)
        for components in STEPS:
            path = Path(folder) / f"linear-{components:02d}.onnx"
            write_linear_generator(pictures, components, path)
            reading = {"value_range": "sigmoid"}
            view = checkpoints.register(workspace, path, run="linear-digits", step=components, overrides=reading)
            number = evaluate.evaluate(workspace, view.id, reference.set_id, n=N, progress=progress)
            found = {v.metric: v for v in results.values(workspace, number)}
            kid, coverage = found["kid"], found["coverage"]
            rows.append({
                "checkpoint": view.label, "KID": kid.value, "low": kid.low, "high": kid.high, "floor": kid.floor,
                "coverage": coverage.value, "coverage floor": coverage.floor,
            })  # fmt: skip
    return rows
