"""Wrapped generators: labels, old and fixed models, and Keras ones."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from core.errors import BadInput
from core.generators import as_bytes, open_generator
from core.generators.wrapped import picks, scaled_of, table_of

N = 30


def conditional(path: Path, opset: int = 17, batch: int | str = "n") -> Path:
    """z (batch, 3) and an integer label (batch, 1): tanh(z @ w + a row of a table for the label)."""
    rng = np.random.default_rng(0)
    constants = {
        "w": rng.normal(size=(3, 64)).astype(np.float32), "rows": rng.normal(size=(4, 64)).astype(np.float32),
        "shape": np.array([-1, 8, 8, 1], np.int64), "flat": np.array([-1], np.int64),
    }  # fmt: skip
    nodes = [
        helper.make_node("MatMul", ["z", "w"], ["picture"]),
        helper.make_node("Reshape", ["label", "flat"], ["which"]),
        helper.make_node("Gather", ["rows", "which"], ["own"], axis=0),
        helper.make_node("Add", ["picture", "own"], ["sum"]),
        helper.make_node("Tanh", ["sum"], ["squashed"]),
        helper.make_node("Reshape", ["squashed", "shape"], ["pictures"]),
    ]
    graph = helper.make_graph(
        nodes, "conditional",
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [batch, 3]),
         helper.make_tensor_value_info("label", TensorProto.INT32, [batch, 1])],
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, [batch, 8, 8, 1])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8), path)
    return path


@pytest.mark.parametrize(("opset", "batch"), [(17, "n"), (11, "n"), (17, 4)])
def test_labels_are_built_in_with_the_latents(tmp_path: Path, opset: int, batch: int | str) -> None:
    path = conditional(tmp_path / "conditional.onnx", opset, batch)
    original = open_generator(path, {"classes": 4, "value_range": "tanh"})
    z = np.random.default_rng(1).standard_normal((N, 3), dtype=np.float32)
    labels = np.arange(N) % 4
    out = tmp_path / "wrapped.onnx"
    out.write_bytes(table_of(path, original.spec, z, labels))
    built = open_generator(out, {"value_range": "tanh"})
    assert (built.spec.latent_size, built.spec.classes) == (1, 0)
    order = np.random.default_rng(2).permutation(N)
    np.testing.assert_array_equal(
        as_bytes(built.floats(picks(order, N), np.zeros(N, np.int64))), as_bytes(original.floats(z, labels))[order]
    )


def test_labels_pass_a_scale_as_they_are(tmp_path: Path) -> None:
    path = conditional(tmp_path / "conditional.onnx")
    original = open_generator(path, {"classes": 4, "value_range": "tanh"})
    out = tmp_path / "scaled.onnx"
    out.write_bytes(scaled_of(path, original.spec, 0.5))
    built = open_generator(out, {"classes": 4, "value_range": "tanh"})
    z = np.random.default_rng(1).standard_normal((N, 3), dtype=np.float32)
    labels = np.arange(N) % 4
    np.testing.assert_allclose(built.floats(z, labels), original.floats(z / 2, labels), atol=1e-6)


def test_every_row_of_a_long_table_is_reached() -> None:
    from scipy.special import ndtr

    n = 50_000
    found = np.floor(n * ndtr(picks(np.arange(n), n).astype(np.float64)))[:, 0]
    np.testing.assert_array_equal(found, np.arange(n))


def test_other_formats_are_refused_with_the_remedy(tmp_path: Path) -> None:
    np.save(tmp_path / "pictures.npy", np.zeros((4, 8, 8), np.uint8))
    spec = open_generator(tmp_path / "pictures.npy").spec
    with pytest.raises(BadInput, match="export the generator to ONNX"):
        scaled_of(tmp_path / "pictures.npy", spec, 0.5)


@pytest.mark.tensorflow
def test_a_keras_generator_is_rewritten(tmp_path: Path) -> None:
    import keras

    z_input = keras.Input((6,))
    hidden = keras.layers.LeakyReLU()(keras.layers.Dense(32)(z_input))
    shaped = keras.layers.Reshape((4, 4, 2))(hidden)
    output = keras.layers.Conv2DTranspose(1, 3, 2, padding="same", activation="tanh")(shaped)
    path = tmp_path / "generator.keras"
    keras.Model(z_input, output).save(path)
    original = open_generator(path)
    z = np.random.default_rng(1).standard_normal((N, 6), dtype=np.float32)
    none = np.zeros(N, np.int64)
    out = tmp_path / "wrapped.onnx"
    out.write_bytes(table_of(path, original.spec, z, none))
    built = open_generator(out, {"value_range": "tanh"})
    ours = as_bytes(built.floats(picks(np.arange(N), N), none)).astype(int)
    assert abs(ours - as_bytes(original.floats(z, none))).max() <= 1
