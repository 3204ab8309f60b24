"""The workspace's own copies of checkpoint files and folders, named by their content."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from core.errors import BadInput


def keep(folder: Path, path: Path) -> tuple[str, Path, int]:
    """Copy the file or folder at `path` into `folder` unless it is there: its sha256, where the copy lies, its bytes.

    A folder is copied whole; its sha256 goes over the names and contents of its files. Raises BadInput for links and
    for what changes while it is copied.
    """
    sha256 = _sha256(path)
    kept = folder / _name(sha256, path)
    if not kept.exists():
        # Two processes may register one file at once: each copies under a name of its own.
        part = Path(tempfile.mkdtemp(dir=folder, prefix="part-"))
        try:
            copy = part / path.name
            (shutil.copytree if path.is_dir() else shutil.copyfile)(path, copy)
            if _sha256(copy) != sha256:
                raise BadInput(f"{path.name}: changed while it was read; register it again when it is fully written.")
            _move(copy, kept)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return sha256, kept, sum(f.stat().st_size for f in _files(kept))


def _name(sha256: str, path: Path) -> str:
    """Suffixes and the mark of an IDX file stay: they tell what the file is."""
    if path.is_dir():
        return sha256
    idx = "-ubyte" if "ubyte" in path.name else ""
    return f"{sha256}{idx}{path.suffix.lower()}"


def _move(copy: Path, kept: Path) -> None:
    try:
        copy.replace(kept)
    except OSError:
        if not kept.exists():  # else another process was faster, with the same content
            raise


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(path.rglob("*"))
    wrong = next((f for f in found if f.is_symlink() or not (f.is_file() or f.is_dir())), None)
    if wrong is not None:
        raise BadInput(f"{path.name}: {wrong.relative_to(path)} is a link or no plain file; put the file itself there.")
    return [f for f in found if f.is_file()]


def _sha256(path: Path) -> str:
    if path.is_dir():
        names = {f.relative_to(path).as_posix(): f for f in _files(path)}
        listed = "".join(f"{_sha256(names[name])} {len(os.fsencode(name))} {name}\n" for name in sorted(names))
        return hashlib.sha256(os.fsencode(listed)).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
