"""Whether a checkpoint that another program writes is all there, told from its own structure; nothing is loaded."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

HDF5 = b"\x89HDF\r\n\x1a\n"
SHARD = re.compile(r"(.*)\.data-\d{5}-of-(\d{5})$")


def missing(path: Path) -> str:
    """What is still missing of the file or folder at `path`, as words; empty when it is whole or of a kind that does
    not tell. A name that ends in `.index` stands for that one checkpoint of TensorFlow's with its data files."""
    try:
        if path.is_dir():
            return _of_folder(path)
        if path.suffix == ".index":
            return _of_index(path)
        with path.open("rb") as stream:
            head = stream.read(64)
        if head.startswith(b"PK") or path.suffix == ".keras":
            return "" if zipfile.is_zipfile(path) else "the zip's directory, which is written last"
        if head.startswith(HDF5):
            return _of_hdf5(head, path.stat().st_size)
        return _of_onnx(path) if path.suffix == ".onnx" else ""
    except FileNotFoundError:
        return "the file, which was moved meanwhile"


def files(path: Path) -> list[Path]:
    """The files that belong to a checkpoint: the file itself, those of a folder, or an index and its data files."""
    if path.is_dir():
        return sorted(f for f in path.rglob("*") if f.is_file())
    if path.suffix == ".index":
        prefix = re.compile(re.escape(path.stem) + r"\.data-\d{5}-of-\d{5}$")
        return [path, *sorted(f for f in path.parent.iterdir() if prefix.match(f.name))]
    return [path]


def _of_folder(path: Path) -> str:
    names = {f.relative_to(path).as_posix() for f in files(path)}
    if any(name.startswith("variables/") for name in names):
        lacking = {"saved_model.pb", "variables/variables.index"} - names
        if lacking:
            return min(lacking)
    indices = [path / name for name in sorted(names) if name.endswith(".index")]
    if not indices and any(SHARD.match(name) for name in names):
        return "the index of its data files, which is written last"
    return next((said for said in map(_of_index, indices) if said), "")


def _of_index(path: Path) -> str:
    shards = [SHARD.match(f.name) for f in files(path)[1:]]
    counts = {int(match[2]) for match in shards if match}
    wanted = max(counts, default=1)
    return "" if len(shards) >= wanted else f"{wanted - len(shards)} of the {wanted} data files of {path.stem}"


def _of_hdf5(head: bytes, size: int) -> str:
    """By the superblock's own end of file. HDF5 file format specification, II.A."""
    version, wide = head[8], head[13] if head[8] < 2 else head[9]
    at = {0: 24, 1: 28}.get(version, 12) + 2 * wide
    end = int.from_bytes(head[at : at + wide], "little")
    if version >= 3 and head[11] & 1:
        return "its writer's closing mark"
    return f"{end - size:,} of {end:,} bytes" if end < 1 << 62 and end > size else ""


def _of_onnx(path: Path) -> str:
    """By the lengths that the outermost fields of the protobuf message say."""
    size, at = path.stat().st_size, 0
    with path.open("rb") as stream:
        while at < size:
            stream.seek(at)
            head = stream.read(20)
            tag, used = _varint(head)
            value, more = _varint(head[used:])
            step = used + {0: more, 1: 8, 2: more + value, 5: 4}.get(tag & 7, size)
            if not used or not more or at + step > size:
                return "its end"
            at += step
    return ""


def _varint(data: bytes) -> tuple[int, int]:
    """A base-128 number and the bytes it takes; 0 bytes when it is cut short."""
    value = 0
    for i, byte in enumerate(data[:10]):
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value, i + 1
    return 0, 0
