"""Arrays and texts that can be made again at any time, in one file each beside the database: safe to delete."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray


def load(path: Path) -> dict[str, NDArray[Any]] | None:
    """The arrays by name; None where the file is missing or broken."""
    try:
        with np.load(path, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (OSError, ValueError, EOFError, BadZipFile):
        return None


def save(path: Path, **arrays: NDArray[Any]) -> None:
    """Written beside and renamed, so that a reader never sees half of one. Nothing is kept on a full disk."""
    _write(path, lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]  # the stub: names for `allow_pickle`


def save_text(path: Path, text: str) -> None:
    """The same for a text."""
    _write(path, lambda file: file.write(text.encode()))


def _write(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            write(file)
        temporary.replace(path)
    except OSError:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
