"""What a walled process does with a network that a team brought: it is looked into, run, rewritten. Nothing else calls
this."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Answer = tuple[dict[str, Any], list[NDArray[Any]]]


def _module(format: str) -> ModuleType:
    from core.extractors import own_keras, own_onnx

    return own_keras if format == "keras" else own_onnx


def look(given: dict[str, Any], _arrays: list[NDArray[Any]]) -> Answer:
    found = _module(given["format"]).look(Path(given["path"]), given["output"])
    return {"settings": found.settings, "outputs": found.outputs, "notes": found.notes}, []


def run(given: dict[str, Any], arrays: list[NDArray[Any]]) -> Answer:
    path, output = Path(given["path"]), given["output"]
    if given["format"] == "xla":
        from core.extractors import own_keras

        return {}, [own_keras.run(path, output, arrays[0], xla=True)]
    return {}, [np.asarray(_module(given["format"]).run(path, output, arrays[0]))]


def to_onnx(given: dict[str, Any], arrays: list[NDArray[Any]]) -> Answer:
    from core.extractors import own_keras

    content, why = own_keras.to_onnx(Path(given["path"]), given["output"], arrays[0], given["close"])
    return {"why": why}, [np.frombuffer(content, np.uint8)]
