"""Weights alone go into architectures by name: ours, and those that an installed package brings."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core import architectures, checkpoints
from core.errors import BadInput, NotFound
from core.workspace import Workspace

ROOT = Path(__file__).parents[2]
PACKAGE = """
def tiny(latent=4):
    import keras
    from keras import layers
    return keras.Sequential([keras.Input((latent,)), layers.Dense(64, activation="sigmoid"),
                             layers.Reshape((8, 8, 1))])

def wrong():
    return 3
"""


def test_a_name_is_read_with_its_settings() -> None:
    found = architectures.read("dcgan:latent=64,size=32")
    assert found is not None
    assert found.text == "dcgan:channels=1,latent=64,size=32@1"
    assert architectures.read(found.text) == found
    assert architectures.read("run@5") is None
    assert architectures.read("0123456789abcdef") is None
    for wrong in ("dcgan:size=30", "dcgan:depth=3", "dcgan:channels=2", "dcgan:latent=0"):
        with pytest.raises(BadInput):
            architectures.read(wrong)


def test_the_web_process_may_name_one_without_tensorflow(workspace: Workspace, tmp_path: Path) -> None:
    code = "import sys; from core import architectures as a; print(a.read('dcgan').text, 'keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["dcgan:channels=1,latent=100,size=28@1", "False"]


@pytest.mark.tensorflow
@pytest.mark.parametrize("kind", ["weights.h5", "folder"])
def test_weights_load_into_our_architecture(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    import keras
    import tensorflow as tf

    from core.training import models

    keras.utils.set_random_seed(7)
    model = models.get("dcgan").build_generator(16, 3, 12)
    path = tmp_path / "gen.weights.h5"
    if kind == "folder":
        path = tmp_path / "saved"
        path.mkdir()
        tf.train.Checkpoint(generator=model).write(str(path / "ckpt-1"))
    else:
        model.save_weights(path)
    view = checkpoints.register(
        workspace, path, run="r", step=1, overrides={"architecture": "dcgan:size=16,channels=3,latent=12"}
    )
    generator = checkpoints.open_checkpoint(workspace, view.id)
    latents = np.random.default_rng(0).normal(size=(5, 12)).astype(np.float32)
    made = generator.raw(latents, np.zeros(5, np.int64))
    assert np.abs(made - model(latents, training=False).numpy()).max() < 1e-5
    assert checkpoints.get(workspace, view.id).spec["architecture"] == "dcgan:channels=3,latent=12,size=16@1"
    other = checkpoints.set_overrides(workspace, view.id, {"architecture": "dcgan:size=28,channels=3,latent=12"})
    said = checkpoints.inspect(workspace, other.id).error  # from behind the wall, in the same words
    assert said.startswith(f"{path.name}: does not fit the architecture: ")
    assert "fails as" not in said
    with pytest.raises(NotFound, match=r"architectures are: dcgan, .*RUN@STEP"):
        checkpoints.set_overrides(workspace, view.id, {"architecture": "nope:size=28"})


@pytest.mark.tensorflow
def test_a_package_brings_an_architecture(workspace: Workspace, tmp_path: Path) -> None:
    import keras

    site = tmp_path / "site"
    info = site / "tiny_networks-2.1.dist-info"
    info.mkdir(parents=True)
    (site / "tiny_networks.py").write_text(PACKAGE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-networks\nVersion: 2.1\n")
    points = f"[{architectures.GROUP}]\ntiny = tiny_networks:tiny\nwrong = tiny_networks:wrong\ndcgan = no:where\n"
    (info / "entry_points.txt").write_text(points)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(64), keras.layers.Reshape((8, 8, 1))])
    model.save_weights(tmp_path / "tiny.weights.h5")
    code = (
        "from pathlib import Path; from core import architectures, checkpoints; from core.settings import Settings\n"
        "from core.workspace import Workspace\n"
        f"w = Workspace(Settings(workspace=Path({str(workspace.folder)!r})))\n"
        f"p = Path({str(tmp_path / 'tiny.weights.h5')!r})\n"
        "v = checkpoints.register(w, p, run='r', step=1, overrides={'architecture': 'tiny:latent=6'})\n"
        "v = checkpoints.inspect(w, v.id); print(v.spec['architecture'], v.spec['height'], v.error)\n"
        "v = checkpoints.set_overrides(w, v.id, {'architecture': 'wrong'})\n"
        "print(checkpoints.inspect(w, v.id).error)\n"
        "print(architectures.names())\n"
    )
    environment = {"PYTHONPATH": f"{site}:{ROOT}", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second, third = done.stdout.splitlines()
    assert first.strip() == "tiny:latent=6@tiny-networks 2.1 8"
    assert "not as a Keras model" in second
    assert "'tiny', 'wrong'" in third
