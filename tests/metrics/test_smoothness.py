"""Latent smoothness: closed forms of linear generators, real models as jobs, and what bytes would have said."""

from pathlib import Path

import numpy as np
import pytest

from core import checkpoints, reports, work
from core.errors import BadInput
from core.metrics.smoothness import root_pixels, smoothness, speeds
from core.progress import silent
from core.workspace import Workspace
from tests.onnx_models import linear

rng = np.random.default_rng(0)
WEIGHTS = rng.normal(0, 0.05, (8, 16 * 16)).astype(np.float32)
LABELS = np.zeros(4000, np.int64)


def drawn(n: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(1)
    return draw.standard_normal((n, 8), np.float32), draw.standard_normal((n, 8), np.float32)


def mean(generate: object, n: int = 4000, eps: float = 1e-4) -> float:
    parts = speeds(generate, *drawn(n), LABELS[:n], {"pixels": root_pixels}, eps)  # type: ignore[arg-type]
    return smoothness(np.concatenate([part["pixels"] for part in parts]), eps).value


def flat(latents: np.ndarray) -> np.ndarray:
    return (0.5 + latents @ WEIGHTS).reshape(-1, 16, 16, 1)


def test_a_linear_generator_has_the_squared_length_of_its_weights() -> None:
    exact = (WEIGHTS.astype(float) ** 2).sum() / 256
    assert mean(lambda z, _: flat(z)) == pytest.approx(exact, rel=0.05)
    assert mean(lambda z, _: flat(2 * z)) == pytest.approx(4 * exact, rel=0.05)
    assert mean(lambda z, _: flat(z * 0)) == 0


def test_the_size_of_the_step_does_not_matter_but_bytes_do() -> None:
    exact = mean(lambda z, _: flat(z), 500)
    assert mean(lambda z, _: flat(z), 500, eps=1e-2) == pytest.approx(exact, rel=1e-3)
    rounded = mean(lambda z, _: np.round(flat(z) * 255) / 255, 500)
    assert not 0.5 < rounded / exact < 2


def test_too_few_latents_are_our_error() -> None:
    for wrong in (np.ones(1), np.array([1.0, np.nan])):
        with pytest.raises(BadInput):
            smoothness(wrong)


@pytest.mark.slow
def test_a_real_model_has_the_smoothness_of_its_jacobian(workspace: Workspace, tmp_path: Path) -> None:
    view = checkpoints.register(workspace, linear(tmp_path / "g.onnx", WEIGHTS, (16, 16, 1)), run="r", step=1)
    arguments = {"checkpoint_id": view.id, "n": 200}
    number = work.get("smoothness").run(workspace, {**arguments, "seed": 0}, silent)["report_id"]
    report = reports.find(workspace, reports.get("smoothness"), arguments)
    assert report is not None
    assert report.id == number
    pixels, perceptual = report.result["spaces"]
    draw = np.random.default_rng(0)
    z, u = (draw.standard_normal((200, 8), dtype=np.float32).astype(float) for _ in range(2))
    moved = (u @ WEIGHTS) * (1 - np.tanh(z @ WEIGHTS) ** 2) / 2
    assert pixels["value"] == pytest.approx((moved**2).mean(axis=1).mean(), rel=1e-2)
    assert pixels["median"] == pytest.approx(np.median((moved**2).mean(axis=1)), rel=1e-2)
    assert 0 < perceptual["low"] < perceptual["value"] < perceptual["high"]


def test_another_reading_of_the_model_is_another_report(workspace: Workspace, tmp_path: Path) -> None:
    view = checkpoints.register(workspace, linear(tmp_path / "g.onnx", WEIGHTS, (16, 16, 1)), run="r", step=1)
    kind, arguments = reports.get("smoothness"), {"checkpoint_id": view.id, "n": 4}
    one = reports.make(workspace, kind, arguments, silent)
    checkpoints.set_overrides(workspace, view.id, {"value_range": "byte"})
    assert reports.find(workspace, kind, arguments) is None
    assert reports.make(workspace, kind, arguments, silent).result != one.result


def test_ready_made_pictures_have_none(workspace: Workspace, tmp_path: Path) -> None:
    np.save(tmp_path / "made.npy", rng.integers(0, 256, (20, 16, 16), dtype=np.uint8))
    view = checkpoints.register(workspace, tmp_path / "made.npy", run="r", step=1)
    with pytest.raises(BadInput, match="ready-made"):
        reports.make(workspace, reports.get("smoothness"), {"checkpoint_id": view.id}, silent)
