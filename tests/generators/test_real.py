"""Other people's checkpoints do what is asked of them, or say why not."""

import os
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from core import checkpoints
from core.errors import BadInput, ProofsheetError, Refused
from core.generators import as_bytes, detect_format, open_generator
from core.generators.keras_files import leaves
from core.workspace import Workspace

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
        ("anime-faces-tf-checkpoint", "no architecture.*--architecture CHECKPOINT"),
        ("digits-autoencoder-savedmodel", "PROOFSHEET_ALLOW_SAVED_MODEL=1"),
        ("digits-weights-only-keras2.1.h5", "no architecture in the file.*--architecture CHECKPOINT"),
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
        (b"", "an empty file"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "torch.onnx.export"),
    ],
)
def test_files_that_are_no_model(tmp_path: Path, data: bytes, sentence: str) -> None:
    (tmp_path / "weights.h5").write_bytes(data)
    with pytest.raises(BadInput, match=sentence):
        detect_format(tmp_path / "weights.h5")


def test_a_pipe_is_refused_without_waiting_for_a_writer(workspace: Workspace, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gen-1.keras")
    with pytest.raises(BadInput, match=r"gen-1.keras: a pipe, socket or device, no file; give a .keras"):
        checkpoints.register(workspace, tmp_path / "gen-1.keras", run="r", step=1)


def test_weights_of_pytorch_are_sent_to_onnx(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "weights.pth", "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
    with pytest.raises(BadInput, match=r"weights.pth: weights of PyTorch.*torch.onnx.export"):
        detect_format(tmp_path / "weights.pth")


@pytest.mark.slow
def test_folders(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no checkpoint"):
        detect_format(tmp_path)
    (tmp_path / "1.png").touch()
    assert detect_format(tmp_path) == "pictures"
    (tmp_path / "ckpt-1.index").touch()
    assert detect_format(tmp_path) == "tf-checkpoint"
    (tmp_path / "saved_model.pb").touch()
    assert detect_format(tmp_path) == "saved-model"
    with pytest.raises(Refused, match="PROOFSHEET_ALLOW_SAVED_MODEL=1"):
        open_generator(tmp_path)


def test_zips(tmp_path: Path) -> None:
    for member, found in (("config.json", "keras"), ("a/1.png", "pictures")):
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            archive.writestr(member, b"")
        assert detect_format(tmp_path / "x.zip") == found
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("folder/saved_model.pb", b"")
    with pytest.raises(BadInput, match="unzip it"):
        detect_format(tmp_path / "x.zip")
    (tmp_path / "x.keras").write_bytes((tmp_path / "x.zip").read_bytes()[:40])
    with pytest.raises(BadInput, match="cut short"):
        detect_format(tmp_path / "x.keras")


def latents(n: int, size: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((n, size), dtype=np.float32)


@needs_real
@pytest.mark.tensorflow
def test_the_decoder_of_a_saved_model_is_read_when_it_is_allowed() -> None:
    generator = open_generator(REAL / "digits-autoencoder-savedmodel", allow_saved_model=True)
    assert (generator.spec.latent_size, generator.spec.value_range) == (100, "sigmoid")
    pictures = generator.floats(latents(64, 100), np.zeros(64, np.int64))
    assert pictures.shape == (64, 28, 28, 1)
    assert pictures.std(axis=0).mean() > 0.1


@needs_real
@pytest.mark.tensorflow
def test_a_tensorflow_checkpoint_in_the_architecture_of_another_file() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    folder, whole = REAL / "anime-faces-tf-checkpoint", REAL / "anime-faces-keras2.12.h5"
    generator = open_generator(folder, architecture=whole, made_here=True)
    assert any("generator_weights" in note for note in generator.spec.notes)
    reader = tensorflow.train.load_checkpoint(str(folder / "generator_weights"))
    layers = [layer for layer in generator.model.layers if layer.weights]
    for number, layer in enumerate(layers):
        for weight in layer.weights:
            stored = reader.get_tensor(f"layer_with_weights-{number}/{weight.name}/.ATTRIBUTES/VARIABLE_VALUE")
            assert np.array_equal(np.asarray(weight), stored)
    ours = generator.floats(latents(64, 128), np.zeros(64, np.int64))
    theirs = open_generator(whole).floats(latents(64, 128), np.zeros(64, np.int64))
    # Other faces for the same latents (another training), but faces: the mean pictures correlate by .71; with the same
    # weights shuffled inside each layer it is .07, with untrained ones -.1.
    assert np.corrcoef(ours.mean(axis=0).ravel(), theirs.mean(axis=0).ravel())[0, 1] > 0.5
    with pytest.raises(BadInput, match="does not fit the architecture"):
        open_generator(folder, architecture=REAL / "anime-faces-keras3.9.h5")


@needs_real
@pytest.mark.tensorflow
def test_weights_alone_in_an_architecture_of_the_same_network(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    network = [
        keras.Input((100,)), keras.layers.Dense(6272), keras.layers.BatchNormalization(center=False, scale=False),
        keras.layers.ReLU(), keras.layers.Reshape((7, 7, 128)), keras.layers.Conv2DTranspose(64, 5, 2, "same"),
        keras.layers.BatchNormalization(center=False, scale=False), keras.layers.ReLU(),
        keras.layers.Conv2DTranspose(1, 5, 2, "same", activation="sigmoid"),
    ]  # fmt: skip
    keras.Sequential(network).save(tmp_path / "untrained.keras")
    weights, untrained = REAL / "digits-weights-only-keras2.1.h5", tmp_path / "untrained.keras"
    generator = open_generator(weights, architecture=untrained, made_here=True)
    pictures = generator.floats(latents(64, 100), np.zeros(64, np.int64))
    with h5py.File(REAL / "digits-weights-only-keras2.1.h5") as file:
        kernel = file["conv2d_transpose_1/conv2d_transpose_1/kernel:0"][:]
    assert np.array_equal(generator.model.layers[-1].kernel, kernel)
    ink = pictures.mean(axis=(0, 3))
    assert ink[8:20, 8:20].mean() > 5 * ink[[0, 1, 26, 27]].mean(), "digits lie in the middle"
    with pytest.raises(BadInput, match=r"2 weights for layer 2 \('batch_normalization'\), not 4"):
        open_generator(REAL / "digits-weights-only-keras2.1.h5", architecture=REAL / "fashion-dcgan-keras2.3.h5")


@needs_real
@pytest.mark.tensorflow
def test_nested_weights_of_old_keras_come_to_the_layers_of_their_names() -> None:
    """Keras <= 2.2 wrote a nested model's trainable weights first, then the others."""
    path = REAL / "sprites-collapsed-keras2.1.h5"
    generator = open_generator(path, made_here=True)
    compared = 0
    with h5py.File(path) as file:
        group = file["model_weights/sequential_2"]
        for layer in leaves(generator.model):
            for weight in layer.weights:
                assert np.array_equal(np.asarray(weight), group[f"{layer.name}/{weight.name}:0"][:]), weight.path
                compared += 1
    assert compared == 22
