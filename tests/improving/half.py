"""A workspace with a generator of which a half makes noise, and real pictures that are smooth."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from onnx import helper

from core import checkpoints, references
from core.settings import Settings
from core.workspace import Workspace
from tests.onnx_models import save
from tests.pages.filled import SMOOTH


@dataclass(frozen=True)
class Half:
    workspace: Workspace
    checkpoint: int
    reference: int


def half_noise(path: Path) -> Path:
    """5 latents -> a smooth picture of the first four; where the fifth is above 0, noise on top that grows with it."""
    weights = SMOOTH.reshape(4, 256)
    noise = 3 * np.random.default_rng(1).normal(size=(1, 256))
    nodes = [
        helper.make_node("Split", ["z", "parts"], ["smooth", "rough"], axis=1),
        helper.make_node("Relu", ["rough"], ["above"]),
        helper.make_node("MatMul", ["smooth", "w"], ["picture"]),
        helper.make_node("MatMul", ["above", "noise"], ["added"]),
        helper.make_node("Add", ["picture", "added"], ["sum"]),
        helper.make_node("Tanh", ["sum"], ["squashed"]),
        helper.make_node("Reshape", ["squashed", "shape"], ["pictures"]),
    ]
    constants = {
        "w": weights.astype(np.float32), "noise": noise.astype(np.float32),
        "parts": np.array([4, 1], np.int64), "shape": np.array([-1, 16, 16, 1], np.int64),
    }  # fmt: skip
    return save(path, nodes, constants, latents=5, output=(16, 16, 1))


def fill(folder: Path) -> Half:
    """The workspace in `folder`, with 360 real pictures and 240 held out."""
    workspace = Workspace(Settings(workspace=folder / "workspace"))
    rng = np.random.default_rng(0)
    real = np.tanh(np.einsum("nk,khw->nhw", rng.normal(size=(600, 4)), SMOOTH))
    np.save(folder / "real.npy", np.round((real + 1) * 127.5).astype(np.uint8))
    reference = references.add(workspace, "smooth", folder / "real.npy", held_out=0.4)
    view = checkpoints.register(workspace, half_noise(folder / "half.onnx"), run="half", step=1)
    return Half(workspace, view.id, reference.set_id)
