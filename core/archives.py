"""Where pictures come from: folders, zips, arrays, IDX files. One item at a time, never all in memory."""

from __future__ import annotations

import gzip
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.images import MAX_PIXELS, Picture, decode

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
MAX_PICTURES = 1_000_000
MAX_FILE_BYTES = 256 << 20
MAX_RATIO = 200
"""Honest pictures barely compress; a member that grows more than this is a bomb."""


@dataclass(frozen=True)
class Found:
    """One item of a source: a picture, or why it cannot be used."""

    name: str
    label: str
    picture: Picture | BadInput


def pictures(path: Path) -> tuple[int, Iterator[Found]]:
    """How many items `path` holds, and an iterator over them in a fixed order.

    Takes a folder (the first sub-folder is the label), a zip of the same, one picture, a `.npy` or `.npz` array
    (N, H, W), (N, H, W, C) or (N, C, H, W), or an IDX `.gz` file (labels are taken from the file beside it).
    Raises BadInput when the source as a whole cannot be used.
    """
    if not path.exists():
        raise BadInput(f"{path}: there is no such file or folder; check the path.")
    suffixes = "".join(path.suffixes[-2:]).lower()
    if path.is_dir():
        return _folder(path)
    if suffixes.endswith(".zip"):
        return _zip(path)
    if suffixes.endswith((".npy", ".npz")):
        return _array(path)
    if "ubyte" in path.name:
        return _idx(path)
    if path.suffix.lower() in SUFFIXES:
        return 1, iter([_decoded(path.name, "", path)])
    raise BadInput(f"{path.name}: not a folder, zip, picture, .npy, .npz or IDX file; give one of these.")


def _decoded(name: str, label: str, path: Path) -> Found:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BadInput(f"{name}: larger than {MAX_FILE_BYTES >> 20} MB; scale it down.")
        return Found(name, label, decode(path.read_bytes(), name))
    except BadInput as error:
        return Found(name, label, error)
    except OSError as error:
        return Found(name, label, BadInput(f"{name}: cannot be read ({error.strerror}); check its permissions."))


def _label(name: PurePosixPath) -> str:
    return name.parts[-2] if len(name.parts) > 1 else ""


def _folder(path: Path) -> tuple[int, Iterator[Found]]:
    files = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file() and not p.is_symlink())
    names = [PurePosixPath(p.relative_to(path).as_posix()) for p in files]
    return _counted(path, len(files)), (_decoded(str(n), _label(n), f) for n, f in zip(names, files, strict=True))


def _counted(path: Path, count: int) -> int:
    if count == 0:
        raise BadInput(f"{path.name}: no pictures in it; supported are {', '.join(sorted(SUFFIXES))}.")
    if count > MAX_PICTURES:
        raise BadInput(f"{path.name}: {count:,} pictures are more than {MAX_PICTURES:,}; split it.")
    return count


def _zip(path: Path) -> tuple[int, Iterator[Found]]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, struct.error) as error:
        raise BadInput(f"{path.name}: not a whole zip ({error}); it may be cut short: upload it again.") from error
    members = [m for m in archive.infolist() if _is_picture(m)]
    _check_overlap(path, archive)
    members.sort(key=lambda m: m.filename)
    return _counted(path, len(members)), _zip_items(archive, members)


