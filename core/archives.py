"""Where pictures come from: folders, zips, arrays, IDX files. One item at a time, never all in memory."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar
from zipfile import ZipFile, ZipInfo

from core import arrays, zips
from core.errors import BadInput
from core.images import Picture, decode

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
PACKED = {".zip", ".npy", ".npz", ".gz", ".tar", ".tgz", ".7z", ".rar"}
"""Refused by name inside a folder or zip, where people expect them to be looked into."""
LFS = b"version https://git-lfs"
"""How the stand-in begins that a clone without Git LFS leaves in place of a large file."""
MAX_PICTURES = 1_000_000
MAX_FILE_BYTES = zips.MAX_MEMBER_BYTES
MAX_LABEL = 200
Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Found:
    """One item of a source: a picture, or why it cannot be used."""

    name: str
    label: str
    picture: Picture | BadInput


def pictures(path: Path, name: str | None = None) -> tuple[int, Iterator[Found]]:
    """How many items `path` holds, and an iterator over them in a fixed order.

    Takes a folder, a zip of the same, one picture, or a `.npy`, `.npz` or IDX file (`core.arrays.read`).
    A picture's label is the innermost folder that holds it; pictures at the top have none, neither in a folder nor
    in a zip, and a folder that wraps the whole zip and has its name is the top. Names that begin with a dot and
    `__MACOSX` are passed over. `name` is what the person calls the source, when that is not its file name.
    Raises BadInput when the source as a whole cannot be used.
    """
    name = shown(name or path.name or str(path))
    try:
        if not path.exists():
            raise BadInput(f"{shown(str(path))}: there is no such file or folder; check the path.")
        if path.is_dir():
            return _folder(path, name)
        if path.is_file():
            with path.open("rb") as stream:
                _whole(stream.read(64), name)
        return _file(path, name)
    except OSError as error:
        raise BadInput(f"{name}: cannot be read ({error.strerror}); check the path and its permissions.") from error


def _file(path: Path, name: str) -> tuple[int, Iterator[Found]]:
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return _zip(path, name)
    if suffix in (".npy", ".npz") or "ubyte" in path.name:
        n, rows = arrays.read(path, name)
        _check_count(n, name)
        return n, (Found(f"{name}#{i}", label[:MAX_LABEL], picture) for i, (picture, label) in enumerate(rows))
    if suffix in SUFFIXES:
        return 1, _items([(name, path)], _read_file)
    raise BadInput(f"{name}: not a folder, zip, picture, .npy, .npz or IDX file; give one of these.")


def shown(name: str) -> str:
    """A file name as text that can be stored and shown: bytes that are no UTF-8 become replacement characters."""
    return unicodedata.normalize("NFC", re.sub("[\ud800-\udfff]", "\ufffd", name))


def _folder(path: Path, name: str) -> tuple[int, Iterator[Found]]:
    closed: list[OSError] = []
    files = [Path(folder, file) for folder, _, inside in os.walk(path, onerror=closed.append) for file in inside]
    if closed and not files:
        raise closed[0]
    entries = _wanted([(shown(file.relative_to(path).as_posix()), file) for file in files], name)
    entries += [(shown(os.path.relpath(error.filename, path)), Path(error.filename)) for error in closed]
    return len(entries), _items(entries, _read_file)


def _read_file(name: str, path: Path) -> bytes:
    try:
        found = path.lstat()
        if stat.S_ISDIR(found.st_mode):
            raise BadInput(f"{name}: a folder that cannot be opened; check its permissions.")
        if not stat.S_ISREG(found.st_mode):
            raise BadInput(f"{name}: a link or a device, which is not followed; put the picture itself there.")
        if found.st_size > MAX_FILE_BYTES:
            raise BadInput(f"{name}: larger than {MAX_FILE_BYTES >> 20} MB; scale it down.")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{name}: cannot be read ({error.strerror}); check its permissions.") from error


def _zip(path: Path, name: str) -> tuple[int, Iterator[Found]]:
    archive = zips.opened(path, name)
    try:
        entries = _wanted([(zips.member_name(m), m) for m in archive.infolist() if not m.filename.endswith("/")], name)
    except BadInput:
        archive.close()
        raise
    return len(entries), _zip_items(archive, entries, _wrapper(entries, {path.stem, PurePosixPath(name).stem}))


def _wrapper(entries: list[tuple[str, ZipInfo]], stems: set[str]) -> str:
    """The folder that packing a folder leaves around all its files; it says no more than the zip's own name."""
    tops = {PurePosixPath(name).parts[0] for name, _ in entries}
    return next(iter(tops)) if len(tops) == 1 and tops <= stems else ""


def _wanted(entries: list[tuple[str, Entry]], name: str) -> list[tuple[str, Entry]]:
    """The pictures among `entries`, and what should have been unpacked, in the order of their names."""
    visible = [entry for entry in entries if not _is_hidden(PurePosixPath(entry[0]))]
    kept = sorted((e for e in visible if _suffix(e[0]) in SUFFIXES | PACKED), key=lambda entry: entry[0])
    packed = [inside for inside, _ in kept if _suffix(inside) in PACKED]
    if len(packed) == len(kept):
        why = (
            f"; unpack {packed[0]}, or add it by itself" if packed else f"; supported are {', '.join(sorted(SUFFIXES))}"
        )
        raise BadInput(f"{name}: no pictures in it{why}.")
    _check_count(len(kept), name)
    return kept


def _check_count(count: int, name: str) -> None:
    if count > MAX_PICTURES:
        raise BadInput(f"{name}: {count:,} pictures are more than {MAX_PICTURES:,}; split it.")


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _is_hidden(name: PurePosixPath) -> bool:
    return any(part.startswith((".", "__MACOSX")) and part != ".." for part in name.parts)


def _label(name: str, wrapper: str = "") -> str:
    parents = PurePosixPath(name).parts[:-1]
    return "" if parents in ((), (wrapper,)) else parents[-1][:MAX_LABEL]


def _items(entries: list[tuple[str, Entry]], read: Callable[[str, Entry], bytes], wrapper: str = "") -> Iterator[Found]:
    for name, entry in entries:
        picture: Picture | BadInput
        try:
            if _suffix(name) in PACKED:
                raise BadInput(f"{name}: packed pictures inside a folder or zip; unpack it, or add it by itself.")
            picture = decode(_whole(read(name, entry), name), name)
        except BadInput as error:
            picture = error
        yield Found(name, _label(name, wrapper), picture)


def _whole(data: bytes, name: str) -> bytes:
    """The bytes, unless they only stand in for the file that was meant."""
    if not data:
        raise BadInput(f"{name}: an empty file; copy it again.")
    if data.startswith(LFS):
        raise BadInput(f"{name}: a Git LFS pointer, not the file itself; fetch it with `git lfs pull`.")
    return data


def _zip_items(archive: ZipFile, entries: list[tuple[str, ZipInfo]], wrapper: str) -> Iterator[Found]:
    with archive:
        yield from _items(entries, lambda _, member: zips.read(archive, member), wrapper)
