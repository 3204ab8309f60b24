"""Fixtures that every room of the house uses: a real workspace in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.settings import Settings
from core.workspace import Workspace
from tests.onnx_models import linear

collect_ignore = ["peers"]  # they live in an environment of their own, where this file is not read: `make peers`


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = Workspace(Settings(workspace=tmp_path / "workspace"))
    yield opened
    opened.close()


def generator(folder: Path) -> Path:
    """An ONNX file: 8 latents -> a fixed random linear map -> tanh -> grey 16 x 16 pictures."""
    weights = np.random.default_rng(0).normal(size=(8, 256))
    return linear(folder / "generator-0005.onnx", weights, (16, 16, 1))


def noise(folder: Path) -> Path:
    """120 grey 16 x 16 pictures of noise as `.npy`."""
    path = folder / "real.npy"
    np.save(path, np.random.default_rng(5).integers(0, 256, (120, 16, 16), dtype=np.uint8))
    return path


@pytest.fixture
def small_generator(tmp_path: Path) -> Path:
    return generator(tmp_path)


@pytest.fixture
def real_pictures(tmp_path: Path) -> Path:
    return noise(tmp_path)
