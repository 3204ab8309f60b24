"""Keras, ONNX and SavedModel files of our own making: labels, classes, autoencoders, weights in every dress."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import BadInput
from core.generators import open_generator
from core.generators.keras_files import KerasGenerator

pytestmark = pytest.mark.tensorflow
NONE = np.zeros(4, np.int64)


@pytest.fixture(scope="module")
def keras() -> Any:
    return pytest.importorskip("keras")


def network(keras: Any, latent: int = 6, units: int = 9, last: str = "tanh") -> Any:
    return keras.Sequential([
        keras.Input((latent,)), keras.layers.Dense(units), keras.layers.BatchNormalization(),
        keras.layers.Dense(64, activation=last), keras.layers.Reshape((8, 8, 1)),
    ])  # fmt: skip


def latents(n: int = 4, size: int = 6) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((n, size), dtype=np.float32)


def conditional(keras: Any, path: Path, encode: Any, shape: tuple[int, ...] = ()) -> Path:
    z, label = keras.Input((6,), name="z"), keras.Input(shape, dtype="int32", name="label")
    flat = keras.layers.Concatenate()([z, keras.layers.Reshape((3,))(encode(label))])
    made = keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64, activation="tanh")(flat))
    keras.Model([z, label], made).save(path)
    return path


@pytest.mark.parametrize("shape", [(), (1,)])
def test_integer_labels_of_either_shape(keras: Any, tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = conditional(
        keras,
        tmp_path / "g.keras",
        keras.layers.Embedding(7, 3, embeddings_initializer=keras.initializers.RandomNormal(stddev=1)),
        shape,
    )
    generator = open_generator(path)
    assert generator.spec.classes == 7
    ones, twos = (generator.floats(latents(), np.full(4, label)) for label in (1, 2))
    assert ones.shape == (4, 8, 8, 1)
    assert np.abs(ones - twos).max() > 0.01


def test_a_reshape_at_the_end_hides_no_value_range(keras: Any, tmp_path: Path) -> None:
    keras.Sequential([
        keras.Input((8,)), keras.layers.Dense(784, activation="sigmoid"), keras.layers.Reshape((28, 28, 1)),
    ]).save(tmp_path / "g.keras")  # fmt: skip
    spec = open_generator(tmp_path / "g.keras").spec
    assert spec.value_range == "sigmoid"
    assert "value range from the last layer's sigmoid" in spec.notes


def test_the_number_of_classes_is_never_made_up(keras: Any, tmp_path: Path) -> None:
    scaled = keras.layers.Rescaling(0.1)
    path = conditional(keras, tmp_path / "g.keras", lambda x: keras.layers.RepeatVector(3)(scaled(x)), (1,))
    with pytest.raises(BadInput, match=r"g\.keras: .*classes=N"):
        open_generator(path)
    assert open_generator(path, {"classes": 5}).spec.classes == 5
    embedded = conditional(keras, tmp_path / "e.keras", keras.layers.Embedding(7, 3))
    with pytest.raises(BadInput, match="built for 7 classes"):
        open_generator(embedded, {"classes": 8})


def test_an_autoencoder_of_flattened_pictures_is_no_generator(keras: Any, tmp_path: Path) -> None:
    flat = keras.Sequential([
        keras.Input((784,)), keras.layers.Dense(8), keras.layers.Dense(784), keras.layers.Reshape((28, 28)),
    ])  # fmt: skip
    flat.save(tmp_path / "flat.keras")
    with pytest.raises(BadInput, match=r"flat\.keras: .*784.*export the decoder"):
        open_generator(tmp_path / "flat.keras")
    network(keras, latent=64).save(tmp_path / "small.keras")
    assert any("autoencoder" in note for note in open_generator(tmp_path / "small.keras").spec.notes)


@pytest.mark.parametrize(("bias", "found"), [(0.5, "sigmoid"), (-0.5, "tanh"), (200, "byte")])
def test_the_value_range_is_seen_when_the_model_does_not_tell(
    keras: Any, tmp_path: Path, bias: float, found: str
) -> None:
    model = network(keras, last="linear")
    model.layers[2].set_weights([np.zeros((9, 64)), np.full(64, bias)])
    model.save(tmp_path / "g.keras")
    spec = open_generator(tmp_path / "g.keras").spec
    assert spec.value_range == found
    assert f"taken as {found}" in spec.notes[-1]
    assert open_generator(tmp_path / "g.keras", {"value_range": "byte"}).spec.value_range == "byte"


def test_batches_of_every_size_are_one_trace_and_rows_do_not_depend_on_it(keras: Any) -> None:
    traces = []

    class Counted(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            traces.append(len(traces))
            return x

    model = keras.Sequential([network(keras), Counted()])
    generator, before = KerasGenerator(model, "g.keras"), len(traces)
    generator.spec = generator.spec.with_overrides({"value_range": "tanh"})
    whole = generator.floats(latents(16), np.zeros(16, np.int64))
    for n in (3, 1):
        assert np.allclose(generator.floats(latents(16)[:n], NONE[:n]), whole[:n], atol=1e-6)
    assert len(traces) == before + 1


@pytest.mark.parametrize("dress", ["weights.h5", "nested", "checkpoint", "keras2 checkpoint"])
def test_weights_in_every_dress_come_back_to_their_layers(keras: Any, tmp_path: Path, dress: str) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    trained, untrained = network(keras), network(keras)
    for weight in trained.weights:
        weight.assign(np.random.default_rng(3).uniform(0.1, 1, weight.shape))
    if dress == "nested":
        trained = keras.Sequential([keras.Input((6,)), trained])
        untrained = keras.Sequential([keras.Input((6,)), untrained])
    untrained.save(tmp_path / "untrained.keras")
    path = tmp_path / "w.weights.h5"
    if dress == "checkpoint":
        path = tmp_path / "folder"
        tensorflow.train.Checkpoint(discriminator=network(keras, 4), generator=trained).save(path / "ckpt")
    elif dress == "keras2 checkpoint":
        path = tmp_path / "folder"
        for name, scale in (("ckpt-9", 0.0), ("ckpt-10", 1.0)):
            tensorflow.train.Checkpoint(generator=as_keras2(tensorflow, trained, scale)).write(path / name)
    else:
        trained.save_weights(path)
    generator = open_generator(path, architecture=tmp_path / "untrained.keras")
    expected = trained(latents(), training=False).numpy() / 2 + 0.5
    assert np.allclose(generator.floats(latents(), NONE), expected, atol=1e-5)
    network(keras, units=10).save(tmp_path / "other.keras")
    with pytest.raises(BadInput, match=f"{path.name}: does not fit the architecture"):
        open_generator(path, architecture=tmp_path / "other.keras")


def as_keras2(tensorflow: Any, model: Any, scale: float) -> Any:
    """The tree of names that Keras 2 wrote into a checkpoint."""
    root = tensorflow.Module()
    for number, layer in enumerate(layer for layer in model.layers if layer.weights):
        branch = tensorflow.Module()
        for weight in layer.weights:
            setattr(branch, weight.name, tensorflow.Variable(scale * np.asarray(weight)))
        setattr(root, f"layer_with_weights-{number}", branch)
    return root


def test_of_a_whole_autoencoder_saved_the_decoder_is_taken(keras: Any, tmp_path: Path) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    decoder = network(keras, last="sigmoid")
    whole = tensorflow.Module()
    whole.variables_kept = decoder.variables

    def decode(z: Any) -> Any:
        return decoder(z, training=False)

    def rebuild(picture: Any) -> Any:
        return decode(tensorflow.reshape(picture, (-1, 64))[:, :6])

    whole.decode = tensorflow.function(decode, input_signature=[tensorflow.TensorSpec((None, 6), name="z")])
    rebuilt = tensorflow.function(rebuild, input_signature=[tensorflow.TensorSpec((None, 8, 8, 1), name="picture")])
    tensorflow.saved_model.save(whole, str(tmp_path / "vae"), signatures={"serving_default": rebuilt})
    generator = open_generator(tmp_path / "vae", allow_saved_model=True)
    assert (generator.spec.latent_size, generator.spec.value_range) == (6, "sigmoid")
    assert np.allclose(generator.floats(latents(), NONE), decode(latents()), atol=1e-6)
    with pytest.raises(BadInput, match="brings its own architecture"):
        open_generator(tmp_path / "vae", architecture=tmp_path / "x.keras", allow_saved_model=True)
