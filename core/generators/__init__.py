"""Checkpoints of every supported format, opened as one kind of thing: latents in, pictures out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadInput, Refused
from core.generators.formats import detect_format
from core.generators.ready_made import ReadyMade
from core.generators.spec import Generator, GeneratorSpec, InputSpec, as_bytes, check_overrides

TRIAL = 16
"""Pictures made on opening: they show the value range where the model does not tell it, and weights gone bad."""


def open_generator(
    path: Path,
    overrides: dict[str, Any] | None = None,
    *,
    architecture: Path | None = None,
    allow_saved_model: bool = False,
) -> Generator:
    """Open the checkpoint at `path`; `overrides` ({"value_range", "layout", "classes"}) replace what was found in it.

    `architecture` is a whole Keras model whose weights are replaced by those at `path`. Makes a few trial pictures.
    Imports TensorFlow for all but ONNX and ready-made pictures: the worker and the command line only. Raises BadInput
    or Refused, naming the file and the remedy.
    """
    generator = _opened(path, detect_format(path), architecture, allow_saved_model)
    spec = generator.spec = generator.spec.with_overrides(overrides or {})
    if isinstance(generator, ReadyMade):
        return generator
    if spec.classes == 0 and any(i.kind == "label" for i in spec.inputs):
        raise BadInput(
            f"{path.name}: its label input does not tell the number of classes; say it with the override classes=N."
        )
    try:
        generator.spec = _tried(generator)
    except BadInput as error:
        raise type(error)(f"{path.name}: {error}") from error
    return generator


def _opened(path: Path, kind: str, architecture: Path | None, allow_saved_model: bool) -> Generator:
    if kind == "tf-checkpoint" or (kind == "keras" and architecture is not None):
        from core.generators.weights import open_weights

        return open_weights(path, kind, architecture)
    if architecture is not None:
        raise BadInput(f"{path.name}: brings its own architecture; leave the named architecture out.")
    if kind == "keras":
        from core.generators.keras_files import open_keras

        return open_keras(path)
    if kind == "onnx":
        from core.generators.onnx_files import open_onnx

        return open_onnx(path)
    if kind == "pictures":
        return ReadyMade(path)
    if not allow_saved_model:
        raise Refused(
            f"{path.name}: a SavedModel runs code as it loads; save the generator as .keras or export it to ONNX, or, "
            "if you trust its source, let the administrator set PROOFSHEET_ALLOW_SAVED_MODEL=1."
        )
    from core.generators.saved_model import open_saved_model

    return open_saved_model(path)


def _tried(generator: Generator) -> GeneratorSpec:
    """The spec, its value range guessed from trial pictures where neither the model nor a person said it."""
    spec = generator.spec
    latents = np.random.default_rng(0).standard_normal((TRIAL, spec.latent_size), dtype=np.float32)
    made = generator.raw(latents, np.arange(TRIAL) % max(spec.classes, 1))
    return spec if spec.value_range else spec.with_guessed_range(float(made.min()), float(made.max()))


__all__ = [
    "Generator", "GeneratorSpec", "InputSpec", "ReadyMade", "as_bytes", "check_overrides", "detect_format",
    "open_generator",
]  # fmt: skip
