"""A generator that makes what the real pictures are drawn from."""

from dataclasses import replace

from core import checkpoints
from tests.improving.half import Half
from tests.onnx_models import linear
from tests.pages.filled import SMOOTH


def true_generator(half: Half) -> Half:
    path = linear(half.workspace.folder / "true.onnx", SMOOTH.reshape(4, 256), (16, 16, 1))
    return replace(half, checkpoint=checkpoints.register(half.workspace, path, run="true", step=1).id)
