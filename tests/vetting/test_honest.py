"""What is honest is let through: every layer on the list, in both formats of Keras, gives the same numbers again."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.vetting import admitted

pytestmark = pytest.mark.tensorflow
PARTS = {"InputLayer", "StackedRNNCells", "LSTMCell", "GRUCell", "SimpleRNNCell"}
"""Tried as parts of others."""
MERGE = {"Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract", "Concatenate", "Dot"}
KERAS_CANNOT = {"RandomBrightness"}
"""Keras 3.15 itself does not call it in a functional model."""


@pytest.fixture(scope="module")
def keras() -> Any:
    return pytest.importorskip("keras")


def by_dimension(layers: Any) -> dict[str, tuple[Any, tuple[int, ...]]]:
    """{layer: (one of it, a shape that it takes)} of the families that end in 1D, 2D and 3D."""
    families = {
        "Conv#D": (3, 3), "Conv#DTranspose": (3, 3, 2), "SeparableConv#D": (3, 3), "DepthwiseConv#D": (3,),
        "ConvLSTM#D": (2, 3), "Cropping#D": (1,), "ZeroPadding#D": (1,), "UpSampling#D": (2,), "AveragePooling#D": (2,),
        "MaxPooling#D": (2,), "GlobalAveragePooling#D": (), "GlobalMaxPooling#D": (), "AdaptiveAveragePooling#D": (2,),
        "AdaptiveMaxPooling#D": (2,), "SpatialDropout#D": (0.1,),
    }  # fmt: skip
    found = {}
    for family, arguments in families.items():
        for d in (1, 2, 3):
            name = family.replace("#", str(d))
            time = (2,) if "LSTM" in name else ()
            if name in admitted.LAYERS:
                found[name] = (getattr(layers, name)(*arguments), (*time, *(5,) * d, 4))
    return found


def others(layers: Any) -> dict[str, tuple[Any, tuple[int, ...]]]:
    picture, row, sequence = (6, 6, 3), (4,), (5, 4)
    return {
        "Dense": (layers.Dense(3, activation=layers.LeakyReLU(), kernel_regularizer="l2"), row),
        "EinsumDense": (layers.EinsumDense("abc,cd->abd", output_shape=(None, 6), bias_axes="d"), sequence),
        "Embedding": (layers.Embedding(7, 3), ()),
        "SpectralNormalization": (layers.SpectralNormalization(layers.Conv2D(3, 3)), picture),
        "Normalization": (layers.Normalization(mean=[1.0, 2, 3], variance=[1.0, 1, 2]), picture),
        "GroupNormalization": (layers.GroupNormalization(3), picture),
        "Activation": (layers.Activation("gelu"), row),
        "PReLU": (layers.PReLU(shared_axes=[1, 2]), picture),
        "Reshape": (layers.Reshape((2, 2)), row),
        "Permute": (layers.Permute((2, 1)), sequence),
        "RepeatVector": (layers.RepeatVector(3), row),
        "Rescaling": (layers.Rescaling(1 / 127.5, -1), picture),
        "Resizing": (layers.Resizing(16, 16), picture),
        "CenterCrop": (layers.CenterCrop(4, 4), picture),
        "CategoryEncoding": (layers.CategoryEncoding(5, output_mode="one_hot"), (1,)),
        **{name: (getattr(layers, name)(0.1), row)
           for name in ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise")},
        **{name: (getattr(layers, name)(3), sequence) for name in ("LSTM", "GRU", "SimpleRNN")},
        "RNN": (layers.RNN(layers.StackedRNNCells([layers.LSTMCell(3), layers.GRUCell(2)])), sequence),
        "Bidirectional": (layers.Bidirectional(layers.RNN(layers.SimpleRNNCell(3))), sequence),
        "TimeDistributed": (layers.TimeDistributed(layers.Dense(2)), sequence),
        "RandomRotation": (layers.RandomRotation(0.1), picture),
        "RandomZoom": (layers.RandomZoom(0.1), picture),
        "RandomTranslation": (layers.RandomTranslation(0.1, 0.1), picture),
        "RandomContrast": (layers.RandomContrast(0.1), picture),
        "RandomCrop": (layers.RandomCrop(4, 4), picture),
    }  # fmt: skip


def models(keras: Any) -> Iterator[tuple[str, Any]]:
    layers = keras.layers
    cases = {**by_dimension(layers), **others(layers)}
    for name in sorted(set(admitted.LAYERS) - PARTS - KERAS_CANNOT):
        if name in MERGE:
            taken = [keras.Input((4,)), keras.Input((4,))]
            made = getattr(layers, name)(**({"axes": 1} if name == "Dot" else {}))(taken)
        elif name in ("Attention", "AdditiveAttention"):
            taken = [keras.Input((5, 4)), keras.Input((6, 4))]
            made = getattr(layers, name)()(taken)
        elif name in ("MultiHeadAttention", "GroupQueryAttention"):
            taken = keras.Input((5, 4))
            made = getattr(layers, name)(*((2, 3) if name[0] == "M" else (3, 4, 2)))(taken, taken)
        else:
            layer, shape = cases.get(name) or (getattr(layers, name)(), (6, 6, 3))
            taken = keras.Input(shape, dtype="int32" if name in ("Embedding", "CategoryEncoding") else None)
            made = layer(taken)
        yield name, keras.Model(taken, made)


def given(model: Any) -> Any:
    rng = np.random.default_rng(0)
    arrays = [
        np.ones((2, *t.shape[1:]), np.int32) if str(t.dtype) == "int32" else rng.random((2, *t.shape[1:]), np.float32)
        for t in model.inputs
    ]
    return arrays if len(arrays) > 1 else arrays[0]


def test_every_layer_on_the_list_comes_back_with_its_numbers(keras: Any, tmp_path: Path) -> None:
    from core.generators.keras_files import load_model

    wrong = []
    for name, model in models(keras):
        rng = np.random.default_rng(1)
        model.set_weights([rng.uniform(0.1, 1, w.shape).astype(w.dtype) for w in model.get_weights()])
        expected = np.asarray(model(given(model), training=False))
        for suffix in (".keras", ".h5"):
            path = tmp_path / f"{name}{suffix}"
            model.save(path)
            try:
                found = np.asarray(load_model(path)(given(model), training=False))
                if not np.allclose(found, expected, atol=1e-5):
                    wrong.append(f"{path.name}: other numbers")
            except Exception as error:
                wrong.append(str(error))
    assert wrong == []


def test_the_list_knows_every_parameter_that_keras_writes(keras: Any) -> None:
    unknown = {}
    for name, model in models(keras):
        for layer in model.layers:
            written = set(layer.get_config()) - admitted.ANY
            listed = admitted.LAYERS.get(type(layer).__name__) or admitted.LAYERS.get(name, frozenset())
            if more := written - listed:
                unknown[name] = more
    assert unknown == {}


def test_arithmetic_of_keras_ops_between_layers_comes_back(keras: Any, tmp_path: Path) -> None:
    from core.generators.keras_files import load_model

    ops = keras.ops
    z = keras.Input((8,))
    mixed = ops.concatenate([z * 2 + 1, ops.sin(z)], axis=-1)
    grid = ops.reshape(keras.layers.Dense(48)(mixed), (-1, 4, 4, 3))[:, ::-1]
    normal = grid / ops.sqrt(ops.mean(ops.square(grid), axis=-1, keepdims=True) + 1e-8)
    large = ops.image.resize(ops.pad(normal, [[0, 0], [1, 1], [1, 1], [0, 0]]), (12, 12))
    model = keras.Model(z, ops.clip(ops.nn.leaky_relu(large, 0.2), -1, 1))
    model.save(tmp_path / "g.keras")
    assert np.allclose(load_model(tmp_path / "g.keras")(given(model)), model(given(model)), atol=1e-6)


def test_a_model_that_was_compiled_and_trained_loads_without_its_optimizer(keras: Any, tmp_path: Path) -> None:
    from core.generators.keras_files import load_model

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.compile(keras.optimizers.Adam(), "mse")
    model.fit(np.ones((8, 4)), np.ones((8, 3)), verbose=0)
    for path in (tmp_path / "m.keras", tmp_path / "m.h5"):
        model.save(path)
        loaded = load_model(path)
        assert not loaded.compiled
        assert np.allclose(loaded(given(model)), model(given(model)))


def test_a_model_that_is_found_out_to_be_large_costs_no_memory(keras: Any) -> None:
    from core.errors import Refused
    from core.vetting.keras_sizes import check_sizes

    def build() -> Any:
        z = keras.Input((10_000,))
        return keras.Model(z, keras.layers.Dense(10_000_000)(z))

    with pytest.raises(Refused, match="weights of 100,010,000,000 numbers, more than the 536,870,912"):
        check_sizes(build, "g.keras")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    assert model(np.ones((1, 4))).shape == (1, 3), "Keras is as it was"


def old(keras: Any, registered: str, name: str, **parameters: Any) -> dict[str, Any]:
    """A one-layer model's configuration as Keras 2 wrote it for a class of its author's."""
    layers = [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4, 4, 2], "name": "z"}},
        {"class_name": registered, "config": {"name": name, "trainable": True, "dtype": "float32", **parameters}},
    ]
    return {"class_name": "Sequential", "config": {"name": "old", "layers": layers}}


def rebuilt(keras: Any, config: dict[str, Any]) -> Any:
    from core.generators.keras_config import modernise
    from core.generators.old_layers import PARAMETERS, classes
    from core.vetting.keras_config import vetted

    read = vetted(modernise(copy.deepcopy(config)), "old.h5", PARAMETERS)
    return keras.saving.deserialize_keras_object(read, custom_objects=classes())


def test_the_layers_of_progressive_gans_are_known_by_the_names_people_gave_them(keras: Any) -> None:
    x = np.random.default_rng(0).normal(size=(6, 4, 4, 2)).astype(np.float32)
    for name in ("PixelNormalization", "PixelNormLayer", "Custom>PixelNorm"):
        made = np.asarray(rebuilt(keras, old(keras, name, "norm"))(x))
        assert np.allclose(made, x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-8), atol=1e-6)
        assert np.allclose((made**2).mean(axis=-1), 1, atol=1e-4)
    for name in ("MinibatchStdev", "MinibatchStddev"):
        made = np.asarray(rebuilt(keras, old(keras, name, "stdev"))(x))
        assert made.shape == (6, 4, 4, 3)
        assert np.allclose(made[..., 2], np.sqrt(x.var(axis=0) + 1e-8).mean(), atol=1e-6)
    grouped = np.asarray(rebuilt(keras, old(keras, "MinibatchStdev", "stdev", group_size=2))(x))
    for first in range(3):  # pictures i and i + 3 are a group, as in Karras' code
        expected = np.sqrt(x[[first, first + 3]].var(axis=0) + 1e-8).mean()
        assert np.allclose(grouped[[first, first + 3], ..., 2], expected, atol=1e-6)
    padded = np.asarray(rebuilt(keras, old(keras, "ReflectionPadding2D", "pad", padding=[1, 2]))(x))
    assert np.array_equal(padded, np.pad(x, [(0, 0), (2, 2), (1, 1), (0, 0)], mode="reflect"))
    layer = rebuilt(keras, old(keras, "Addons>InstanceNormalization", "norm", axis=-1, epsilon=1e-3))
    centred = (x - x.mean(axis=(1, 2), keepdims=True)) / np.sqrt(x.var(axis=(1, 2), keepdims=True) + 1e-3)
    assert np.allclose(layer(x), centred, atol=1e-5)


def test_the_sampling_layer_of_a_vae_gives_its_mean_in_inference_mode(keras: Any) -> None:
    from core.generators.old_layers import classes

    mean, log_variance = np.full((2000, 1), 3.0, np.float32), np.full((2000, 1), np.log(4.0), np.float32)
    layer = classes()["Sampling"]()
    assert np.array_equal(layer([mean, log_variance], training=False), mean)
    drawn = np.asarray(layer([mean, log_variance], training=True))
    assert abs(drawn.mean() - 3) < 0.2
    assert abs(drawn.std() - 2) < 0.2


def keras2(kind: str, name: str, **config: Any) -> dict[str, Any]:
    policy = {"class_name": "Policy", "config": {"name": "float32"}}
    return {"class_name": kind, "config": {"name": name, "trainable": True, "dtype": policy, **config}}


def test_what_keras_2_wrote_for_layers_whose_parameters_changed(keras: Any) -> None:
    zeros = {"class_name": "Zeros", "config": {}}
    conv = {"kernel_size": [3, 3], "strides": [1, 1], "padding": "same", "data_format": "channels_last",
            "dilation_rate": [1, 1], "groups": 1, "activation": "linear", "use_bias": True,
            "bias_initializer": zeros}  # fmt: skip
    layers = [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 8, 8, 3], "dtype": "float32",
                                                "sparse": False, "ragged": False, "name": "z"}},
        keras2("DepthwiseConv2D", "d", depth_multiplier=1, depthwise_initializer=zeros, **conv),
        keras2("SeparableConv2D", "s", filters=4, depth_multiplier=1, kernel_initializer=zeros, kernel_regularizer=None,
               kernel_constraint=None, **conv),
        keras2("Conv2DTranspose", "t", filters=2, output_padding=None, **conv),
        keras2("Reshape", "r", target_shape=[8, 16]),
        keras2("Bidirectional", "b", merge_mode="concat", layer=keras2(
            "LSTM", "l", units=3, return_sequences=True, time_major=False, implementation=2,
            batch_input_shape=[None, 8, 16])),
        keras2("TimeDistributed", "td", layer=keras2("Dense", "e", units=5, batch_input_shape=[None, 6])),
    ]  # fmt: skip
    model = rebuilt(keras, {"class_name": "Sequential", "config": {"name": "old", "layers": layers}})
    assert model.output_shape == (None, 8, 5)
    assert np.asarray(model(np.zeros((2, 8, 8, 3), np.float32))).shape == (2, 8, 5)
