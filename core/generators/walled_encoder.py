"""An encoder behind the wall, and what is believed of what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.generators.formats import detect_format
from core.generators.spec import LAYOUTS, GeneratorSpec
from core.wall import Rules
from core.wall.process import walled

LONGEST = 1000
"""Letters of a note."""


class WalledEncoder:
    """The encoder at `path` for the decoder of `spec`. Raises BadInput or Refused, naming the file and the remedy, for
    files that are no such encoder, and for decoders that take labels."""

    def __init__(self, path: Path, spec: GeneratorSpec, rules: Rules) -> None:
        kind = detect_format(path)
        if kind not in ("onnx", "keras"):
            raise BadInput(f"{path.name}: no encoder; bring an .onnx, a .keras or a whole-model .h5.")
        if spec.classes or spec.pictures:
            raise BadInput(f"{path.name}: the decoder takes labels, or is none; decoders of latents alone are read.")
        self._size = spec.latent_size
        self._process = walled("onnx" if kind == "onnx" else "tensorflow", [path], path.name, rules)
        given = {
            "path": str(path.resolve()), "kind": kind, "height": spec.height, "width": spec.width,
            "channels": spec.channels, "size": self._size,
        }  # fmt: skip
        answer, _ = self._process.ask("core.generators.behind:load_encoder", given)
        layout, note = answer.get("layout"), answer.get("note")
        if layout not in LAYOUTS or not isinstance(note, str) or len(note) > LONGEST or not note.isprintable():
            raise self._process.lied("a description that cannot be")
        self.layout, self.note = str(layout), note

    def latents(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, latent size) float32 of pictures (n, H*W*C), each laid as `layout` says. Raises BadInput for latents that
        are not numbers."""
        _, arrays = self._process.ask("core.generators.behind:encode", {}, [rows], most=len(rows) * self._size * 8)
        if len(arrays) != 1 or arrays[0].shape != (len(rows), self._size) or arrays[0].dtype != np.float32:
            raise self._process.lied("latents of another size")
        if not np.isfinite(arrays[0]).all():
            raise self._process.lied("latents that are not numbers")
        return arrays[0]

    def close(self) -> None:
        self._process.close()
