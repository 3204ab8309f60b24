"""Hostile SavedModels; TensorFlow makes them, so this is imported by slow tests only."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from tests.hostile.corpus import Place

LATENTS = [tf.TensorSpec((None, 16), tf.float32, "z")]


def saved(place: Place, name: str, body: Any, keep: Any = None) -> Path:
    """A SavedModel whose one signature runs `body` and gives its latents back as pictures."""
    whole = tf.Module()
    whole.scale, whole.keep = tf.Variable(1.0), keep

    def generate(z: Any) -> Any:
        with tf.control_dependencies([tf.identity(one) for one in body(z)]):
            return tf.reshape(z * whole.scale, (-1, 4, 4, 1))

    whole.generate = tf.function(generate, input_signature=LATENTS)
    tf.saved_model.save(whole, str(place.folder / name), signatures={"serving_default": whole.generate})
    return place.folder / name


class OnLoad(tf.saved_model.experimental.TrackableResource):
    """A resource: what makes it ready runs whenever somebody loads the model."""

    def __init__(self, marker: Path) -> None:
        super().__init__()
        self._marker = str(marker)

    def _create_resource(self) -> Any:
        return tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[], shared_name="on_load")

    @tf.function
    def _initialize(self) -> None:
        tf.io.write_file(self._marker, "it ran")


def writes_on_load(place: Place) -> Path:
    resource = OnLoad(place.marker)
    assert resource.resource_handle is not None
    return saved(place, "writes", lambda z: [], resource)


def writes_on_call(place: Place) -> Path:
    def body(z: Any) -> list[Any]:
        tf.io.write_file(str(place.marker), "it ran")
        return []

    return saved(place, "writes-on-call", body)


def reads(place: Place) -> Path:
    return saved(place, "reads", lambda z: [tf.io.read_file(str(place.secret))])


def prints(place: Place) -> Path:
    """tf.print writes to any file."""

    def body(z: Any) -> list[Any]:
        tf.print("it ran", output_stream=f"file://{place.marker}")
        return []

    return saved(place, "prints", body)


def python(place: Place) -> Path:
    return saved(place, "python", lambda z: [tf.py_function(lambda: 0.0, [], tf.float32)])


def saves(place: Place) -> Path:
    def body(z: Any) -> list[Any]:
        tf.raw_ops.SaveV2(prefix=str(place.marker), tensor_names=["z"], shape_and_slices=[""], tensors=[z])
        return []

    return saved(place, "saves", body)


def in_a_loop(place: Place) -> Path:
    """The same operation, in the body of a loop inside a branch."""

    def step(i: Any) -> Any:
        tf.io.write_file(str(place.marker), "it ran")
        return i + 1

    def body(z: Any) -> list[Any]:
        inner = lambda: tf.while_loop(lambda i: i < 2, lambda i: [step(i)], [0])[0]  # noqa: E731
        return [tf.cond(tf.shape(z)[0] > 0, inner, lambda: 0)]

    return saved(place, "loop", body)


SAVED = (
    ("writes on load", writes_on_load, "uses the operation WriteFile, which", "load"),
    ("writes on call", writes_on_call, "uses the operation WriteFile, which", "call"),
    ("reads a file", reads, "uses the operation ReadFile, which", ""),
    ("prints into a file", prints, "uses the operation StringFormat, which", "call"),
    ("calls Python", python, "uses the operation EagerPyFunc, which", ""),
    ("saves a tensor", saves, "uses the operation SaveV2, which", ""),
    ("writes in a loop", in_a_loop, "uses the operation WriteFile, which", "call"),
)
"""(name, maker, what the refusal says, what sets it off when nobody looks: tests/hostile/fire.py)."""
