"""Other people's checkpoints do what is asked of them, or say why not."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput, ProofsheetError, Refused
from core.generators import as_bytes, detect_format, open_generator

REAL = Path(__file__).parents[2] / "../shared/real/checkpoints"
needs_real = pytest.mark.skipif(not REAL.exists(), reason="needs the shared real checkpoints")


@needs_real
@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("name", "latents", "shape", "value_range", "classes"),
    [
        ("anime-faces-keras2.12.h5", 128, (64, 64, 3), "sigmoid", 0),
        ("anime-faces-keras3.9.h5", 100, (64, 64, 3), "tanh", 0),
        ("fashion-dcgan-keras2.8.h5", 128, (28, 28, 1), None, 0),
        ("fashion-cgan-keras2.8.h5", 128, (28, 28, 1), None, 10),
        ("fashion-dcgan-keras2.3.h5", 100, (28, 28, 1), None, 0),
        ("digits-dcgan-keras2.13.keras", None, (28, 28, 1), None, 0),
        ("digits-cvae-decoder-keras3.12.h5", 2, (28, 28, 1), None, 10),
        ("sprites-collapsed-keras2.1.h5", 100, None, None, 0),
    ],
)
def test_loads_and_makes_pictures(
    name: str, latents: int | None, shape: tuple[int, ...] | None, value_range: str | None, classes: int
) -> None:
    generator = open_generator(REAL / name)
    spec = generator.spec
    rng = np.random.default_rng(0)
    pictures = generator.floats(rng.normal(size=(8, spec.latent_size)).astype(np.float32), np.arange(8))
    assert pictures.shape == (8, spec.height, spec.width, spec.channels)
    assert latents in (None, spec.latent_size)
    assert shape in (None, pictures.shape[1:])
    assert value_range in (None, spec.value_range)
    assert spec.classes == classes
    made = as_bytes(pictures)
    assert made.max() - int(made.min()) > 100
    assert type(spec).from_json(spec.as_json()) == spec


@needs_real
@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("anime-faces-tf-checkpoint", "no architecture"),
        ("digits-autoencoder-savedmodel", "SavedModel"),
        ("digits-weights-only-keras2.1.h5", "no architecture in the file"),
        ("custom-class-vae-keras3.8.keras", "custom class 'VAE'"),
        ("not-an-image.onnx", "no picture"),
    ],
)
def test_is_refused_with_the_reason(name: str, sentence: str) -> None:
    with pytest.raises(ProofsheetError, match=f"{name}: .*{sentence}"):
        open_generator(REAL / name)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"hello", "not a model"),
        (b"", "not a model"),
    ],
)
def test_files_that_are_no_model(tmp_path: Path, data: bytes, sentence: str) -> None:
    (tmp_path / "weights.h5").write_bytes(data)
    with pytest.raises(BadInput, match=sentence):
        detect_format(tmp_path / "weights.h5")


def test_folders(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no checkpoint"):
        detect_format(tmp_path)
    (tmp_path / "saved_model.pb").touch()
    with pytest.raises(Refused, match="SavedModel"):
        detect_format(tmp_path)
