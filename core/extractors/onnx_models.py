"""Networks as ONNX: written once into the models folder, opened once in a process."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from core.onnx_session import open_session

BATCH = 64
"""Pictures that a network is given at once."""


def cached(folder: Path, name: str, build: Callable[[], bytes]) -> Path:
    """The file `name` in `folder`; where it is not there, what `build` gives. It appears whole or not at all."""
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        data = build()
        handle, part = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
            Path(part).replace(path)
        finally:
            Path(part).unlink(missing_ok=True)
    return path


@cache
def session(path: Path) -> Any:
    """The network at `path`, ready to run; kept for the life of the process, so `path` must name its content."""
    return open_session(path)
