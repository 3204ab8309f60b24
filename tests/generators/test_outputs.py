"""Of a model's several outputs the picture is found, shown, and can be said otherwise."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from core import checkpoints, references, reports, sampling
from core.errors import BadInput
from core.generators import open_generator
from core.generators.wrapped import scaled_of
from core.progress import silent
from core.workspace import Workspace
from tests.onnx_models import linear

LATENTS = np.random.default_rng(3).normal(size=(5, 4)).astype(np.float32)
NONE = np.zeros(5, np.int64)


def generator(path: Path, *also: str) -> Path:
    """'pictures' (n, 8, 8, 1) of tanh, the output last, after those of `also`: 'logits' (n, 64), and 'dark' (n, 8, 8,
    1), the pictures negated."""
    linear(path, np.random.default_rng(1).normal(size=(4, 64)), (8, 8, 1))
    model = onnx.load(path)
    shapes = {"logits": ("Identity", "flat", [64]), "dark": ("Neg", "pictures", [8, 8, 1])}
    values = []
    for name in also:
        op, source, shape = shapes[name]
        model.graph.node.append(helper.make_node(op, [source], [name]))
        values.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape]))
    pictures = list(model.graph.output)
    del model.graph.output[:]
    model.graph.output.extend([*values, *pictures])
    onnx.save(model, path)
    return path


def test_the_one_that_looks_like_a_picture_is_taken_wherever_it_stands(tmp_path: Path) -> None:
    alone = open_generator(generator(tmp_path / "alone.onnx"))
    found = open_generator(generator(tmp_path / "several.onnx", "logits"))
    assert (found.floats(LATENTS, NONE) == alone.floats(LATENTS, NONE)).all()
    assert found.spec.outputs == ("logits", "pictures")
    assert found.spec.output == ""
    assert any(
        "of its 2 outputs (logits 64, pictures 8x8x1) the pictures are 'pictures'" in n for n in found.spec.notes
    )


def test_of_two_pictures_one_has_to_be_said(tmp_path: Path) -> None:
    path = generator(tmp_path / "two.onnx", "dark", "logits")
    with pytest.raises(BadInput, match=r"2 of its outputs look like pictures \(dark 8x8x1, pictures 8x8x1\).*--output"):
        open_generator(path)
    with pytest.raises(BadInput, match="no output 'light'; there are: dark"):
        open_generator(path, {"output": "light"})
    with pytest.raises(BadInput, match="no picture"):
        open_generator(path, {"output": "logits"})
    dark, light = (open_generator(path, {"output": name}).floats(LATENTS, NONE) for name in ("dark", "pictures"))
    assert np.abs(dark + light - 1).max() < 1e-6


def test_none_of_several_is_a_picture(tmp_path: Path) -> None:
    path = generator(tmp_path / "scores.onnx", "logits")
    model = onnx.load(path)
    del model.graph.output[1]
    model.graph.output.append(helper.make_tensor_value_info("squashed", TensorProto.FLOAT, ["n", 64]))
    onnx.save(model, path)
    with pytest.raises(BadInput, match=r"none of its 2 outputs \(logits 64, squashed 64\) is a picture"):
        open_generator(path)


def test_another_output_is_another_set_and_back(workspace: Workspace, tmp_path: Path) -> None:
    path = generator(tmp_path / "two.onnx", "logits")
    view = checkpoints.register(workspace, path, run="r", step=1)
    found = sampling.sample(workspace, view.id, n=6)
    before = sampling.get(workspace, found)
    checkpoints.set_overrides(workspace, view.id, {"output": "pictures"})
    said = sampling.sample(workspace, view.id, n=6)
    assert said != found
    assert sampling.get(workspace, said).checkpoint_ids == (view.id,)
    checkpoints.set_overrides(workspace, view.id, {})
    assert sampling.sample(workspace, view.id, n=6) == found
    assert sampling.get(workspace, found) == before


def test_a_wrapped_generator_keeps_the_output_that_was_said(tmp_path: Path) -> None:
    path = generator(tmp_path / "two.onnx", "dark")
    dark = open_generator(path, {"output": "dark"})
    half = tmp_path / "half.onnx"
    half.write_bytes(scaled_of(path, dark.spec, 0.5))
    wrapped = open_generator(half, {"value_range": "tanh"})
    assert np.abs(wrapped.floats(LATENTS * 2, NONE) - dark.floats(LATENTS, NONE)).max() < 1e-6


def variational(path: Path) -> Path:
    """Gives 'picture' (n, 16, 16, 1) back unchanged as the last output, after means and variances (n, 2)."""

    def value(name: str, *shape: int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape])

    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["z_mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Neg", ["z_mean"], ["z_logvar"]),
        helper.make_node("Identity", ["picture"], ["rebuilt"]),
    ]
    outputs = [value("z_mean", 1), value("z_logvar", 1), value("rebuilt", 16, 16, 1)]
    graph = helper.make_graph(nodes, "vae", [value("picture", 16, 16, 1)], outputs)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def test_a_vae_that_gives_means_and_variances_too_is_reconstructed(
    workspace: Workspace, real_pictures: Path, tmp_path: Path
) -> None:
    real = references.add(workspace, "noise", real_pictures).set_id
    given = {"value_range": "sigmoid"}
    view = checkpoints.register(workspace, variational(tmp_path / "vae.onnx"), run="v", step=1, overrides=given)
    arguments = {"checkpoint_id": view.id, "reference_set_id": real, "n": 10}
    found = reports.make(workspace, reports.get("reconstruction"), arguments, silent).result
    assert {row["measure"]: row["value"] for row in found["measures"]}["rmse"] == 0.0
    assert any("the pictures are 'rebuilt'" in note for note in checkpoints.get(workspace, view.id).spec["notes"])


@pytest.mark.tensorflow
def test_keras_models_and_saved_models_with_several_outputs(tmp_path: Path) -> None:
    import keras
    import tensorflow as tf

    z = keras.Input((4,), name="z")
    hidden = keras.layers.Dense(64, name="hidden")(z)
    picture = keras.layers.Reshape((8, 8, 1), name="picture")(keras.layers.Activation("tanh")(hidden))
    score = keras.layers.Dense(1, name="score")(hidden)
    dark = keras.layers.Rescaling(-1.0, name="dark")(picture)
    whole = keras.Model(z, [score, picture])
    whole.save(tmp_path / "g.keras")
    keras.Model(z, [score, picture, dark]).save(tmp_path / "two.keras")
    wanted = whole(LATENTS)[1].numpy() / 2 + 0.5
    found = open_generator(tmp_path / "g.keras")
    assert found.spec.outputs == ("score", "picture")
    assert np.abs(found.floats(LATENTS, NONE) - wanted).max() < 1e-6
    with pytest.raises(BadInput, match="2 of its outputs look like pictures"):
        open_generator(tmp_path / "two.keras")
    said = open_generator(tmp_path / "two.keras", {"output": "dark", "value_range": "tanh"})
    assert np.abs(said.floats(LATENTS, NONE) - (1 - wanted)).max() < 1e-6
    half = tmp_path / "half.onnx"
    half.write_bytes(scaled_of(tmp_path / "two.keras", said.spec, 0.5))
    wrapped = open_generator(half, {"value_range": "tanh"})
    assert np.abs(wrapped.floats(LATENTS * 2, NONE) - (1 - wanted)).max() < 1e-5

    given = [tf.TensorSpec((None, 4), tf.float32, name="z")]
    both = tf.function(lambda z: {"image": whole(z)[1], "a_score": whole(z)[0]}, input_signature=given)
    whole.both = both
    tf.saved_model.save(whole, str(tmp_path / "saved"), signatures={"serving_default": both})
    saved = open_generator(tmp_path / "saved", allow_saved_model=True)
    assert saved.spec.outputs == ("a_score", "image")
    assert np.abs(saved.floats(LATENTS, NONE) - wanted).max() < 1e-6
