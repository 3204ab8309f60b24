"""Checkpoints of every supported format, opened as one kind of thing: latents in, pictures out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.errors import BadInput
from core.generators.formats import detect_format
from core.generators.opening import opened
from core.generators.ready_made import ReadyMade
from core.generators.spec import Generator, GeneratorSpec, InputSpec, as_bytes, check_overrides


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
    kind = detect_format(path)
    if kind != "pictures":
        return opened(path, kind, overrides or {}, architecture, allow_saved_model)
    if architecture is not None:
        raise BadInput(f"{path.name}: brings its own architecture; leave the named architecture out.")
    ready = ReadyMade(path)
    ready.spec = ready.spec.with_overrides(overrides or {})
    return ready


__all__ = [
    "Generator", "GeneratorSpec", "InputSpec", "ReadyMade", "as_bytes", "check_overrides", "detect_format",
    "open_generator",
]  # fmt: skip
