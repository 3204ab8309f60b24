"""Pictures that come as one array: `.npy`, `.npz` and IDX files. Sizes are checked before anything is loaded."""

from __future__ import annotations

import gzip
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from core import zips
from core.errors import BadInput
from core.images import MAX_PIXELS, MAX_SIDE, Picture

MAX_BYTES = 1 << 30
"""Unpacked bytes of a `.npz` or IDX file, which are held in memory; a `.npy` is read from disk piece by piece."""
FREE_BYTES = 16 << 20
"""Below this an array may shrink as much as it likes: sorted labels pack a thousandfold."""
BLOCK = 1 << 22
"""Values converted at a time."""
Array = NDArray[np.generic]


def read(path: Path, name: str) -> tuple[int, Iterator[tuple[Picture, str]]]:
    """How many pictures the file at `path` holds, and an iterator over (picture, label), label "" when it has none.

    Shapes are (N, H, W), (N, H, W, C) or (N, C, H, W) with C 1 or 3. Values: uint8 as they are; booleans become 0
    and 255; floats all in 0..1 or all in -1..1 are stretched to 0..255; other numbers must lie in 0..255 and are
    rounded. Labels are the `.npz`'s array of N values, or the IDX file beside. A `.npz` or IDX file may unpack to
    1 GiB, and to 200 times its size when that is more than 16 MiB. Raises BadInput, calling the file `name`.
    """
    array, labels = _idx(path, name) if "ubyte" in path.name else _numpy(path, name)
    array = _channels_last(array, name)
    factor, offset = _scaling(array, name)
    return len(array), _pictures(array, labels, factor, offset)


