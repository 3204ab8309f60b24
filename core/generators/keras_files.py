"""`.keras` and whole-model `.h5` files, Keras 2 era included."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, Refused
from core.generators.keras_config import modernise, vet
from core.generators.reading import read_model
from core.generators.spec import finite, given, read_output


class KerasGenerator:
    """A Keras model in inference mode, as one traced function for batches of every size."""

    def __init__(self, model: Any, name: str) -> None:
        import tensorflow as tf

        if not all(np.isfinite(w).all() for w in model.get_weights()):
            raise BadInput(f"{name}: has weights that are not numbers (NaN); choose an earlier checkpoint.")
        if len(model.outputs) != 1:
            raise BadInput(f"{name}: has {len(model.outputs)} outputs; export the generator alone.")
        self.model = model
        self._name, self._dtypes = name, [str(t.dtype) for t in model.inputs]
        inputs = [(t.name, tuple(t.shape[1:]), dtype) for t, dtype in zip(model.inputs, self._dtypes, strict=True)]
        output = tuple(model.outputs[0].shape[1:])
        self.spec = read_model(name, "keras", inputs, output, _classes(model), _range(model))
        signature = [tf.TensorSpec((None, *t.shape[1:]), t.dtype) for t in model.inputs]
        self._call = tf.function(
            lambda *arrays: model(list(arrays) if len(arrays) > 1 else arrays[0], training=False),
            input_signature=signature,
        )

    def raw(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[Any]:
        import tensorflow as tf

        arrays = given(self.spec, latents, labels)
        try:
            output = self._call(*(a.astype(d) for a, d in zip(arrays, self._dtypes, strict=True)))
        except (tf.errors.OpError, ValueError, TypeError) as error:
            raise BadInput(f"{self._name}: fails as it runs ({first_line(error)}); export it to ONNX.") from error
        return finite(output.numpy())

    def floats(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
        return read_output(self.raw(latents, labels), self.spec)


def open_keras(path: Path) -> KerasGenerator:
    """Raises Refused or BadInput with the reason and the remedy."""
    return KerasGenerator(load_model(path), path.name)


def load_model(path: Path) -> Any:
    """The Keras model. Raises Refused or BadInput with the reason and the remedy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"model{'.keras' if zipfile.is_zipfile(path) else '.h5'}"
        (_modern_zip if copy.suffix == ".keras" else _modern_h5)(path, copy)
        import keras

        try:
            return keras.saving.load_model(copy, compile=False, safe_mode=True)
        except (ValueError, TypeError, KeyError, OSError, AttributeError, IndexError, NotImplementedError) as error:
            raise BadInput(
                f"{path.name}: Keras cannot rebuild it ({first_line(error)}); export the generator to ONNX."
            ) from error


def _config(raw: str | bytes, name: str) -> dict[str, Any]:
    try:
        config = json.loads(raw)
        config.pop("compile_config", None)
    except (ValueError, AttributeError) as error:
        raise BadInput(f"{name}: its model configuration is damaged ({first_line(error)}); save it again.") from error
    vet(config, name)
    return dict(config)


def first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__


def _modern_zip(path: Path, copy: Path) -> None:
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for member in old.infolist():
            if member.file_size > 8 << 30:
                raise Refused(f"{path.name}: {member.filename} claims {member.file_size:,} bytes; check the file.")
            data = old.read(member)
            if member.filename == "config.json":
                config = _config(data, path.name)
                data = json.dumps(modernise(config)).encode()
            new.writestr(member.filename, data)


def _modern_h5(path: Path, copy: Path) -> None:
    import h5py

    shutil.copyfile(path, copy)
    copy.chmod(0o600)
    try:
        file = h5py.File(copy, "r+")
    except OSError as error:
        raise BadInput(f"{path.name}: neither a Keras zip nor an HDF5 file; it may be cut short.") from error
    with file:
        raw = file.attrs.get("model_config")
        if raw is None:
            raise Refused(
                f"{path.name}: no architecture in the file, only weights; register a whole model of the same network "
                "and name it as the architecture (--architecture CHECKPOINT), or save with model.save()."
            )
        config = _config(raw, path.name)
        del file.attrs["model_config"]
        file.attrs["model_config"] = json.dumps(modernise(config))
        if "training_config" in file.attrs:
            del file.attrs["training_config"]


def leaves(model: Any) -> Iterator[Any]:
    """The layers of a model, those of nested models in their place."""
    for layer in model.layers:
        yield from leaves(layer) if getattr(layer, "layers", None) else [layer]


def _classes(model: Any) -> int:
    """What the layers that take an integer label tell of the number of classes; 0 when none does."""
    found = [getattr(leaf, a, None) for leaf in leaves(model) for a in ("input_dim", "num_tokens", "num_classes")]
    return max((f for f in found if isinstance(f, int)), default=0)


def _range(model: Any) -> str:
    """'tanh' or 'sigmoid' by the last layer's activation; empty when it tells nothing."""
    layer = model
    while getattr(layer, "layers", None):
        layer = layer.layers[-1]
    activation = getattr(getattr(layer, "activation", None), "__name__", "")
    return activation if activation in ("tanh", "sigmoid") else ""
