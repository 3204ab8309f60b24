"""Networks that a team brings, behind the wall, and what is believed of what they say."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.extractors import own_keras
from core.extractors.own_onnx import Found
from core.wall import Rules
from core.wall.process import Walled, walled

KEPT = 4
"""Networks whose processes stay, to be asked again."""
MOST = 2 << 30
"""Bytes in one answer."""
LONGEST = 1000
"""Notes, outputs, and letters in one."""
TOLD = ("layout", "colour", "side", "output", "pooling")

_processes: OrderedDict[tuple[Path, int, int, Rules], Walled] = OrderedDict()
_lock = threading.Lock()


def look(path: Path, format: str, output: str, rules: Rules) -> Found:
    """What the file tells of its one input and of `output` (empty: the first). Raises BadInput or Refused."""
    process = _process(path, format, rules)
    answer, _ = process.ask("core.extractors.behind:look", _given(path, format, output))
    settings, outputs, notes = (answer.get(name, 0) for name in ("settings", "outputs", "notes"))
    if not _believable(settings, outputs, notes):
        raise process.lied("a description that cannot be")
    return Found(settings, {name: tuple(shape) for name, shape in outputs.items()}, notes)


def _believable(settings: Any, outputs: Any, notes: Any) -> bool:
    """Whether these can be the parts of a `Found`; what they mean is checked as they are used."""
    return (
        isinstance(settings, dict) and isinstance(outputs, dict) and isinstance(notes, list)
        and settings.keys() <= set(TOLD) and max(len(outputs), len(notes)) <= LONGEST
        and all(type(value) is (int if name == "side" else str) for name, value in settings.items())
        and all(isinstance(note, str) and len(note) <= LONGEST and note.isprintable() for note in notes)
        and all(isinstance(shape, list) and all(s is None or type(s) is int for s in shape)
                for shape in outputs.values())
    )  # fmt: skip


def run(path: Path, format: str, output: str, batch: NDArray[np.float32], rules: Rules) -> NDArray[Any]:
    """What the network gives for a batch: (n, ...) floats, which need not be finite; a Keras file in the format 'xla'
    is run by XLA. Raises BadInput or Refused."""
    process = _process(path, format, rules)
    _, arrays = process.ask("core.extractors.behind:run", _given(path, format, output), [batch], most=MOST)
    if len(arrays) != 1 or arrays[0].ndim < 2 or len(arrays[0]) != len(batch):
        raise process.lied("not one row a picture")
    return arrays[0]


def to_onnx(path: Path, output: str, trial: NDArray[np.float32], rules: Rules) -> tuple[bytes, str]:
    """As `own_keras.to_onnx`; the content is as much a stranger's as the file."""
    process, given = _process(path, "keras", rules), {**_given(path, "keras", output), "close": own_keras.CLOSE}
    answer, arrays = process.ask("core.extractors.behind:to_onnx", given, [trial], most=MOST)
    why = answer.get("why")
    if len(arrays) != 1 or arrays[0].dtype != np.uint8 or not isinstance(why, str) or bool(why) == bool(arrays[0].size):
        raise process.lied("neither a network nor a reason")
    return arrays[0].tobytes(), why[:500]


def _given(path: Path, format: str, output: str) -> dict[str, Any]:
    return {"path": str(path.resolve()), "format": format, "output": output}


def _process(path: Path, format: str, rules: Rules) -> Walled:
    """The process of a file; started when there is none, or the file is another one by now."""
    found = path.stat()
    key = path, found.st_ino, found.st_mtime_ns, rules
    with _lock:
        process = _processes.pop(key, None)
        if process is None or not process.alive:
            process = walled("tensorflow" if format in ("keras", "xla") else "onnx", [path], path.name, rules)
        _processes[key] = process
        while len(_processes) > KEPT:
            _processes.popitem(last=False)
        return process
