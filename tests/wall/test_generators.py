"""Generators behind the wall: the same pictures as in this process, and nothing believed that cannot be."""

import copy
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import checkpoints, embeddings, own_extractors, sampling
from core.errors import BadInput, Cancelled
from core.extractors import own_onnx, walled
from core.generators import open_generator
from core.generators.spec import GeneratorSpec, InputSpec
from core.generators.walled import WalledGenerator, believed
from core.wall import Rules, state
from core.wall.process import Walled, Zygote
from core.workspace import Workspace
from tests.extractor_models import patches

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "real" / "checkpoints"
SPEC = GeneratorSpec("onnx", (InputSpec("z", (8,)),), 4, 4, 1, "sigmoid")
LATENTS, NONE = np.zeros((3, 8), np.float32), np.zeros(3, np.int64)
pytestmark = pytest.mark.skipif(not state().walled, reason=state().sentence)


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote("onnx")
    yield made
    made.close()


def liar(zygote: Zygote, how: str) -> WalledGenerator:
    process = Walled(zygote, [ROOT / "tests"], "mine.onnx", Rules(1 << 28, seconds=20))
    process.ask("tests.wall.inside:become_a_liar", {"how": how})
    return WalledGenerator(process, SPEC, "")


def test_an_honest_answer_is_taken(zygote: Zygote) -> None:
    made = liar(zygote, "honest")
    assert made.floats(LATENTS, NONE).shape == made.raw(LATENTS, NONE).shape == (3, 4, 4, 1)


@pytest.mark.parametrize(
    "how", ["nan", "shape", "fewer", "flat", "text", "wide", "none", "above", "below", "infinite", "type"]
)
def test_pictures_that_cannot_be_are_not_taken(zygote: Zygote, how: str) -> None:
    with pytest.raises(BadInput, match=r"that no model gives|not numbers \(NaN|fails as it is opened or run"):
        liar(zygote, how).floats(LATENTS, NONE)


@pytest.mark.parametrize("how", ["nan", "shape", "fewer", "flat", "text", "wide", "none"])
def test_values_that_cannot_be_are_not_taken(zygote: Zygote, how: str) -> None:
    with pytest.raises(BadInput, match=r"that no model gives|not numbers \(NaN|fails as it is opened or run"):
        liar(zygote, how).raw(LATENTS, NONE)


LIES: dict[str, Any] = {
    "height": [0, -4, 1 << 20, 4.5, "4", None, True], "channels": [0, 5], "width": [1e9],
    "classes": [-1, 1 << 30], "value_range": ["", "other"], "layout": ["CHWN"], "pictures": [7],
    "notes": [["x" * 5000], ["\x1b[2J"], [5], "text", ["a"] * 1000],
    "inputs": [[{"name": "z", "shape": [0]}], [{"name": "z", "shape": [1 << 30]}], [{"name": "z"}], "z",
               [{"name": "z", "shape": [8], "more": 1}], [{"name": "z", "shape": [8]}] * 100],
    "more": [1],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in LIES.items() for value in values])
def test_a_description_that_cannot_be_is_not_taken(name: str, value: Any) -> None:
    honest = json.loads(json.dumps(SPEC.as_json()))
    assert believed(copy.deepcopy(honest)) == SPEC
    with pytest.raises((BadInput, TypeError, KeyError, ValueError, AttributeError)):
        believed({**honest, name: value})


def test_an_onnx_model_gives_the_same_pictures_without_tensorflow_anywhere(small_generator: Path) -> None:
    behind, here = open_generator(small_generator), open_generator(small_generator, made_here=True)
    assert isinstance(behind, WalledGenerator)
    assert behind.spec == here.spec
    latents = np.random.default_rng(1).standard_normal((200, 8), dtype=np.float32)
    none = np.zeros(200, np.int64)
    for asked in ("raw", "floats"):
        assert np.array_equal(getattr(behind, asked)(latents, none), getattr(here, asked)(latents, none))
    maps = Path(f"/proc/{behind._process.pid}/maps").read_text()
    assert "onnxruntime" in maps
    assert "tensorflow" not in maps


