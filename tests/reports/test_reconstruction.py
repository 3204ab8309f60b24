"""An autoencoder's reconstructions: known ones get their known errors, and a model without pictures is refused."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from core import checkpoints, images, references, reports, sampling
from core.errors import BadInput
from core.progress import silent
from core.workspace import Workspace

pytestmark = pytest.mark.slow


def autoencoder(path: Path, darker: float, shape: tuple[int, ...] = (16, 16, 1)) -> Path:
    """Gives every picture back, multiplied by `darker`, through a sigmoid-like clip to [0, 1]."""
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape]) for name in ("picture", "rebuilt")]
    nodes = [helper.make_node("Mul", ["picture", "darker"], ["made"]),
             helper.make_node("Clip", ["made", "low", "high"], ["rebuilt"])]  # fmt: skip
    numbers = {"darker": darker, "low": 0.0, "high": 1.0}
    constants = [numpy_helper.from_array(np.array(v, np.float32), name) for name, v in numbers.items()]
    graph = helper.make_graph(nodes, "ae", value[:1], value[1:], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def report(workspace: Workspace, path: Path, real: int) -> dict[str, object]:
    view = checkpoints.register(workspace, path, run="ae", step=1)
    arguments = {"checkpoint_id": view.id, "reference_set_id": real, "n": 40}
    found = reports.make(workspace, reports.get("reconstruction"), arguments, silent).result
    return {row["measure"]: row for row in found["measures"]} | found


@pytest.mark.parametrize("shape", [(16, 16, 1), (1, 16, 16), (16, 16)])
def test_what_comes_back_unchanged_has_no_error(
    workspace: Workspace, real_pictures: Path, tmp_path: Path, shape: tuple[int, ...]
) -> None:
    real = references.add(workspace, "noise", real_pictures).set_id
    found = report(workspace, autoencoder(tmp_path / "same.onnx", 1.0, shape), real)
    assert (found["rmse"]["value"], found["ssim"]["value"], found["psnr"]["value"]) == (0.0, 1.0, 100.0)
    assert found["perceptual"]["value"] == 0.0
    assert found["rmse"]["mean_picture"] > 50
    for pair in [*found["best"], *found["worst"]]:
        assert (images.picture(workspace, pair["real"]) == images.picture(workspace, pair["rebuilt"])).all()


def test_a_known_error_is_found_and_the_worst_come_first(
    workspace: Workspace, real_pictures: Path, tmp_path: Path
) -> None:
    real = references.add(workspace, "noise", real_pictures)
    found = report(workspace, autoencoder(tmp_path / "darker.onnx", 0.8), real.set_id)
    pictures = np.stack(images.load(workspace, real.set_id, 0, 40)).astype(float)
    wanted = np.sqrt(((pictures - np.round(pictures * 0.8)) ** 2).mean(axis=(1, 2, 3)))
    row = found["rmse"]
    assert row["value"] == pytest.approx(wanted.mean(), abs=0.05)
    assert row["low"] < row["value"] < row["high"]
    worst, best = ([pair["ssim"] for pair in found[name]] for name in ("worst", "best"))
    assert worst == sorted(worst)
    assert best == sorted(best, reverse=True)
    assert worst[0] < best[0]


def test_an_autoencoder_makes_no_pictures_and_a_generator_gives_none_back(
    workspace: Workspace, real_pictures: Path, small_generator: Path, tmp_path: Path
) -> None:
    real = references.add(workspace, "noise", real_pictures).set_id
    view = checkpoints.register(workspace, autoencoder(tmp_path / "same.onnx", 1.0), run="ae", step=1)
    seen = checkpoints.inspect(workspace, view.id)
    assert (seen.error, seen.spec["inputs"][0]["kind"]) == ("", "picture")
    with pytest.raises(BadInput, match="proofsheet reconstruct"):
        sampling.sample(workspace, view.id, n=20)
    assert checkpoints.get(workspace, view.id).error == ""
    with pytest.raises(BadInput, match="takes no pictures"):
        report(workspace, small_generator, real)
