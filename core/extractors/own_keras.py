"""A Keras network that a team brings. It is rewritten as ONNX where that gives the same vectors, and runs without
TensorFlow from then on; otherwise it is run through TensorFlow, in the worker and the command line only."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.extractors.onnx_models import BATCH
from core.extractors.own_onnx import Found, picture_input
from core.extractors.reading import pooling_of
from core.generators.keras_files import load_model
from core.generators.runtimes import Run, as_onnx, compiled, traced
from core.onnx_session import open_session
from core.vetting.words import first_line

CLOSE = 1e-4
"""How near the vectors of the ONNX form must come, relative to the largest number in them."""


@lru_cache(maxsize=2)
def network(path: Path, output: str) -> Any:
    """The Keras model up to the layer `output` (empty: its own output), with one input. Raises BadInput or Refused."""
    import keras

    model = load_model(path, "save the whole network, with model.save()")
    if not all(np.isfinite(w).all() for w in model.get_weights()):
        raise BadInput(f"{path.name}: has weights that are not numbers (NaN); choose an earlier file.")
    if len(model.inputs) != 1:
        raise BadInput(f"{path.name}: takes {len(model.inputs)} inputs; save the part that sees pictures alone.")
    names = [layer.name for layer in model.layers]
    if output and output not in names:
        raise BadInput(f"{path.name}: has no layer '{output}'; its last ones are {', '.join(names[-5:])}.")
    if not output and len(model.outputs) == 1:
        return keras.Model(model.inputs[0], model.outputs[0])
    if not output:
        raise BadInput(f"{path.name}: has {len(model.outputs)} outputs; name the layer to take.")
    return keras.Model(model.inputs[0], model.get_layer(output).output)


def look(path: Path, output: str = "") -> Found:
    """As `own_onnx.look`."""
    model = network(path, output)
    shape = tuple(model.outputs[0].shape)
    settings = picture_input(path.name, list(model.inputs[0].shape))
    notes = [] if output else _ending(model)
    return Found({**settings, "output": output, "pooling": pooling_of(len(shape))}, {output: shape[1:]}, notes)


def _ending(model: Any) -> list[str]:
    """Words about a model that ends in a classifier."""
    last, before = model.layers[-1], model.layers[-2].name
    if getattr(getattr(last, "activation", None), "__name__", "") in ("softmax", "sigmoid"):
        return [f"ends in class probabilities ('{last.name}'); the layer '{before}' before it tells more of a picture"]
    return []


def run(path: Path, output: str, batch: NDArray[np.float32], xla: bool = False) -> NDArray[Any]:
    """What the network gives for a batch, in inference mode."""
    import tensorflow as tf

    try:
        made = _traced(path, output, xla)([batch.astype(network(path, output).inputs[0].dtype)])
    except (tf.errors.OpError, ValueError, TypeError) as error:
        raise BadInput(f"{path.name}: fails as it runs ({first_line(error)}); export it to ONNX.") from error
    return made


@lru_cache(maxsize=2)
def _traced(path: Path, output: str, xla: bool) -> Run:
    return (compiled if xla else traced)(network(path, output), BATCH)


def to_onnx(path: Path, output: str, trial: NDArray[np.float32], close: float = CLOSE) -> tuple[bytes, str]:
    """(the network as ONNX, "") or (b"", why it stays as it is): it does not convert, or not to the same vectors for
    the trial pictures (n, ...)."""
    model = network(path, output)
    try:
        content = export(model, trial.shape[1:])
        far = apart(model, content, trial)
    except Exception as error:  # the converter fails, or writes what nothing runs, in ways of its own for some layers
        return b"", f"cannot be rewritten as ONNX ({first_line(error)})"
    return (content, "") if far <= close else (b"", f"its ONNX form gives other vectors (by {far:.1g} of the largest)")


def export(model: Any, shape: tuple[int, ...]) -> bytes:
    """A Keras model as ONNX, for pictures of this shape (without the batch)."""
    import keras

    fixed = keras.Input(shape, name="pictures")
    return as_onnx(keras.Model(fixed, model(fixed)))


def apart(model: Any, content: bytes, trial: NDArray[np.float32]) -> float:
    """How far the ONNX form comes from the model at most, relative to the largest number."""
    session = open_session(content)
    theirs = session.run(None, {session.get_inputs()[0].name: trial})[0]
    ours = model(trial, training=False).numpy()
    return float(abs(theirs - ours).max() / max(abs(ours).max(), 1e-30))
