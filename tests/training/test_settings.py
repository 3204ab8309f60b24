"""Settings say what is wrong before anything is trained, and survive a round through JSON."""

import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import demo_data, images, references
from core.errors import BadInput, NotFound, ProofsheetError
from core.metrics import METRICS
from core.training import ARCHITECTURES, TrainingSettings, data, demo
from core.training.settings import LIMITS, run_name
from core.workspace import Workspace

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"run": ""}, "no name for a run"),
        ({"run": "../escape"}, "no name for a run"),
        ({"run": "a\nb"}, "no name for a run"),
        ({"run": "\u65e5" * 70}, "at most 200 bytes"),
        ({"size": 30}, "multiple of 4"),
        ({"channels": 2}, "1 .grey. or 3"),
        ({"batch": 1}, "use 2 to 4096"),
        ({"epochs": 0}, "epochs 0"),
        ({"epochs": 1.5}, "not a whole number"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"learning_rate": "fast"}, "not a number"),
        ({"architecture": "stylegan"}, "there are: dcgan, vae, deep, seed"),
        ({"architecture": "deep", "size": 28}, "four doublings; use a multiple of 16"),
        ({"size": 132}, "too large for Small DCGAN .*use up to 128, or 'deep'"),
        ({"architecture": "vae", "feature_matching": 1.0}, "no discriminator"),
        ({"perceptual": 1.0}, "use feature_matching"),
        ({"fit": "zoom"}, "one of: stretch, crop"),
        ({"flip": 1}, "neither on nor off"),
        ({"rotate": 200}, "use 0 to 180"),
        ({"evaluate_n": 5}, "use 6 to"),
    ],
)
def test_wrong_settings_name_the_remedy(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ProofsheetError, match=sentence):
        TrainingSettings(**{"run": "r", "reference_set_id": 1, **wrong})


@pytest.mark.parametrize(
    "name", ["L\u00e4ufe 2", "\u9774-dcgan", "a/b & c", "../up", "\u65e5" * 90, "e\u0301t\u00e9", "_x"]
)
def test_a_reference_set_of_any_name_proposes_a_run_that_can_be_started(name: str) -> None:
    proposed = run_name(f"{name}-vae")
    assert TrainingSettings(run=proposed, reference_set_id=1).run == proposed
    assert proposed[0] in name or proposed[0] == unicodedata.normalize("NFC", name)[0]


def test_checkpoints_are_measured_with_as_many_pictures_as_every_metric_needs() -> None:
    assert LIMITS["evaluate_n"][0] == max(metric.minimum for metric in METRICS)


def test_json_gives_the_same_settings_and_unknown_keys_are_named() -> None:
    settings = demo("demo", 3)
    assert TrainingSettings.from_json(settings.as_json()) == settings
    with pytest.raises(BadInput, match="'warmup' is unknown"):
        TrainingSettings.from_json({**settings.as_json(), "warmup": 1})
    with pytest.raises(BadInput, match="'reference_set_id' is unknown or missing"):
        TrainingSettings.from_json({"run": "r"})


def test_only_what_decides_the_weights_makes_another_training() -> None:
    settings = TrainingSettings("r", 1)
    longer = TrainingSettings("r", 1, epochs=99, checkpoint_every=3, evaluate_n=7, extractor="pixels", early_stop=2)
    assert settings.changed(longer.as_json()) == []
    assert settings.changed(TrainingSettings("r", 1, batch=64, seed=5).as_json()) == ["batch", "seed"]


def test_runs_of_versions_that_had_fewer_settings_go_on() -> None:
    known = TrainingSettings("r", 1).as_json()
    for name in ("fit", "flip", "rotate", "crop", "kl_weight", "feature_matching", "perceptual"):
        del known[name]
    assert TrainingSettings("r", 1).changed(known) == []
    assert TrainingSettings("r", 1, flip=True).changed(known) == ["flip"]
    assert TrainingSettings.from_json(known) == TrainingSettings("r", 1)


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
    assert np.array_equal(data.load(workspace, TrainingSettings("r", reference.set_id, size=8)), whole[:30])
    colour = data.load(workspace, TrainingSettings("r", reference.set_id, size=12, channels=3))
    assert colour.shape == (30, 12, 12, 3)
    assert np.array_equal(colour[..., 0], colour[..., 2])


def test_too_few_pictures_and_unknown_sets_are_named(workspace: Workspace) -> None:
    assert data.steps_per_epoch(130, 64) == 2
    with pytest.raises(BadInput, match="do not fill a batch of 64"):
        data.steps_per_epoch(63, 64)
    with pytest.raises(NotFound):
        data.load(workspace, TrainingSettings("r", 99))


def test_a_set_too_large_for_memory_is_refused(
    workspace: Workspace, real_pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = references.add(workspace, "noise", real_pictures)
    monkeypatch.setattr(data, "MOST_BYTES", 108 * 16 * 16 - 1)
    with pytest.raises(BadInput, match=r"108 pictures of 16 px .* train at a smaller size"):
        data.load(workspace, TrainingSettings("r", reference.set_id, size=16))


def test_size_and_channels_are_proposed_from_the_pictures(workspace: Workspace, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, shape in (("wide", (18, 30, 3)), ("grey", (28, 28)), ("tiny", (5, 5)), ("large", (300, 200))):
        np.save(tmp_path / "a.npy", rng.integers(0, 256, (4, *shape), dtype=np.uint8))
        references.add(workspace, name, tmp_path / "a.npy")

    def proposed(name: str, architecture: str) -> tuple[int, int]:
        return data.proposed(workspace, references.find(workspace, name).set_id, architecture)

    assert proposed("wide", "dcgan") == (16, 3)
    assert proposed("grey", "vae") == (28, 1)
    assert proposed("grey", "deep") == (32, 1)
    assert (proposed("tiny", "dcgan"), proposed("tiny", "deep")) == ((8, 1), (16, 1))
    assert proposed("large", "deep") == (128, 1)
    for architecture in ARCHITECTURES:
        for name in ("wide", "grey", "tiny", "large"):
            size, channels = proposed(name, architecture.name)
            TrainingSettings("r", 1, architecture=architecture.name, size=size, channels=channels)


def test_a_picture_that_is_no_square_is_stretched_or_cropped() -> None:
    wide = np.zeros((4, 8, 1), np.uint8)
    wide[:, 2:6] = 200
    assert (data.fitted(wide, 4, 1, "crop") == 200).all()
    assert not (data.fitted(wide, 4, 1, "stretch") == 200).all()


def test_importing_the_room_imports_no_tensorflow() -> None:
    code = "import sys, core.training; heavy = {'tensorflow', 'keras'} & set(sys.modules); assert not heavy, heavy"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len({a.name for a in ARCHITECTURES}) == len(ARCHITECTURES)
