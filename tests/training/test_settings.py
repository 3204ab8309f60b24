"""Settings say what is wrong before anything is trained, and survive a round through JSON."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import demo_data, images, references
from core.errors import BadInput, NotFound, ProofsheetError
from core.training import ARCHITECTURES, TrainingSettings, data, demo
from core.workspace import Workspace

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"run": ""}, "no name for a run"),
        ({"run": "../escape"}, "no name for a run"),
        ({"size": 30}, "multiple of 4"),
        ({"channels": 2}, "1 .grey. or 3"),
        ({"batch": 1}, "use 2 to 4096"),
        ({"epochs": 0}, "epochs 0"),
        ({"epochs": 1.5}, "not a whole number"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"learning_rate": "fast"}, "not a number"),
        ({"architecture": "stylegan"}, "there are: dcgan, seed"),
    ],
)
def test_wrong_settings_name_the_remedy(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ProofsheetError, match=sentence):
        TrainingSettings(**{"run": "r", "reference_set_id": 1, **wrong})


def test_json_gives_the_same_settings_and_unknown_keys_are_named() -> None:
    settings = demo("demo", 3)
    assert TrainingSettings.from_json(settings.as_json()) == settings
    with pytest.raises(BadInput, match="'warmup' is unknown"):
        TrainingSettings.from_json({**settings.as_json(), "warmup": 1})
    with pytest.raises(BadInput, match="'reference_set_id' is unknown or missing"):
        TrainingSettings.from_json({"run": "r"})


def test_only_what_decides_the_weights_makes_another_training() -> None:
    settings = TrainingSettings("r", 1)
    longer = TrainingSettings("r", 1, epochs=99, checkpoint_every=3, evaluate_n=7, extractor="pixels")
    assert settings.changed(longer.as_json()) == []
    assert settings.changed(TrainingSettings("r", 1, batch=64, seed=5).as_json()) == ["batch", "seed"]


def test_the_demo_data_is_balanced_and_labelled(workspace: Workspace) -> None:
    reference = references.add(workspace, "fashion", demo_data.path())
    assert (reference.n, reference.held_out, reference.refused) == (5000, 500, [])
    assert images.load(workspace, reference.set_id, 0, 1)[0].shape == (28, 28, 1)
    labels = np.frombuffer(_unpacked_labels(), np.uint8, offset=8)
    assert np.bincount(labels).tolist() == [500] * len(demo_data.CLASSES)


def _unpacked_labels() -> bytes:
    import gzip

    return gzip.decompress((demo_data.path().parent / "fashion-5000-labels-idx1-ubyte.gz").read_bytes())


def test_the_held_out_part_is_not_trained_on(workspace: Workspace, tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (40, 8, 8), dtype=np.uint8)
    np.save(tmp_path / "real.npy", pictures)
    reference = references.add(workspace, "noise", tmp_path / "real.npy", held_out=0.25)
    whole = np.stack(images.load(workspace, reference.set_id, 0, 40))
    assert np.array_equal(data.load(workspace, reference.set_id, 8, 1), whole[:30])
    colour = data.load(workspace, reference.set_id, 12, 3)
    assert colour.shape == (30, 12, 12, 3)
    assert np.array_equal(colour[..., 0], colour[..., 2])


def test_too_few_pictures_and_unknown_sets_are_named(workspace: Workspace) -> None:
    assert data.steps_per_epoch(130, 64) == 2
    with pytest.raises(BadInput, match="do not fill a batch of 64"):
        data.steps_per_epoch(63, 64)
    with pytest.raises(NotFound):
        data.load(workspace, 99, 8, 1)


def test_importing_the_room_imports_no_tensorflow() -> None:
    code = "import sys, core.training; heavy = {'tensorflow', 'keras'} & set(sys.modules); assert not heavy, heavy"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len({a.name for a in ARCHITECTURES}) == len(ARCHITECTURES)
