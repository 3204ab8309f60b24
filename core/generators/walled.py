"""A generator behind the wall, and what is believed of what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.generators import runtimes
from core.generators.alike import fits
from core.generators.runtimes import Measured
from core.generators.spec import LAYOUTS, LISTS, RANGES, GeneratorSpec, finite
from core.wall import Rules
from core.wall.process import Walled, walled

SIDE, CHANNELS, INPUTS, LATENT = 8192, 4, 64, 1 << 24
"""The largest pictures and latents that are believed."""
MOST = 4 << 30
"""Bytes of pictures in one answer."""
WIDEST = 8
"""Bytes of a number."""


class WalledGenerator:
    """`core.generators.spec.Generator`, whose model lives in a process of its own."""

    def __init__(self, process: Walled, spec: GeneratorSpec, network: str) -> None:
        self.spec, self.network, self._process = spec, network, process

    def raw(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[Any]:
        made = self._ask("raw", latents, labels, WIDEST)
        if made.size != self._values(len(latents)) or made.ndim not in (3, 4) or len(made) != len(latents):
            raise self._process.lied(f"values of shape {made.shape}")
        return finite(made)

    def floats(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
        made = self._ask("floats", latents, labels, 4)
        shape = (len(latents), self.spec.height, self.spec.width, self.spec.channels)
        if made.shape != shape or made.dtype != np.float32:
            raise self._process.lied(f"{made.dtype} of shape {made.shape}")
        if made.size and not (made.min() >= 0 and made.max() <= 1):
            raise self._process.lied("pictures that are not within 0 and 1")
        return made

    def measure(self) -> list[Measured]:
        """As `KerasGenerator.measure`. A model that lies here makes others of its kind slower at worst: what runs them
        is still held against Keras in each one's own process."""
        answer, _ = self._process.ask("core.generators.behind:measure", {})
        try:
            return runtimes.believed(answer.get("measured"))
        except (BadInput, TypeError, ValueError) as error:
            raise self._process.lied("measurements that cannot be") from error

    def run_by(self, name: str) -> str:
        """As `KerasGenerator.run_by`."""
        answer, _ = self._process.ask("core.generators.behind:run_by", {"name": name})
        try:
            said, note = believed(answer.get("spec")), answer.get("note")
            if not isinstance(note, str) or len(note) > 500 or not note.isprintable():
                raise BadInput("a note that is none")
        except (BadInput, TypeError, KeyError, ValueError, AttributeError) as error:
            raise self._process.lied("a runtime that cannot be") from error
        self.spec = replace(self.spec, runtime=said.runtime, differs=said.differs)
        return note

    def close(self) -> None:
        """Ends its process at once, even in the middle of a batch."""
        self._process.close()

    def _values(self, n: int) -> int:
        return n * self.spec.height * self.spec.width * self.spec.channels

    def _ask(
        self, do: str, latents: NDArray[np.float32], labels: NDArray[np.int64], width: int
    ) -> NDArray[Any]:  # fmt: skip
        most = self._values(len(latents)) * width
        if most > MOST:
            raise BadInput(f"{len(latents):,} pictures at once are too many of this size; ask for fewer.")
        _, arrays = self._process.ask(f"core.generators.behind:{do}", {}, [latents, labels], most=most)
        if len(arrays) != 1:
            raise self._process.lied(f"{len(arrays)} arrays")
        return arrays[0]


def open_walled(
    path: Path, kind: str, overrides: dict[str, Any], architecture: Path | None, allow_saved_model: bool,
    faster: Mapping[str, str], rules: Rules, table: NDArray[np.float32] | None = None,
) -> WalledGenerator:  # fmt: skip
    """As `core.generators.opening.opened`, in a process behind the wall. TensorFlow is imported in there alone."""
    files = [path] if architecture is None else [path, architecture]
    process = walled("onnx" if kind == "onnx" else "tensorflow", files, path.name, rules)
    given = {
        "path": str(path.resolve()), "kind": kind, "overrides": overrides, "allow_saved_model": allow_saved_model,
        "architecture": str(architecture.resolve()) if architecture else "", "faster": dict(faster),
    }  # fmt: skip
    answer, _ = process.ask("core.generators.behind:load", given, [] if table is None else [table])
    try:
        spec = believed(answer.get("spec"))
    except (BadInput, TypeError, KeyError, ValueError, AttributeError) as error:
        raise process.lied(f"a description that cannot be: {error}"[:200]) from error
    if spec.format != kind and not (spec.format == "keras" and kind == "tf-checkpoint"):
        raise process.lied(f"a model of format {spec.format}"[:200])
    network = answer.get("network")
    if not isinstance(network, str) or not re.fullmatch("(?:[0-9a-f]{64})?", network):
        raise process.lied("a key that is none")
    return WalledGenerator(process, spec, network)


def believed(found: Any) -> GeneratorSpec:
    """The spec that a walled process tells of, when it can be one. Raises BadInput (TypeError, KeyError, ValueError,
    AttributeError) when not."""
    _plain(found)
    if not isinstance(found, dict) or not all(isinstance(found.get(name), list) for name in ("inputs", *LISTS)):
        raise BadInput("no such lists")
    spec = GeneratorSpec.from_json(found)
    sizes = [spec.height, spec.width, spec.channels, *(s for i in spec.inputs for s in i.shape)]
    if not all(type(size) is int and 1 <= size <= LATENT for size in sizes):
        raise BadInput("sizes that are none")
    if max(spec.height, spec.width) > SIDE or spec.channels > CHANNELS:
        raise BadInput(f"pictures of {spec.height} x {spec.width} x {spec.channels}")
    if len(spec.inputs) > INPUTS or not 0 <= sum(i.size for i in spec.inputs) <= LATENT:
        raise BadInput("inputs of no such size")
    if spec.value_range not in RANGES or spec.layout not in LAYOUTS or not 0 <= spec.classes <= 1_000_000:
        raise BadInput("a reading that is not known")
    if spec.runtime not in ("", *(r.name for r in runtimes.RUNTIMES)):
        raise BadInput("a runtime that is not known")
    if spec.differs and not _may_differ(spec.differs):
        raise BadInput("a difference that cannot be")
    if spec.pictures or not all(isinstance(text, str) for name in LISTS for text in getattr(spec, name)):
        raise BadInput("notes that are none")
    return spec


def _may_differ(found: dict[str, Any]) -> bool:
    if {*found} != {"bytes", "of", "levels"} or not all(type(n) is int and n >= 0 for n in found.values()):
        return False
    return found["bytes"] <= found["of"] and fits(found["bytes"], found["of"], found["levels"])


def _plain(value: Any, depth: int = 0) -> None:
    """JSON of a description: flat, with short printable texts and numbers of a size."""
    if isinstance(value, dict | list) and depth < 5 and len(value) <= 256:
        for one in [*value, *value.values()] if isinstance(value, dict) else value:
            _plain(one, depth + 1)
    elif isinstance(value, str):
        if len(value) > 1000 or not value.isprintable():
            raise BadInput("texts that are too long, or not to be read")
    elif not (value is None or (isinstance(value, bool | int | float) and abs(value) <= 1 << 40)):
        raise BadInput("values of no use")
