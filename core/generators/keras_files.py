"""`.keras` and whole-model `.h5` files, Keras 2 era included."""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, Refused
from core.generators import runtimes
from core.generators.alike import ENOUGH, apart, counted
from core.generators.keras_config import modernise
from core.generators.old_layers import PARAMETERS, classes
from core.generators.outputs import picture_output, unlike, with_outputs
from core.generators.reading import read_model
from core.generators.runtimes import Measured
from core.generators.spec import finite, given, read_output
from core.vetting.keras_archive import unpacked
from core.vetting.keras_config import Json, parsed, vetted
from core.vetting.keras_hdf5 import check_hdf5
from core.vetting.keras_sizes import check_sizes
from core.vetting.words import first_line

UNBUILT = (ValueError, TypeError, KeyError, OSError, AttributeError, IndexError, NotImplementedError, AssertionError)
"""What Keras raises for a configuration or weights that do not fit together."""


ARCHITECTURE = (
    "register a whole model of the same network and name it as the architecture (--architecture CHECKPOINT), or save "
    "with model.save()"
)
FEWEST = 8
"""Trial pictures of a runtime at least, however large they are."""


class KerasGenerator:
    """A Keras model in inference mode, as one traced function until `run_by` says otherwise. Of several outputs the
    one named `output` is taken, or the one that looks like a picture."""

    def __init__(self, model: Any, name: str, output: str = "") -> None:
        if not all(np.isfinite(w).all() for w in model.get_weights()):
            raise BadInput(f"{name}: has weights that are not numbers (NaN); choose an earlier checkpoint.")
        outputs = outputs_of(model)
        place = picture_output(name, outputs, output)
        model = self.model = only(model, place)
        self._name, self._dtypes = name, [str(t.dtype) for t in model.inputs]
        inputs = [(t.name, tuple(t.shape[1:]), dtype) for t, dtype in zip(model.inputs, self._dtypes, strict=True)]
        spec = read_model(name, "keras", inputs, outputs[place][1], _classes(model), _range(model))
        self.spec = with_outputs(spec, outputs, place)
        self.network = runtimes.network(model, leaves(model))
        self._run = self._own = runtimes.traced(model)

    def raw(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[Any]:
        import tensorflow as tf

        try:
            output = self._run(self._arrays(latents, labels))
        except (tf.errors.OpError, ValueError, TypeError) as error:
            raise BadInput(f"{self._name}: fails as it runs ({first_line(error)}); export it to ONNX.") from error
        return finite(output)

    def _arrays(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> list[NDArray[Any]]:
        return [a.astype(d) for a, d in zip(given(self.spec, latents, labels), self._dtypes, strict=True)]

    def floats(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
        return read_output(self.raw(latents, labels), self.spec)

    def measure(self) -> list[Measured]:
        """Every runtime there is on this model: speed, and how far the pictures lie apart."""
        return runtimes.measured(
            self.model, self._inputs(runtimes.batch_size(self.spec)), lambda raw: read_output(raw, self.spec)
        )

    def run_by(self, name: str) -> str:
        """Let the runtime of this name make the pictures where trial pictures are like Keras' own
        (`core.generators.alike`), and Keras itself otherwise; what came of it, in words."""
        self._run, self.spec = self._own, replace(self.spec, runtime="", differs={})
        if name == runtimes.REFERENCE:
            return "run by TensorFlow"
        runtime = next((r for r in runtimes.RUNTIMES if r.name == name), None)
        if runtime is None:
            return f"run by TensorFlow: there is no {name} here"
        size = self.spec.height * self.spec.width * self.spec.channels
        arrays = self._inputs(max(FEWEST, min(runtimes.batch_size(self.spec), -(-ENOUGH // size))))
        try:
            run = runtime.prepare(self.model)
            other, own = (read_output(finite(r(arrays)), self.spec) for r in (run, self._own))
        except Exception as error:  # converters and compilers fail in ways of their own for some layers
            return f"run by TensorFlow: {name} cannot run it ({first_line(error)})"
        found = apart(other, own)
        if not found.fits:
            return f"run by TensorFlow, not by {name}: {counted(found.differs)}"
        self._run = run
        self.spec = replace(self.spec, runtime=name, differs=found.differs)
        return f"run by {name}: {counted(found.differs)}; floats are up to {found.floats:.1g} of the range apart"

    def _inputs(self, n: int) -> list[NDArray[Any]]:
        """Those of n trial pictures."""
        latents = np.random.default_rng(0).standard_normal((n, self.spec.latent_size), dtype=np.float32)
        return self._arrays(latents, np.arange(n) % max(self.spec.classes, 1))


def only(model: Any, place: int) -> Any:
    """The model up to one of its outputs; itself where it has no other."""
    import keras

    return model if len(model.outputs) == 1 else keras.Model(model.inputs, model.outputs[place])


def picturing(model: Any, name: str, output: str) -> Any:
    """`only` of the output that KerasGenerator takes."""
    return only(model, picture_output(name, outputs_of(model), output))


def outputs_of(model: Any) -> list[tuple[str, tuple[int | None, ...]]]:
    """(name, shape without the batch) of each: the name of the layer that gives it."""
    names = getattr(model, "output_names", None) or [f"output_{i}" for i in range(len(model.outputs))]
    return [(name, tuple(t.shape[1:])) for name, t in zip(unlike(names), model.outputs, strict=True)]


def open_keras(path: Path, output: str = "") -> KerasGenerator:
    """Raises Refused or BadInput with the reason and the remedy."""
    return KerasGenerator(load_model(path), path.name, output)


def load_model(path: Path, weights_alone: str = ARCHITECTURE) -> Any:
    """The Keras model, vetted before Keras sees any of it. Raises Refused or BadInput with the reason and the
    remedy; `weights_alone`: what helps where the file holds no architecture."""
    with tempfile.TemporaryDirectory() as folder:
        config, weights = _parts(path, Path(folder), weights_alone)
        import keras

        def build() -> Any:
            return keras.saving.deserialize_keras_object(copy.deepcopy(config), custom_objects=classes())

        try:
            check_sizes(build, path.name)
            model = build()
            model.load_weights(weights)
        except UNBUILT as error:
            raise BadInput(
                f"{path.name}: Keras cannot rebuild it ({first_line(error)}); export the generator to ONNX."
            ) from error
    return model


def _parts(path: Path, folder: Path, weights_alone: str) -> tuple[Json, Path]:
    """The vetted configuration, and a copy of the vetted weights in `folder`."""
    with path.open("rb") as stream:
        zipped = stream.read(2) == b"PK"
    weights = folder / ("model.weights.h5" if zipped else "model.h5")
    raw: bytes | str
    if zipped:
        raw = unpacked(path, weights, path.name)
        check_hdf5(weights, path.name)
    else:
        shutil.copyfile(path, weights)
        check_hdf5(weights, path.name)
        raw = _attribute(weights, path.name, weights_alone)
    return vetted(_modern(parsed(raw, path.name), path.name), path.name, PARAMETERS), weights


def _modern(config: Json, name: str) -> Json:
    try:
        return modernise(config)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, RecursionError) as error:
        raise BadInput(f"{name}: its model configuration is damaged; save it again.") from error


def _attribute(weights: Path, name: str, weights_alone: str) -> bytes | str:
    import h5py

    with h5py.File(weights, "r") as file:
        raw = file.attrs.get("model_config")
    if raw is None:
        raise Refused(f"{name}: no architecture in the file, only weights; {weights_alone}.")
    if not isinstance(raw, (bytes, str)):
        raise BadInput(f"{name}: its model configuration is damaged (no text); save it again.")
    return raw


def leaves(model: Any) -> Iterator[Any]:
    """The layers of a model, those of nested models in their place."""
    for layer in model.layers:
        yield from leaves(layer) if getattr(layer, "layers", None) else [layer]


def _classes(model: Any) -> int:
    """What the layers that take an integer label tell of the number of classes; 0 when none does."""
    found = [getattr(leaf, a, None) for leaf in leaves(model) for a in ("input_dim", "num_tokens", "num_classes")]
    return max((f for f in found if isinstance(f, int)), default=0)


SHAPING = ("Reshape", "Flatten", "Permute", "Cropping2D")
"""Layers that leave every number as it is."""


def _range(model: Any) -> str:
    """'tanh' or 'sigmoid' by the activation of the last layer that is more than a change of shape; empty when it tells
    nothing."""
    layer = model
    while getattr(layer, "layers", None) and len(layer.outputs) == 1:
        computing = [one for one in layer.layers if type(one).__name__ not in SHAPING]
        layer = computing[-1] if computing else layer.layers[-1]
    activation = getattr(getattr(layer, "activation", None), "__name__", "")
    return activation if activation in ("tanh", "sigmoid") else ""