def _pictures(array: Array, labels: Array | None, factor: float, offset: float) -> Iterator[tuple[Picture, str]]:
    step = max(1, BLOCK // math.prod(array.shape[1:]))
    for start in range(0, len(array), step):
        part = np.asarray(array[start : start + step])
        if part.dtype != np.uint8:
            part = np.round(part.astype(np.float32) * np.float32(factor) + np.float32(offset)).astype(np.uint8)
        for i, picture in enumerate(part, start):
            yield picture, "" if labels is None else _text(labels[i])


def _text(label: object) -> str:
    text = label.decode("utf-8", "replace") if isinstance(label, bytes) else str(label)
    return text.encode("utf-8", "replace").decode()  # NumPy's strings may hold halves of characters


def _channels_last(array: Array, name: str) -> Array:
    shape = array.shape
    if array.ndim == 3:
        array = array[..., None]
    if array.ndim == 4 and array.shape[-1] not in (1, 3) and array.shape[1] in (1, 3):
        array = array.transpose(0, 2, 3, 1)
    if array.ndim != 4 or array.shape[-1] not in (1, 3) or array.size == 0:
        raise BadInput(f"{name}: shape {shape} is not (N, H, W) or (N, H, W, 1 or 3) with pictures in it; reshape it.")
    height, width = array.shape[1:3]
    if height * width > MAX_PIXELS or max(height, width) > MAX_SIDE:
        raise BadInput(f"{name}: {height} x {width} pixels are too many; scale the pictures down.")
    return array


def _scaling(array: Array, name: str) -> tuple[float, float]:
    """(factor, offset) that bring the values to 0..255, from the range of the whole array."""
    if array.dtype == np.uint8:
        return 1, 0
    if array.dtype.kind == "b":
        return 255, 0
    if array.dtype.kind not in "fiu":
        raise BadInput(f"{name}: values of type {array.dtype} are no pixels; save uint8 or float.")
    low, high = float(array.min()), float(array.max())
    if not np.isfinite([low, high]).all():
        raise BadInput(f"{name}: has values that are not numbers (NaN or infinite); clean it first.")
    if array.dtype.kind == "f" and low >= -1 and high <= 1:
        return (255, 0) if low >= 0 else (127.5, 127.5)
    if low < 0 or high > 255:
        raise BadInput(f"{name}: values from {low:g} to {high:g}; use 0..255, 0..1 or -1..1.")
    return 1, 0


def _numpy(path: Path, name: str) -> tuple[Array, Array | None]:
    if zipfile.is_zipfile(path):
        return _npz(path, name)
    try:
        return npy.open_memmap(path, mode="r"), None
    except Exception as error:  # NumPy's header parser lets SyntaxError, TokenError, OverflowError and more through
        raise BadInput(f"{name}: not a plain NumPy file ({error}); save it with np.save or np.savez.") from error


def _npz(path: Path, name: str) -> tuple[Array, Array | None]:
    with zips.opened(path, name) as archive:
        shapes = {m.filename: _shape(archive, m, name) for m in archive.infolist() if m.filename.endswith(".npy")}
        large = [member for member, shape in shapes.items() if len(shape) >= 3]
        if len(large) != 1:
            raise BadInput(f"{name}: holds {len(large)} picture arrays; keep exactly one of 3 or 4 dimensions.")
        n = shapes[large[0]][:1]
        labels = next((member for member, shape in shapes.items() if shape == n), None)
        return _member(archive, large[0], name), None if labels is None else _member(archive, labels, name)


def only_table(path: Path, name: str) -> Array:
    """The one array of two dimensions in a `.npz`, under the same limits. Raises BadInput where there is not one."""
    with zips.opened(path, name) as archive:
        shapes = {m.filename: _shape(archive, m, name) for m in archive.infolist() if m.filename.endswith(".npy")}
        found = [member for member, shape in shapes.items() if len(shape) == 2]
        if len(found) != 1:
            raise BadInput(f"{name}: holds {len(found)} tables; keep exactly one array of 2 dimensions.")
        return _member(archive, found[0], name)


def _shape(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> tuple[int, ...]:
    """The shape that a member declares, once its size is known to be honest."""
    try:
        zips.check(member, MAX_BYTES, FREE_BYTES)
        if member.compress_type == zipfile.ZIP_LZMA:
            raise BadInput("packed with LZMA; save it with np.savez.")
        with archive.open(member) as stream:
            readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
            shape, _, dtype = readers[npy.read_magic(stream)](stream)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from error
    except Exception as error:  # as in `_numpy`, and zipfile's own
        raise BadInput(f"{name}: {member.filename} is damaged ({error}); save it with np.savez.") from error
    if dtype.hasobject or math.prod(shape) * dtype.itemsize > member.file_size:
        raise BadInput(f"{name}: {member.filename} is pickled or cut short; save plain numbers with np.savez.")
    return tuple(shape)


def _member(archive: zipfile.ZipFile, member: str, name: str) -> Array:
    try:
        with archive.open(member) as stream:
            array: Array = npy.read_array(stream, allow_pickle=False)
            return array
    except (*zips.DAMAGED, NotImplementedError, RuntimeError) as error:
        raise BadInput(f"{name}: {member} is damaged ({error}); save it with np.savez.") from error


def _idx(path: Path, name: str) -> tuple[Array, Array | None]:
    array = _idx_array(path, name)
    if array.ndim not in (3, 4):
        raise BadInput(f"{name}: an IDX file of {array.ndim} dimensions; give the one with the pictures.")
    beside = path.with_name(path.name.replace("images-idx3", "labels-idx1").replace("images.idx3", "labels.idx1"))
    labels = _idx_array(beside, beside.name) if beside != path and beside.exists() else None
    if labels is not None and labels.shape != array.shape[:1]:
        raise BadInput(f"{beside.name}: {labels.size} labels for {len(array)} pictures; these files do not match.")
    return array, labels


def _idx_array(path: Path, name: str) -> NDArray[np.uint8]:
    """An IDX file (the format of MNIST: LeCun et al., 1998), gzipped or plain, of unsigned bytes."""
    packed = path.suffix == ".gz"
    try:
        with gzip.open(path) if packed else path.open("rb") as stream:
            zero, kind, dims = struct.unpack(">HBB", stream.read(4))
            if zero or kind != 8:
                raise BadInput(f"{name}: not an IDX file of bytes; expected the MNIST format.")
            shape = struct.unpack(f">{dims}I", stream.read(4 * dims))
            size = math.prod(shape)
            if size == 0 or dims > 4:
                raise BadInput(f"{name}: declares the shape {shape}, which holds no pictures; download it again.")
            if size > MAX_BYTES or (packed and size > max(FREE_BYTES, zips.MAX_RATIO * path.stat().st_size)):
                raise BadInput(
                    f"{name}: declares {size:,} bytes of pictures, more than it can hold; split or check it."
                )
            data = stream.read(size)
    except (OSError, EOFError, struct.error, zlib.error) as error:
        raise BadInput(f"{name}: damaged or cut short ({error}); download it again.") from error
    if len(data) != size:
        raise BadInput(f"{name}: cut short: {len(data):,} of {size:,} bytes; download it again.")
    return np.frombuffer(data, np.uint8).reshape(shape)
