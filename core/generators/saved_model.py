"""SavedModel folders: they run code as they load, so an administrator must have allowed them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.generators.outputs import Output, picture_output, with_outputs
from core.generators.reading import read_model
from core.generators.spec import GeneratorSpec, finite, given, read_output
from core.vetting.saved_model import check_saved_model
from core.vetting.tensorflow_checkpoint import check_variables
from core.vetting.words import first_line, shown

DECODER_WORDS = ("decod", "generat", "sample")


class SavedModelGenerator:
    """One function of a SavedModel. Holds on to `loaded`: its variables die with it."""

    def __init__(
        self, loaded: Any, call: Callable[..., Any], tensors: list[Any], spec: GeneratorSpec, place: int = 0
    ) -> None:  # fmt: skip
        self.spec, self._place = spec, place
        self._loaded, self._call, self._tensors = loaded, call, tensors

    def raw(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[Any]:
        import tensorflow as tf

        arrays = given(self.spec, latents, labels)
        named = {t.name: tf.cast(a, t.dtype) for t, a in zip(self._tensors, arrays, strict=True)}
        try:
            output = self._call(**named)
        except (tf.errors.OpError, ValueError, TypeError) as error:
            raise BadInput(f"fails as it runs ({first_line(error)}); export it to ONNX.") from error
        return finite(tf.nest.flatten(output)[self._place].numpy())

    def floats(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
        return read_output(self.raw(latents, labels), self.spec)


def open_saved_model(path: Path, wanted: str = "", output: str = "") -> SavedModelGenerator:
    """The function named `wanted`, or the first one of the SavedModel that takes latents and makes pictures; those
    named like a decoder come first, so of a whole autoencoder the decoder is taken, and those with one output before
    those with several, of which the picture is the one named `output`. Raises BadInput when there is none, Refused for
    operations that are not on the list (`check_saved_model`)."""
    signatures = [name for name in check_saved_model(path, path.name) if not name.startswith("__")]
    import tensorflow as tf

    try:
        _check_variables(path)
        loaded = tf.saved_model.load(str(path))
    except (tf.errors.OpError, OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        raise BadInput(f"{path.name}: TensorFlow cannot load it ({first_line(error)}); export it to ONNX.") from error
    reasons: list[BadInput] = []
    found = sorted(_functions(loaded), key=lambda pair: len(_outputs(pair[1])) > 1)
    names = tuple(dict.fromkeys(name for name, _ in found if name.isprintable() and len(name) <= 200))[:100]
    if wanted and wanted not in names:
        raise BadInput(f"{path.name}: has no function '{wanted}'; there are: {', '.join(names)}.")
    for label, function in found:
        if wanted and label != wanted:
            continue
        try:
            tensors = _inputs(function)
            place = picture_output(path.name, _outputs(function), output)
            spec = replace(_spec(path.name, label, function, tensors, signatures, place), signatures=names)
            return SavedModelGenerator(loaded, function, tensors, spec, place)
        except BadInput as error:
            reasons.append(error)
    listed = f"; its functions: {', '.join(names)}" if len(names) > 1 else ""
    if reasons:
        raise type(reasons[0])(f"{str(reasons[0]).rstrip('.')}{listed}.")
    raise BadInput(f"{path.name}: has no signature to call; export it to ONNX.")


def _check_variables(path: Path) -> None:
    import tensorflow as tf

    prefix = path / "variables" / "variables"
    if prefix.with_suffix(".index").exists():
        check_variables(prefix, tf.train.load_checkpoint(str(prefix)).get_variable_to_shape_map(), path.name)


def _functions(loaded: Any) -> Iterator[tuple[str, Any]]:
    named = sorted(loaded.signatures.items(), key=lambda pair: not _like_decoder(pair[0]))
    yield from (pair for pair in named if _like_decoder(pair[0]))
    for name in sorted(n for n in dir(loaded) if _like_decoder(n)):
        child = getattr(loaded, name)
        found = getattr(child, "concrete_functions", None) or getattr(child.__call__, "concrete_functions", None) or ()
        yield from ((name, function) for function in found)
    yield from (pair for pair in named if not _like_decoder(pair[0]))


def _like_decoder(name: str) -> bool:
    return not name.startswith("__") and any(word in name.lower() for word in DECODER_WORDS)


def _inputs(function: Any) -> list[Any]:
    import tensorflow as tf

    return [t for t in tf.nest.flatten(function.structured_input_signature) if isinstance(t, tf.TensorSpec)]


def _outputs(function: Any) -> list[Output]:
    """(name, shape without the batch) of each, in the order of a call; no sizes where none is known."""
    import tensorflow as tf

    given, flat = function.structured_outputs, tf.nest.flatten(function.structured_outputs)
    plain = isinstance(given, dict) and len(given) == len(flat)
    names = sorted(given) if plain else [f"output_{place}" for place in range(len(flat))]
    return [(name, tuple(t.shape[1:]) if t.shape.rank else ()) for name, t in zip(names, flat, strict=True)]


def _spec(
    name: str, label: str, function: Any, tensors: list[Any], signatures: list[str], place: int
) -> GeneratorSpec:  # fmt: skip
    outputs = _outputs(function)
    if any(t.shape.rank is None for t in tensors):
        raise BadInput(f"{name}: '{label}' has inputs of no fixed shapes; export the generator alone.")
    inputs = [(t.name, tuple(t.shape[1:]), t.dtype.name) for t in tensors]
    spec = with_outputs(read_model(name, "saved-model", inputs, outputs[place][1], 0, ""), outputs, place)
    listed = ", ".join(shown(signature, 40) for signature in signatures[:10]) or "none"
    note = f"the function '{shown(label)}' of the SavedModel; its signatures: {listed}"
    return replace(spec, notes=(*spec.notes, note))