@pytest.mark.tensorflow
@pytest.mark.skipif(not REAL.exists(), reason="needs ../shared/real")
@pytest.mark.parametrize("name", [
    "anime-faces-keras3.9.h5", "digits-cvae-decoder-keras3.12.h5", "digits-dcgan-keras2.13.keras",
    "fashion-cgan-keras2.8.h5", "sprites-collapsed-keras2.1.h5", "anime-faces-tf-checkpoint",
    "digits-autoencoder-savedmodel",
])  # fmt: skip
def test_real_checkpoints_give_the_same_pictures(name: str) -> None:
    how: dict[str, Any] = {"allow_saved_model": "savedmodel" in name}
    if name == "anime-faces-tf-checkpoint":
        how["architecture"] = REAL / "anime-faces-keras2.12.h5"
    behind, here = open_generator(REAL / name, **how), open_generator(REAL / name, made_here=True, **how)
    assert behind.spec == here.spec
    latents = np.random.default_rng(1).standard_normal((32, here.spec.latent_size), dtype=np.float32)
    labels = np.arange(32) % max(here.spec.classes, 1)
    one, other = behind.floats(latents, labels), here.floats(latents, labels)
    assert np.abs(one - other).max() < 1e-6
    assert (np.round(one * 255) == np.round(other * 255)).mean() > 0.9999


def test_a_cancelled_sampling_does_not_wait_for_a_slow_batch(
    workspace: Workspace, small_generator: Path, zygote: Zygote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch of a minute, in a real process."""
    view = checkpoints.register(workspace, small_generator, run="r", step=1)
    slow = liar(zygote, "slow")
    monkeypatch.setattr(checkpoints, "open_checkpoint", lambda *_, **_more: slow)

    def progress(*_told: Any, **_more: Any) -> None:
        raise Cancelled("enough")

    began = time.monotonic()
    with pytest.raises(Cancelled):
        sampling.sample(workspace, view.id, n=1000, progress=progress)
    assert time.monotonic() - began < 15, "the process itself is given 20 s a batch"
    assert not slow._process.alive


def test_a_network_of_the_teams_own_is_looked_into_and_run_in_a_process_of_its_own(
    workspace: Workspace, tmp_path: Path
) -> None:
    before = own_onnx._opened.cache_info().misses
    own_extractors.add(workspace, "mine", patches(tmp_path / "net.onnx"))
    vector = embeddings.embed_picture(workspace, "mine", np.full((40, 40, 3), 90, np.uint8))
    assert np.isfinite(vector).all()
    assert own_onnx._opened.cache_info().misses == before, "this process opened none"
    process = next(reversed(walled._processes.values()))
    assert "onnxruntime" in Path(f"/proc/{process.pid}/maps").read_text()
    status = Path(f"/proc/{process.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    assert "CapEff:\t0000000000000000" in status


SETTINGS = {"layout": "NCHW", "colour": "RGB", "side": 32, "output": "rows", "pooling": "none"}
TOLD = {"settings": SETTINGS, "outputs": {"rows": [6, None]}, "notes": []}


@pytest.mark.parametrize(
    "lie",
    [
        {}, {"settings": {**SETTINGS, "more": 1}}, {"settings": {"side": "32"}}, {"settings": {"layout": ["NCHW"]}},
        {"outputs": {"rows": 5}}, {"outputs": {"rows": ["x"]}}, {"notes": "text"}, {"notes": ["\x1b[2J"]},
        {"notes": ["x"] * 2000},
    ],
)  # fmt: skip
def test_a_description_of_a_network_that_cannot_be_is_not_taken(
    zygote: Zygote, small_generator: Path, lie: dict[str, Any]
) -> None:
    rules = Rules(1 << 28, seconds=20)
    process = Walled(zygote, [ROOT / "tests"], "mine.onnx", rules)
    process.ask("tests.wall.inside:look_like", {"description": {**TOLD, **lie}})
    found = small_generator.stat()
    walled._processes[small_generator, found.st_ino, found.st_mtime_ns, rules] = process
    if not lie:
        assert walled.look(small_generator, "onnx", "", rules).settings == SETTINGS
        return
    with pytest.raises(BadInput, match=r"^mine\.onnx: gave an answer that no model gives"):
        walled.look(small_generator, "onnx", "", rules)
