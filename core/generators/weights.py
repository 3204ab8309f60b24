"""Weights without an architecture, loaded into the architecture of another checkpoint: `.h5` weights of every Keras
version and `tf.train.Checkpoint` folders. Layers are matched by their order, the weights of a layer by their names."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, Refused
from core.generators.keras_files import KerasGenerator, leaves, load_model
from core.vetting.keras_hdf5 import check_hdf5
from core.vetting.tensorflow_checkpoint import check_variables
from core.vetting.words import first_line

Layer = dict[str, NDArray[Any]]
"""Name of a weight in its layer ('kernel', 'bias', ...) -> values."""

VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
GENERATOR_WORDS = ("generator", "decoder", "gen")


class _Misfit(BadInput):
    """These weights belong to another network."""


def open_weights(path: Path, kind: str, architecture: Path | None, output: str = "") -> KerasGenerator:
    """The model at `architecture` with the weights at `path`. Raises Refused without one, BadInput when they do not fit
    one another."""
    if architecture is None:
        raise Refused(
            f"{path.name}: no architecture in a TensorFlow checkpoint, only weights; register a whole model of the "
            "same network and name it as the architecture (--architecture CHECKPOINT), or one by name (--architecture "
            "dcgan:size=28,channels=1,latent=100)."
        )
    model = load_model(architecture)
    source = _load_checkpoint(model, path) if kind == "tf-checkpoint" else _load_h5(model, path)
    generator = KerasGenerator(model, path.name, output)
    note = f"weights {source}, in the architecture of another checkpoint"
    generator.spec = replace(generator.spec, notes=(*generator.spec.notes, note))
    return generator


def fit(model: Any, layers: list[Layer], name: str) -> None:
    """Put `layers` into the layers of `model` that have weights, in order. Raises BadInput, naming the first layer
    that differs; the model is changed only when all of them fit."""
    wanted = [leaf for leaf in leaves(model) if leaf.weights]
    if len(wanted) != len(layers):
        raise _misfit(name, f"{len(layers)} layers with weights, the architecture has {len(wanted)}")
    new = []
    for number, (leaf, found) in enumerate(zip(wanted, layers, strict=True), 1):
        if len(leaf.weights) != len(found):
            raise _misfit(name, f"{len(found)} weights for layer {number} ('{leaf.name}'), not {len(leaf.weights)}")
        known = {w.name for w in leaf.weights} == set(found)
        values = [found[w.name] for w in leaf.weights] if known else list(found.values())
        for weight, value in zip(leaf.weights, values, strict=True):
            if tuple(weight.shape) != value.shape:
                what = f"'{weight.name}' of layer {number} ('{leaf.name}')"
                raise _misfit(name, f"{what} of shape {value.shape}, not {tuple(weight.shape)}")
        new.append(values)
    for leaf, values in zip(wanted, new, strict=True):
        leaf.set_weights(values)


def _misfit(name: str, what: str) -> _Misfit:
    return _Misfit(f"{name}: does not fit the architecture: it has {what}; name a whole model of the same network.")


def _load_h5(model: Any, path: Path) -> str:
    import h5py

    check_hdf5(path, path.name)
    try:
        with h5py.File(path, "r") as file:
            root = file.get("model_weights", file)
            if "layer_names" in root.attrs:
                fit(model, _h5_layers(root), path.name)
                return f"from {path.name}"
    except (OSError, KeyError) as error:
        raise BadInput(f"{path.name}: not a whole HDF5 file ({first_line(error)}); copy it again.") from error
    with tempfile.TemporaryDirectory() as folder:  # Keras 3 reads its own format under this suffix only
        copy = Path(folder) / "model.weights.h5"
        shutil.copyfile(path, copy)
        try:
            model.load_weights(copy)
        except (ValueError, KeyError, OSError, TypeError) as error:
            raise _misfit(path.name, f"other weights ({first_line(error)})") from error
    return f"from {path.name}"


def _h5_layers(root: Any) -> list[Layer]:
    """Nested models list all trainable weights first, so weights are gathered by the layer that their name says."""
    layers: dict[str, Layer] = {}
    for outer in root.attrs["layer_names"]:
        group = root[_text(outer)]
        for weight in map(_text, group.attrs["weight_names"]):
            layer, _, own = weight.rpartition("/")
            layers.setdefault(f"{_text(outer)}/{layer}", {})[own.removesuffix(":0")] = np.asarray(group[weight])
    return list(layers.values())


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _load_checkpoint(model: Any, path: Path) -> str:
    """Tries every checkpoint in the folder, generators and the newest first: what fits is the generator."""
    import tensorflow as tf

    misfits = []
    for prefix in _prefixes(path):
        try:
            reader = tf.train.load_checkpoint(str(prefix))
            check_variables(prefix, reader.get_variable_to_shape_map(), path.name)
            keys = [key for key in reader.get_variable_to_shape_map() if key.endswith(VALUE)]
            for root, names in _by_root(keys).items():
                try:
                    fit(model, [_layer(reader, group) for group in names], path.name)
                    return f"of {'/'.join(filter(None, (prefix.name, root)))}"
                except _Misfit as error:
                    misfits.append(error)
            for root in _roots(keys):  # written by Keras 3, which numbers its layers otherwise
                if _restored(model, prefix, root):
                    return f"of {'/'.join(filter(None, (prefix.name, root)))}"
        except (tf.errors.OpError, ValueError, RuntimeError) as error:
            raise BadInput(
                f"{path.name}: {prefix.name} cannot be read ({first_line(error)}); copy it again."
            ) from error
    raise misfits[0] if misfits else _misfit(path.name, "no layers of such a network")


def _prefixes(path: Path) -> list[Path]:
    """Checkpoints in the folder: named like a generator first, then the one that TensorFlow notes as the newest, then
    by number from the highest."""
    state = path / "checkpoint"
    noted = (
        re.search(r'^model_checkpoint_path: "(.*)"', state.read_text(errors="replace"), re.M)
        if state.exists()
        else None
    )
    newest = Path(noted[1]).name if noted else ""

    def rank(prefix: Path) -> tuple[bool, bool, list[int]]:
        return _like_generator(prefix.name), prefix.name == newest, [int(d) for d in re.findall(r"\d+", prefix.name)]

    return sorted((p.with_suffix("") for p in path.glob("*.index")), key=rank, reverse=True)


def _like_generator(name: str) -> bool:
    return any(word in name.lower() for word in GENERATOR_WORDS)


def _by_root(keys: list[str]) -> dict[str, list[dict[str, str]]]:
    """Keras 2's 'generator/layer_with_weights-0/kernel' as {root: [{weight: key}, ... one a layer in order]}."""
    roots: dict[str, dict[tuple[int, ...], dict[str, str]]] = {}
    for key in keys:
        root, found, rest = key.removesuffix(VALUE).partition("layer_with_weights-")
        if found and ".OPTIMIZER_SLOT" not in key:
            numbers = tuple(int(d) for d in re.findall(r"(?:^|layer_with_weights-)(\d+)", rest))
            layer = roots.setdefault(root.strip("/"), {}).setdefault(numbers, {})
            layer[rest.rpartition("/")[2]] = key
    ordered = sorted(roots, key=lambda root: (not _like_generator(root), root))
    return {root: [roots[root][numbers] for numbers in sorted(roots[root])] for root in ordered}


def _layer(reader: Any, keys: dict[str, str]) -> Layer:
    return {name: reader.get_tensor(key) for name, key in keys.items()}


def _roots(keys: list[str]) -> list[str]:
    """Names under which Keras 3 may have written a model; none when Keras 2 wrote all."""
    if any("layer_with_weights-" in key for key in keys):
        return []
    found = {""} | {key.split("/")[0] for key in keys if "_operations" in key or "_trainable_variables" in key}
    return sorted(found, key=lambda root: (not _like_generator(root), root))


def _restored(model: Any, prefix: Path, root: str) -> bool:
    import tensorflow as tf

    wrapped = tf.train.Checkpoint(**{root: model}) if root else tf.train.Checkpoint(model)
    try:
        wrapped.read(str(prefix)).expect_partial().assert_existing_objects_matched()
    except (AssertionError, ValueError):
        return False
    return True
