"""What is done with a model itself: it is loaded, and tried on a few pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadInput, Refused
from core.generators.embedded import Embedded, Table
from core.generators.spec import Generator, GeneratorSpec

TRIAL = 16
"""Pictures made on opening: they show the value range where the model does not tell it, and weights gone bad."""


def opened(
    path: Path, kind: str, overrides: dict[str, Any], architecture: Path | None, allow_saved_model: bool,
    faster: Mapping[str, str] | None = None, table: Table | None = None,
) -> Generator:  # fmt: skip
    """The model at `path`, of the format `kind` (as `detect_format` says), loaded and tried. `faster` are the runtimes
    to take for networks ({key: name}, see `core.runtimes`), `table` the vectors
    that stand for the classes. Imports TensorFlow for all but ONNX. Raises BadInput or
    Refused, naming the file and the remedy."""
    generator = _loaded(path, kind, architecture, allow_saved_model, overrides)
    spec = generator.spec = generator.spec.with_overrides(overrides)
    if table is not None:
        generator = _embedded(generator, table, path.name)
        spec = generator.spec
    elif any(i.encoding == "embedding" for i in spec.inputs):
        raise BadInput(f"{path.name}: no table of the vectors that stand for the classes; give it (--embeddings FILE).")
    if spec.classes == 0 and any(i.kind == "label" for i in spec.inputs):
        raise BadInput(
            f"{path.name}: its label input does not tell the number of classes; say it with the override classes=N."
        )
    try:
        generator.spec = _tried(generator)
    except BadInput as error:
        raise type(error)(f"{path.name}: {error}") from error
    if (name := (faster or {}).get(getattr(generator, "network", ""))) is not None:
        note = generator.run_by(name)  # type: ignore[attr-defined]
        generator.spec = replace(generator.spec, notes=(*generator.spec.notes, note))
    return generator


def _embedded(generator: Generator, table: Table, name: str) -> Generator:
    try:
        return Embedded(generator, table)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from error


def _loaded(
    path: Path, kind: str, architecture: Path | None, allow_saved_model: bool, overrides: dict[str, Any]
) -> Generator:  # fmt: skip
    output = overrides.get("output", "")
    if kind == "tf-checkpoint" or (kind == "keras" and architecture is not None):
        from core.generators.weights import open_weights

        return open_weights(path, kind, architecture, output)
    if architecture is not None:
        raise BadInput(f"{path.name}: brings its own architecture; leave the named architecture out.")
    if kind == "keras":
        from core.generators.keras_files import open_keras

        return open_keras(path, output)
    if kind == "onnx":
        from core.generators.onnx_files import open_onnx

        return open_onnx(path, output)
    if not allow_saved_model:
        raise Refused(
            f"{path.name}: a SavedModel runs code as it loads; save the generator as .keras or export it to ONNX, or, "
            "if you trust its source, let the administrator set PROOFSHEET_ALLOW_SAVED_MODEL=1."
        )
    from core.generators.saved_model import open_saved_model

    return open_saved_model(path, overrides.get("signature", ""), output)


def _tried(generator: Generator) -> GeneratorSpec:
    """The spec, its value range guessed from trial pictures where neither the model nor a person said it."""
    spec = generator.spec
    rng = np.random.default_rng(0)
    if spec.takes_pictures:
        latents = rng.random((TRIAL, spec.inputs[0].size), dtype=np.float32)
    else:
        latents = rng.standard_normal((TRIAL, spec.latent_size), dtype=np.float32)
    made = generator.raw(latents, np.arange(TRIAL) % max(spec.classes, 1))
    return spec if spec.value_range else spec.with_guessed_range(float(made.min()), float(made.max()))