def _is_picture(member: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(member.filename)
    hidden = any(part.startswith((".", "__MACOSX")) and part != ".." for part in name.parts)
    return not member.is_dir() and not hidden and name.suffix.lower() in SUFFIXES


def _check_overlap(path: Path, archive: zipfile.ZipFile) -> None:
    """Members that share bytes are how 49 KB become 1.9 GB."""
    end = -1
    for member in sorted(archive.infolist(), key=lambda m: m.header_offset):
        if member.header_offset < end:
            raise BadInput(f"{path.name}: members overlap inside the zip, as in a zip bomb; make the zip again.")
        end = member.header_offset + 30 + len(member.filename.encode()) + member.compress_size


def _zip_items(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[Found]:
    with archive:
        for member in members:
            name = PurePosixPath(member.filename)
            try:
                picture: Picture | BadInput = decode(_member(archive, member), member.filename)
            except BadInput as error:
                picture = error
            yield Found(member.filename, _label(name), picture)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    name = member.filename
    if ".." in PurePosixPath(name).parts or name.startswith(("/", "\\")):
        raise BadInput(f"{name}: the path leads out of the zip; make the zip again from inside its folder.")
    if member.flag_bits & 1:
        raise BadInput(f"{name}: encrypted; make the zip without a password.")
    if member.file_size > MAX_FILE_BYTES or member.file_size > MAX_RATIO * max(member.compress_size, 512):
        raise BadInput(f"{name}: unpacks to {member.file_size:,} bytes, as in a zip bomb; store the picture plainly.")
    try:
        with archive.open(member) as stream:
            data = stream.read(member.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError) as error:
        raise BadInput(f"{name}: damaged inside the zip ({error}); make the zip again.") from error
    if len(data) != member.file_size:
        raise BadInput(f"{name}: its size in the zip is not the size declared; make the zip again.")
    return data


def _array(path: Path) -> tuple[int, Iterator[Found]]:
    try:
        loaded = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path.name}: not a plain NumPy file ({error}); save it with np.save or np.savez.") from error
    labels: NDArray[np.generic] | None = None
    if isinstance(loaded, np.lib.npyio.NpzFile):
        with loaded:
            try:
                arrays = {name: loaded[name] for name in loaded.files}
            except (ValueError, OSError, zlib.error, zipfile.BadZipFile) as error:
                raise BadInput(f"{path.name}: damaged or pickled ({error}); save it with np.savez.") from error
        large = [a for a in arrays.values() if a.ndim >= 3]
        if len(large) != 1:
            raise BadInput(f"{path.name}: holds {len(large)} picture arrays; keep exactly one of 3 or 4 dimensions.")
        loaded = large[0]
        labels = next((a for a in arrays.values() if a.ndim == 1 and len(a) == len(loaded)), None)
    return len(loaded) if loaded.ndim else 0, _rows(path.name, _bytes(path.name, loaded), labels)


def _bytes(name: str, array: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Pictures (N, H, W, C) uint8 from what a training script saves. Ranges are read from the whole array."""
    if array.ndim == 3:
        array = array[..., None]
    if array.ndim == 4 and array.shape[-1] not in (1, 3) and array.shape[1] in (1, 3):
        array = array.transpose(0, 2, 3, 1)
    if array.ndim != 4 or array.shape[-1] not in (1, 3) or len(array) == 0:
        raise BadInput(f"{name}: shape {array.shape} is not (N, H, W) or (N, H, W, 1 or 3); reshape it.")
    if array.shape[1] * array.shape[2] > MAX_PIXELS:
        raise BadInput(f"{name}: {array.shape[1]} x {array.shape[2]} pixels are too many; scale the pictures down.")
    if array.dtype == np.uint8:
        return array  # type: ignore[return-value]
    if array.dtype.kind not in "fiub":
        raise BadInput(f"{name}: values of type {array.dtype} are no pixels; save uint8 or float.")
    low, high = float(array.min()), float(array.max())
    if not np.isfinite([low, high]).all():
        raise BadInput(f"{name}: has values that are not numbers (NaN or infinite); clean it first.")
    if array.dtype.kind == "f" and low >= 0 and high <= 1:
        scaled = array.astype(np.float32) * 255
    elif array.dtype.kind == "f" and low >= -1 and high <= 1:
        scaled = (array.astype(np.float32) + 1) * 127.5
    elif low >= 0 and high <= 255:
        scaled = array.astype(np.float32)
    else:
        raise BadInput(f"{name}: values from {low:g} to {high:g}; use 0..255, 0..1 or -1..1.")
    return np.round(scaled).astype(np.uint8)


def _rows(name: str, array: NDArray[np.uint8], labels: NDArray[np.generic] | None) -> Iterator[Found]:
    for i, row in enumerate(array):
        yield Found(f"{name}#{i}", "" if labels is None else str(labels[i]), np.ascontiguousarray(row))


def _idx(path: Path) -> tuple[int, Iterator[Found]]:
    array = _idx_array(path)
    if array.ndim != 3:
        raise BadInput(f"{path.name}: an IDX file of {array.ndim} dimensions; give the one with the pictures.")
    beside = path.with_name(path.name.replace("images-idx3", "labels-idx1").replace("images.idx3", "labels.idx1"))
    labels = _idx_array(beside) if beside != path and beside.exists() else None
    if labels is not None and labels.shape != array.shape[:1]:
        raise BadInput(f"{beside.name}: {len(labels)} labels for {len(array)} pictures; these files do not match.")
    return len(array), _rows(path.name, array[..., None], labels)


def _idx_array(path: Path) -> NDArray[np.uint8]:
    """An IDX file (the format of MNIST: LeCun et al., 1998), gzipped or plain, of unsigned bytes."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            zero, kind, dims = struct.unpack(">HBB", stream.read(4))
            shape = struct.unpack(f">{dims}I", stream.read(4 * dims))
            size = int(np.prod(shape, dtype=object))
            if zero or kind != 8 or size > 4 << 30:
                raise BadInput(f"{path.name}: not an IDX file of bytes; expected the MNIST format.")
            data = stream.read(size)
    except (OSError, EOFError, struct.error, zlib.error) as error:
        raise BadInput(f"{path.name}: damaged or cut short ({error}); download it again.") from error
    if len(data) != size:
        raise BadInput(f"{path.name}: cut short: {len(data):,} of {size:,} bytes; download it again.")
    return np.frombuffer(data, np.uint8).reshape(shape)
