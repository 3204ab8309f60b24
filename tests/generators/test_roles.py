"""What an input takes, and which function makes the pictures, can be said where the model does not tell."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from core import checkpoints, gallery, sampling
from core.errors import BadInput
from core.gallery import Query
from core.generators import GeneratorSpec, open_generator
from core.workspace import Workspace

LATENT, CLASSES = 4, 3


def conditional(path: Path, name: str) -> Path:
    """'z' (n, 4) and `name` (n, 3) -> sigmoid of a linear map of both, grey 8 x 8."""
    rng = np.random.default_rng(0)
    inputs = [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", LATENT]),
              helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", CLASSES])]  # fmt: skip
    nodes = [
        helper.make_node("Concat", ["z", name], ["both"], axis=1),
        helper.make_node("MatMul", ["both", "w"], ["flat"]),
        helper.make_node("Sigmoid", ["flat"], ["squashed"]),
        helper.make_node("Reshape", ["squashed", "shape"], ["pictures"]),
    ]
    output = helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 8, 8, 1])
    weights = [numpy_helper.from_array(rng.normal(size=(LATENT + CLASSES, 64)).astype(np.float32), "w"),
               numpy_helper.from_array(np.array([-1, 8, 8, 1], np.int64), "shape")]  # fmt: skip
    graph = helper.make_graph(nodes, "g", inputs, [output], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def test_a_label_that_was_read_as_noise_becomes_one_and_back(workspace: Workspace, tmp_path: Path) -> None:
    path = conditional(tmp_path / "gen.onnx", "y")
    view = checkpoints.register(workspace, path, run="r", step=1)
    as_noise = sampling.sample(workspace, view.id, n=12)
    assert checkpoints.get(workspace, view.id).spec["classes"] == 0
    assert sampling.latent(workspace, as_noise, 0).shape == (LATENT + CLASSES,)
    before = sampling.get(workspace, as_noise)

    checkpoints.set_overrides(workspace, view.id, {"roles": {"y": "onehot"}})
    as_label = sampling.sample(workspace, view.id, n=12)
    assert as_label != as_noise
    assert sampling.get(workspace, as_label).checkpoint_ids == (view.id,)
    assert sampling.get(workspace, as_noise).checkpoint_ids == ()
    shown = gallery.select(workspace, Query(as_label, label="2"))
    assert (shown.positions % CLASSES == 2).all()
    assert len(shown.ids) == 4
    generator = checkpoints.open_checkpoint(workspace, view.id)
    assert generator.spec.classes == CLASSES
    with pytest.raises(BadInput, match="built for 3 classes"):
        generator.spec.with_overrides({"classes": 2})

    checkpoints.set_overrides(workspace, view.id, {})
    assert sampling.sample(workspace, view.id, n=12) == as_noise
    assert sampling.get(workspace, as_noise) == before


def test_an_embedding_that_was_read_as_a_label_becomes_noise(tmp_path: Path) -> None:
    path = conditional(tmp_path / "gen.onnx", "class_embedding")
    found = open_generator(path).spec
    assert found.classes == CLASSES
    assert any("stands for a class" in note for note in found.notes)
    said = open_generator(path, {"roles": {"class_embedding": "noise"}}).spec
    assert (said.classes, said.latent_size) == (0, LATENT + CLASSES)


def test_the_key_of_what_nobody_said_anything_about_is_as_before() -> None:
    spec = GeneratorSpec("onnx", (), 8, 8, 1, "tanh")
    assert GeneratorSpec.from_json(spec.as_json()) == spec
    old = {name: value for name, value in spec.as_json().items() if name not in ("signatures", "signature", "roles")}
    assert GeneratorSpec.from_json(old) == spec


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"roles": {"z": "onehot", "y": "onehot"}}, "No input is left"),
        ({"roles": {"x": "noise"}}, "no input of the model; there are: z, y"),
        ({"roles": {"y": "integer"}}, "not one label"),
        ({"roles": {"y": "picture"}}, "cannot be overridden"),
        ({"signature": "serve"}, "no such function"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, overrides: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        open_generator(conditional(tmp_path / "gen.onnx", "y"), overrides)


@pytest.mark.tensorflow
def test_functions_of_a_saved_model_are_listed_and_chosen(tmp_path: Path) -> None:
    import tensorflow as tf

    module = tf.Module()
    module.scale = tf.Variable(tf.random.normal((5, 64), seed=1))

    def pictures(z: Any, sign: float) -> Any:
        return tf.reshape(tf.sigmoid(sign * tf.matmul(z, module.scale)), (-1, 8, 8, 1))

    given = tf.TensorSpec((None, 5), tf.float32, name="z")
    functions = {
        "serving_default": tf.function(lambda z: {"out": pictures(z, 1.0)}, input_signature=[given]),
        "generate_dark": tf.function(lambda z: {"out": pictures(z, -1.0)}, input_signature=[given]),
        "score": tf.function(lambda z: {"out": tf.reduce_sum(z, axis=1)}, input_signature=[given]),
    }
    tf.saved_model.save(module, str(tmp_path / "saved"), signatures=functions)
    z = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    none = np.zeros(3, np.int64)
    found = open_generator(tmp_path / "saved", allow_saved_model=True)
    assert set(found.spec.signatures) == {"serving_default", "generate_dark", "score"}
    chosen = open_generator(tmp_path / "saved", {"signature": "serving_default"}, allow_saved_model=True)
    assert np.abs(found.floats(z, none) + chosen.floats(z, none) - 1).max() < 1e-5
    with pytest.raises(BadInput, match=r"no function 'other'; there are: .*score"):
        open_generator(tmp_path / "saved", {"signature": "other"}, allow_saved_model=True)
    with pytest.raises(BadInput, match="no picture"):
        open_generator(tmp_path / "saved", {"signature": "score"}, allow_saved_model=True)
