"""Opens hostile files as an ordinary program would, in a process of its own, and tells which payloads went off.

Standard input: a JSON list of [name, path, how, folder]; standard output: a JSON list of the names that fired. `behind`
is the same for one file, to be asked of a process behind the wall."""

import contextlib
import json
import pickle
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.hostile.corpus import SECRET, Place


def fire(path: Path, how: str, place: Place) -> bool:
    """Whether the payload went off."""
    kind, _, rest = how.partition(" ")
    with contextlib.suppress(Exception):  # most die of it afterwards
        if found := globals()[f"by_{kind}"](path, rest, place):
            return bool(SECRET[:24] in found)
    return any(place.folder.glob("marker*"))  # TensorFlow saves into several files of that name


def by_keras(path: Path, how: str, place: Place) -> str:
    import keras

    model = keras.models.load_model(path, compile=False, safe_mode=how == "safe")
    if how == "vocabulary":
        return " ".join(model.layers[-1].get_vocabulary())
    model(np.zeros((1, *model.input_shape[1:]), np.float32))
    return ""


def by_h5(path: Path, key: str, place: Place) -> str:
    import h5py

    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(path) as archive:
            weights = archive.extract("model.weights.h5", folder)
        with h5py.File(weights) as file:
            return bytes(file[key][()]).decode()


def by_onnx(path: Path, _: str, place: Place) -> str:
    import onnx

    return bytes(onnx.load(path).graph.initializer[0].raw_data).decode()


def by_pickle(path: Path, _: str, place: Place) -> str:
    with path.open("rb") as stream:
        pickle.load(stream)
    return ""


def by_numpy(path: Path, _: str, place: Place) -> str:
    np.load(path, allow_pickle=True)
    return ""


def by_saved(path: Path, how: str, place: Place) -> str:
    import tensorflow as tf

    loaded: Any = tf.saved_model.load(str(path))
    if how == "call":
        loaded.generate(tf.zeros((1, 16)))
    return ""


def behind(given: dict[str, Any], _arrays: list[Any]) -> tuple[dict[str, Any], list[Any]]:
    """Whether the payload of one file went off, and what it died of."""
    folder = Path(given["folder"])
    place = Place(folder, folder / "marker", folder / "secret")
    kind, _, rest = given["how"].partition(" ")
    try:
        found = globals()[f"by_{kind}"](Path(given["path"]), rest, place)
        return {"read": bool(found and SECRET[:24] in found), "died": ""}, []
    except Exception as error:
        return {"read": False, "died": f"{type(error).__name__}: {error}"[:500]}, []


if __name__ == "__main__":
    fired = []
    for name, path, how, folder in json.loads(sys.stdin.read()):
        place = Place(Path(folder), Path(folder) / "marker", Path(folder) / "secret")
        if fire(Path(path), how, place):
            fired.append(name)
    print(json.dumps(fired))
