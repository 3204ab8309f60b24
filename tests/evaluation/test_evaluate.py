"""The main job on a real ONNX generator: sampled, embedded, measured, repeatable, resumable, and by the command."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import checkpoints, differing, evaluate, extractors, images, metrics, references, results, sampling, scores
from core.errors import BadInput, NotFound, ProofsheetError
from core.own_extractors import OWN
from core.workspace import Workspace
from storage.images import filled
from tests.onnx_models import linear

ROOT = Path(__file__).parents[2]


def onnx_generator(path: Path, output: tuple[int, ...] = (1, 16, 16), bad: bool = False) -> Path:
    """8 latents -> a fixed random linear map -> tanh -> pictures."""
    weights = np.random.default_rng(0).normal(size=(8, int(np.prod(output))))
    if bad:
        weights[0, 0] = np.nan
    return linear(path, weights, output)


def reference(workspace: Workspace, tmp_path: Path, n: int = 120) -> references.ReferenceView:
    np.save(tmp_path / "real.npy", np.random.default_rng(5).integers(0, 256, (n, 16, 16), dtype=np.uint8))
    return references.add(workspace, "noise", tmp_path / "real.npy")


@pytest.mark.parametrize("extractor", ["pixels", "colour-histogram", "lbp", "efficientnet-lite0-96"])
def test_every_value_has_its_interval_floor_and_fingerprint(
    workspace: Workspace, tmp_path: Path, extractor: str
) -> None:
    real = reference(workspace, tmp_path)
    view = checkpoints.register(workspace, onnx_generator(tmp_path / "g.onnx"), run="r", step=1)
    number = evaluate.evaluate(workspace, view.id, real.set_id, extractor=extractor, n=64)
    found = results.values(workspace, number)
    assert [v.metric for v in found][:2] == ["frechet", "kid"]
    for v in found:
        assert v.low is not None
        assert v.high is not None
        assert v.low <= v.value <= v.high
        assert v.floor is not None
        assert (v.n, v.m) == (64, 64)
    assert len({v.fingerprint for v in found}) == len(found)


def test_asking_again_gives_the_same_and_another_n_another_fingerprint(workspace: Workspace, tmp_path: Path) -> None:
    real = reference(workspace, tmp_path)
    view = checkpoints.register(workspace, onnx_generator(tmp_path / "g.onnx"), run="r", step=1)
    again = checkpoints.register(workspace, tmp_path / "g.onnx", run="r", step=1)
    assert again.id == view.id
    one = evaluate.evaluate(workspace, view.id, real.set_id, extractor="pixels", n=32)
    assert evaluate.evaluate(workspace, view.id, real.set_id, extractor="pixels", n=32) == one
    two = evaluate.evaluate(workspace, view.id, real.set_id, extractor="pixels", n=40)
    prints = [{v.fingerprint for v in results.values(workspace, e)} for e in (one, two)]
    assert not prints[0] & prints[1]


def test_an_interrupted_sampling_goes_on_without_a_lost_or_doubled_picture(
    workspace: Workspace, tmp_path: Path
) -> None:
    view = checkpoints.register(workspace, onnx_generator(tmp_path / "g.onnx"), run="r", step=1)

    def stop(done: int, total: int, message: str = "", session: object = None) -> None:
        if done > 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sampling.sample(workspace, view.id, n=500, progress=stop)
    number = sampling.sample(workspace, view.id, n=500)
    with workspace.database.read() as session:
        assert filled(session, number) == 500
    other = sampling.sample(workspace, view.id, n=500, seed=1)
    assert other != number
    first = images.load(workspace, number, 0, 500)
    generator = checkpoints.open_checkpoint(workspace, view.id)
    latents = np.random.default_rng(0).standard_normal((500, 8), dtype=np.float32)
    expected = np.round(generator.floats(latents, np.zeros(500, np.int64)) * 255).astype(np.uint8)
    assert np.array_equal(np.stack(first), expected)


def test_wrong_models_are_named_and_nothing_is_stored(workspace: Workspace, tmp_path: Path) -> None:
    real = reference(workspace, tmp_path)
    scores = checkpoints.register(workspace, onnx_generator(tmp_path / "scores.onnx", (1,)), run="r", step=1)
    broken = checkpoints.register(workspace, onnx_generator(tmp_path / "nan.onnx", bad=True), run="r", step=2)
    with pytest.raises(BadInput, match=r"^scores.onnx: .*no picture"):
        evaluate.evaluate(workspace, scores.id, real.set_id, n=32)
    with pytest.raises(BadInput, match="NaN"):
        evaluate.evaluate(workspace, broken.id, real.set_id, n=32, extractor="pixels")
    (tmp_path / "text.onnx").write_text("hello")
    text = checkpoints.register(workspace, tmp_path / "text.onnx", run="r", step=3)
    with pytest.raises(ProofsheetError, match="no ONNX file"):
        evaluate.evaluate(workspace, text.id, real.set_id, n=32)
    with pytest.raises(NotFound):
        checkpoints.get(workspace, 99)
    with pytest.raises(BadInput, match="cannot be overridden"):
        checkpoints.register(workspace, tmp_path / "nan.onnx", run="r", step=2, overrides={"value_range": "x"})


def test_too_few_pictures_name_the_remedy(workspace: Workspace, tmp_path: Path) -> None:
    real = reference(workspace, tmp_path, n=8)
    view = checkpoints.register(workspace, onnx_generator(tmp_path / "g.onnx"), run="r", step=1)
    with pytest.raises(BadInput, match="ask for more, or add some"):
        evaluate.evaluate(workspace, view.id, real.set_id, n=32)


def command(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-c", "from core.cli import main; main()", *map(str, arguments)]
    whole += ["--workspace", str(folder)]
    return subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_main_job_by_the_command(tmp_path: Path) -> None:
    np.save(tmp_path / "real.npy", np.random.default_rng(5).integers(0, 256, (120, 16, 16), dtype=np.uint8))
    onnx_generator(tmp_path / "g.onnx")
    folder = tmp_path / "workspace"
    added = command("reference", "add", "noise", tmp_path / "real.npy", "--json", folder=folder)
    assert json.loads(added.stdout) == [{"reference": "noise v1", "pictures": 108, "held out": 12, "refused": 0}]
    asked = ("--reference", "noise", "--run", "r", "--step", 5, "--n", 40, "--extractor", "pixels", "--json")
    done = command("evaluate", tmp_path / "g.onnx", *asked, folder=folder)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["metric"] == "frechet"
    missing = command("evaluate", tmp_path / "none.onnx", *asked, folder=folder)
    assert missing.returncode == 2
    assert missing.stderr.count("\n") == 1
    assert "there is no such file" in missing.stderr


def test_scores_rank_an_exact_copy_nearest_at_zero(workspace: Workspace, tmp_path: Path) -> None:
    view = checkpoints.register(workspace, onnx_generator(tmp_path / "g.onnx"), run="r", step=1)
    sampled = np.stack(images.load(workspace, sampling.sample(workspace, view.id, n=64), 0, 64))
    noise = np.random.default_rng(5).integers(0, 256, (60, 16, 16, 1), dtype=np.uint8)
    np.save(tmp_path / "copied.npy", np.concatenate([noise, sampled[7:8]]))
    real = references.add(workspace, "copied", tmp_path / "copied.npy", held_out=0)
    number = evaluate.evaluate(workspace, view.id, real.set_id, extractor="pixels", n=64, seed=0)
    evaluation = results.get(workspace, number)
    assert evaluation.checkpoint_ids == (view.id,)
    names = [column.name for column in scores.columns(workspace, evaluation.set_id)]
    assert names == ["nearest", "realism", "rarity", "sharpness", "brightness", "entropy"]
    brightness = scores.load(workspace, evaluation.set_id, "brightness")
    assert brightness == pytest.approx(sampled.mean(axis=(1, 2, 3)), abs=0.51)
    nearest = scores.load(workspace, evaluation.set_id, "nearest")
    assert nearest[7] == 0
    assert (np.delete(nearest, 7) > 0).all()


def test_neighbour_metrics_use_as_many_generated_as_reference_pictures(workspace: Workspace, tmp_path: Path) -> None:
    real = reference(workspace, tmp_path, n=40)
    view = checkpoints.register(workspace, onnx_generator(tmp_path / "g.onnx"), run="r", step=1)
    number = evaluate.evaluate(workspace, view.id, real.set_id, extractor="pixels", n=64)
    found = results.get(workspace, number).values
    assert (found["precision"].n, found["precision"].m) == (36, 36)
    assert (found["kid"].n, found["kid"].m) == (64, 36)
    assert found["kid"].floor_n == 18
    assert differing.parts(workspace, found["kid"].fingerprint, found["kid"].fingerprint) == []


def test_only_the_network_of_2015_gives_a_number_its_published_name() -> None:
    line, kid = metrics.get("frechet"), metrics.get("kid")
    named = {name: results.titled(line, extractors.get(name)) for name in ("inception-2015-tf", "inception-2015-clean")}
    assert set(named.values()) == {"FID"}
    assert results.titled(metrics.get("fd-infinity"), extractors.get("inception-2015-tf")) == "FID-infinity"
    for kind in extractors.EXTRACTORS:
        title = results.titled(line, kind)
        assert title.startswith("Fréchet distance")
        assert (kind.title in title) != kind.deep
        assert "FID" not in title
    assert results.titled(line, extractors.get("inception-2015-tf+grey")) == "Fréchet distance"
    assert results.titled(line, None) == "Fréchet distance"
    brought = replace(extractors.get("efficientnet-lite0-96"), name="mine", title=f"mine v3{OWN}")
    assert results.titled(line, brought) == "Fréchet distance (mine v3)"
    assert results.titled(kid, extractors.get("pixels")) == "KID"
