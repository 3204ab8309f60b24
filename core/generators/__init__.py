"""Checkpoints of every supported format, opened as one kind of thing: latents in, pictures out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import BadInput
from core.generators.embedded import read_table
from core.generators.formats import detect_format
from core.generators.opening import opened
from core.generators.ready_made import ReadyMade
from core.generators.spec import Generator, GeneratorSpec, InputSpec, as_bytes, check_overrides
from core.generators.walled import open_walled
from core.wall import Rules


def open_generator(
    path: Path,
    overrides: dict[str, Any] | None = None,
    *,
    architecture: Path | None = None,
    allow_saved_model: bool = False,
    rules: Rules | None = None,
    made_here: bool = False,
    faster: Mapping[str, str] | None = None,
    embeddings: Path | None = None,
) -> Generator:
    """Open the checkpoint at `path`; `overrides` ({"value_range", "layout", "classes"}) replace what was found in it.

    `architecture` is a whole Keras model whose weights are replaced by those at `path`. `faster` are the runtimes that
    networks are to be run by where that makes the same bytes ({key of the network: name}). `embeddings` is a table of
    vectors that stand for the classes (`read_table`). Makes a few trial pictures.
    The model lives in a process of its own behind the wall, under `rules`; one that was trained here (`made_here`) is
    opened in this process, which imports TensorFlow for it: the worker and the command line only. Raises BadInput or
    Refused, naming the file and the remedy.
    """
    kind = detect_format(path)
    if kind == "pictures":
        return _ready_made(path, overrides or {}, architecture)
    table = None if embeddings is None else read_table(embeddings)
    if made_here:
        return opened(path, kind, overrides or {}, architecture, allow_saved_model, faster, table)
    given = path, kind, overrides or {}, architecture, allow_saved_model, faster or {}
    return open_walled(*given, rules or Rules.from_env(), table)


def _ready_made(path: Path, overrides: dict[str, Any], architecture: Path | None) -> ReadyMade:
    if architecture is not None:
        raise BadInput(f"{path.name}: brings its own architecture; leave the named architecture out.")
    ready = ReadyMade(path)
    ready.spec = ready.spec.with_overrides(overrides)
    return ready


__all__ = [
    "Generator", "GeneratorSpec", "InputSpec", "ReadyMade", "as_bytes", "check_overrides", "detect_format",
    "open_generator",
]  # fmt: skip
