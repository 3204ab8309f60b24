"""`.keras` and whole-model `.h5` files, Keras 2 era included."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, Refused
from core.generators.keras_config import modernise, vet
from core.generators.spec import GeneratorSpec, InputSpec, picture_shape, read_output

LABEL_WORDS = ("label", "class", "cond", "digit", "onehot", "one_hot", "categor")


class KerasGenerator:
    """A Keras model in inference mode, as one traced function."""

    def __init__(self, model: Any, name: str) -> None:
        import tensorflow as tf

        self.spec = _spec(model, name)
        self._model = model
        self._call = tf.function(lambda inputs: model(inputs, training=False), reduce_retracing=True)

    def floats(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
        import tensorflow as tf

        inputs, start = [], 0
        for spec, tensor in zip(self.spec.inputs, self._model.inputs, strict=True):
            given: NDArray[Any]
            if spec.kind == "label":
                given = np.eye(self.spec.classes)[labels] if spec.encoding == "onehot" else labels[:, None]
            else:
                given = latents[:, start : start + spec.size].reshape(-1, *spec.shape)
                start += spec.size
            inputs.append(tf.cast(tf.convert_to_tensor(given), tensor.dtype))
        return read_output(self._call(inputs if len(inputs) > 1 else inputs[0]).numpy(), self.spec)


def open_keras(path: Path) -> KerasGenerator:
    """Raises Refused or BadInput with the reason and the remedy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"model{'.keras' if zipfile.is_zipfile(path) else '.h5'}"
        (_modern_zip if copy.suffix == ".keras" else _modern_h5)(path, copy)
        import keras

        try:
            model = keras.saving.load_model(copy, compile=False, safe_mode=True)
        except (ValueError, TypeError, KeyError, OSError, AttributeError, IndexError, NotImplementedError) as error:
            first = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
            raise BadInput(f"{path.name}: Keras cannot rebuild it ({first}); export the generator to ONNX.") from error
    if not all(np.isfinite(w).all() for w in model.get_weights()):
        raise BadInput(f"{path.name}: has weights that are not numbers (NaN); choose an earlier checkpoint.")
    return KerasGenerator(model, path.name)


def _modern_zip(path: Path, copy: Path) -> None:
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        if "config.json" not in old.namelist():
            raise BadInput(f"{path.name}: a zip without config.json is no Keras model; check the file.")
        for member in old.infolist():
            if member.file_size > 8 << 30:
                raise Refused(f"{path.name}: {member.filename} claims {member.file_size:,} bytes; check the file.")
            data = old.read(member)
            if member.filename == "config.json":
                config = json.loads(data)
                config.pop("compile_config", None)
                vet(config, path.name)
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
                f"{path.name}: no architecture in the file, only weights; register the architecture, "
                "or save the whole model with model.save()."
            )
        config = json.loads(raw)
        vet(config, path.name)
        del file.attrs["model_config"]
        file.attrs["model_config"] = json.dumps(modernise(config))
        if "training_config" in file.attrs:
            del file.attrs["training_config"]


def _spec(model: Any, name: str) -> GeneratorSpec:
    if len(model.outputs) != 1:
        raise BadInput(f"{name}: has {len(model.outputs)} outputs; export the generator alone.")
    height, width, channels, layout = picture_shape(tuple(model.outputs[0].shape[1:]), name)
    inputs, classes, notes = [], 0, []
    for tensor in model.inputs:
        shape = tuple(s or 0 for s in tensor.shape[1:])
        if 0 in shape or (len(shape) >= 2 and shape[-1] in (1, 3) and min(shape[:2]) >= 8):
            raise BadInput(f"{name}: takes pictures, not latents; export the decoder or generator alone.")
        if str(tensor.dtype).startswith("int") or (shape == (1,) and len(model.inputs) > 1):
            classes = max(classes, _embedding_classes(model))
            inputs.append(InputSpec(tensor.name, shape, "label", "integer"))
        elif any(w in tensor.name.lower() for w in LABEL_WORDS) and len(shape) == 1:
            classes = max(classes, shape[0])
            inputs.append(InputSpec(tensor.name, shape, "label", "onehot"))
        else:
            inputs.append(InputSpec(tensor.name, shape))
    if not any(i.kind == "noise" for i in inputs):
        raise BadInput(f"{name}: has no latent input; export the generator alone.")
    value_range, note = _range(model)
    notes.append(note)
    return GeneratorSpec("keras", tuple(inputs), height, width, channels, value_range, classes, layout, tuple(notes))


def _embedding_classes(model: Any) -> int:
    sizes = [layer.input_dim for layer in model.layers if type(layer).__name__ == "Embedding"]
    return max(sizes, default=0) or 10


def _range(model: Any) -> tuple[str, str]:
    layer = model
    while getattr(layer, "layers", None):
        layer = layer.layers[-1]
    activation = getattr(getattr(layer, "activation", None), "__name__", "")
    if activation in ("tanh", "sigmoid"):
        return activation, f"value range from the last layer's {activation}"
    return "tanh", "the last layer does not tell the value range; taken as tanh [-1, 1], override it if this is wrong"
