"""Pictures in and out: strangers' files are decoded with care, our own PNGs fast."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import overload

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

import storage.images
from core.errors import BadInput, NotFound
from core.workspace import Workspace
from storage.images import NewImage

Picture = NDArray[np.uint8]
"""(height, width, channels), channels 1 (grey) or 3 (RGB)."""

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
MAX_SIDE = 65_535
"""Pixels; what JPEG allows. PNGs can be written and read back by OpenCV up to 1,000,000."""
SMALL = 4096
"""Bytes of pixels up to which a PNG of ours is stored without compression."""
MAX_PIXELS = 64_000_000
"""A picture that claims more is refused before it is decoded."""

DAMAGED = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, cv2.error,
    ArithmeticError, AttributeError, LookupError, TypeError, RuntimeError, MemoryError,
)  # fmt: skip
"""What Pillow's decoders let through when a file lies about itself."""


def decode(data: bytes, name: str) -> Picture:
    """Decode a stranger's file to uint8 (H, W, C).

    Rules: a 16-bit value v becomes round(v / 257) in grey files and in colour PNGs; 16-bit colour TIFFs keep their
    high 8 bits, which is up to 1 lower or higher. CMYK and palettes become RGB; alpha is laid over white; grey stays
    one channel; a rotation noted beside the pixels (EXIF) is not applied. Raises BadInput, naming the file, for
    unknown formats, truncated or oversized files, animations and floating-point pictures.
    """
    try:
        with Pillow.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS or max(picture.size) > MAX_SIDE:
                raise BadInput(
                    f"{name}: {picture.width} x {picture.height} pixels are more than {MAX_PIXELS:,}, or than "
                    f"{MAX_SIDE:,} on one side; scale it down."
                )
            if getattr(picture, "n_frames", 1) > 1:
                raise BadInput(f"{name}: an animation or a stack of pages; save the one frame you mean.")
            picture.load()
            return _deep_colour(data, picture) if _is_deep_colour(data, picture) else _to_array(picture, name)
    except UnidentifiedImageError as error:
        raise BadInput(f"{name}: not a picture that can be read; use {', '.join(FORMATS)}.") from error
    except Pillow.DecompressionBombError as error:
        raise BadInput(f"{name}: more than {MAX_PIXELS:,} pixels; scale it down.") from error
    except DAMAGED as error:
        raise BadInput(f"{name}: the file is damaged or cut short ({error}); save it again.") from error


def _is_deep_colour(data: bytes, picture: Pillow.Image) -> bool:
    """A PNG of 16 bits with colour or alpha (depth and colour type are bytes 24 and 25), which Pillow cuts to 8."""
    return picture.format == "PNG" and data[24] == 16 and data[25] != 0


def _deep_colour(data: bytes, picture: Pillow.Image) -> Picture:
    """Decode such a PNG with OpenCV, once Pillow has read it whole and its size is known to be sane."""
    values = cv2.imdecode(np.frombuffer(_bare_png(data), np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16 or values.shape[:2] != (picture.height, picture.width):
        raise ValueError("its 16-bit pixels cannot be read")
    grey = data[25] == 4
    colour = values[:, :, :1] if grey else values[:, :, 2::-1]
    return _eight_bits(colour, values[:, :, 3] if values.shape[2] == 4 else None)


def _bare_png(data: bytes) -> bytes:
    """Only the chunks that hold pixels: OpenCV believes any chunk's length and allocates 4 GB for 700 bytes."""
    kept, at, kind = [data[:8]], 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise ValueError("a chunk is longer than the file")
        if kind in (b"IHDR", b"tRNS", b"IDAT", b"IEND"):
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def _eight_bits(values: NDArray[np.uint16], alpha: NDArray[np.uint16] | None = None) -> Picture:
    """round(v / 257) of (H, W, C), laid over white by `alpha` (H, W); some rows at a time, to be light on memory."""
    out = np.empty(values.shape, np.uint8)
    step = max(1, (1 << 20) // values.shape[1])
    for a in range(0, len(values), step):
        part = values[a : a + step].astype(np.uint64)
        if alpha is not None:
            share = alpha[a : a + step, :, None].astype(np.uint64)
            part = part * share + 65_535 * (65_535 - share)
        scale = 257 if alpha is None else 257 * 65_535
        out[a : a + step] = (part + scale // 2) // scale
    return out


def _to_array(picture: Pillow.Image, name: str) -> Picture:
    if picture.mode == "F":
        raise BadInput(f"{name}: floating-point pixels have no agreed range; save it with 8 or 16 bits.")
    if picture.mode.startswith("I"):  # 16-bit grey; mode I holds it in 32 bits
        deep = np.asarray(picture)
        if deep.min() < 0 or deep.max() > 65_535:
            raise BadInput(f"{name}: pixel values outside 0 to 65,535; save it with 8 or 16 bits.")
        values = deep.astype(np.uint16)
        values[values == picture.info.get("transparency", -1)] = 65_535
        return _eight_bits(values[:, :, None])
    if picture.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in picture.info:
        grey = picture.mode in ("L", "LA", "La")
        rgba = picture.convert("RGBA")
        white = Pillow.new("RGBA", rgba.size, (255, 255, 255, 255))
        picture = Pillow.alpha_composite(white, rgba).convert("L" if grey else "RGB")
    if picture.mode in ("1", "L"):
        return np.asarray(picture.convert("L"), dtype=np.uint8)[:, :, None]
    return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def new_image(picture: Picture) -> NewImage:
    """The content key (sha256 over height, width, channels and pixels) and PNG bytes of a uint8 (H, W, C) picture.

    Raises ValueError when the array has another shape or dtype.
    """
    if picture.ndim != 3 or picture.shape[2] not in (1, 3) or picture.dtype != np.uint8:
        raise ValueError(f"expected uint8 (H, W, 1 or 3), got {picture.dtype} {picture.shape}")
    height, width, channels = picture.shape
    digest = hashlib.sha256(f"{height}x{width}x{channels}:".encode())
    digest.update(np.ascontiguousarray(picture).data)
    # Level 1 and one filter for all rows: three times as fast as the defaults for a few per cent of size. Small
    # pictures plain: four times as fast again, for some hundred bytes, which is about what their row costs anyway.
    level, rows = (0, cv2.IMWRITE_PNG_FILTER_NONE) if picture.nbytes <= SMALL else (1, cv2.IMWRITE_PNG_FILTER_UP)
    bgr = picture if channels == 1 else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, level, cv2.IMWRITE_PNG_FILTER, rows])
    if not done:
        raise ValueError(f"OpenCV could not write a {height} x {width} PNG")
    return NewImage(digest.hexdigest(), width, height, channels, data.tobytes())


def from_png(data: bytes) -> Picture:
    """Decode a PNG of our own making (strangers' files go through `decode`) to uint8 (H, W, C)."""
    array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if array is None:
        raise BadInput("A stored picture cannot be read; the database is damaged: restore a backup.")
    picture: Picture = array[:, :, None] if array.ndim == 2 else cv2.cvtColor(array, cv2.COLOR_BGR2RGB)
    return picture


def load(workspace: Workspace, set_id: int, start: int, stop: int) -> list[Picture]:
    """Pictures at positions start..stop of a set, in order."""
    with workspace.database.read() as session:
        data = storage.images.pngs(session, set_id, start, stop)
    return [from_png(png) for png in data]


class Stored(Sequence[Picture]):
    """The pictures of a set as a sequence that reads them only when they are looked at, `BATCH` at a time. A slice is
    such a sequence too."""

    BATCH = 256

    def __init__(self, workspace: Workspace, set_id: int, positions: range) -> None:
        self._workspace, self._set_id, self._positions = workspace, set_id, positions

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, index: int) -> Picture: ...

    @overload
    def __getitem__(self, index: slice) -> Stored: ...

    def __getitem__(self, index: int | slice) -> Picture | Stored:
        if isinstance(index, slice):
            return Stored(self._workspace, self._set_id, self._positions[index])
        position = self._positions[index]
        return load(self._workspace, self._set_id, position, position + 1)[0]

    def __iter__(self) -> Iterator[Picture]:
        for start in range(0, len(self), self.BATCH):
            part = self._positions[start : start + self.BATCH]
            yield from load(self._workspace, self._set_id, part[0], part[-1] + 1)[:: part.step]


def png(workspace: Workspace, image_id: int) -> bytes:
    """PNG bytes of a stored picture. Raises NotFound for an unknown id."""
    with workspace.database.read() as session:
        data = storage.images.png(session, image_id)
    if data is None:
        raise NotFound(f"There is no picture {image_id} in this workspace.")
    return data


def picture(workspace: Workspace, image_id: int) -> Picture:
    """A stored picture as uint8 (H, W, C). Raises NotFound for an unknown id."""
    return from_png(png(workspace, image_id))


def members(workspace: Workspace, set_id: int) -> list[tuple[int, int, str]]:
    """(position, image id, label) of every picture of a set, in order; empty for an unknown set."""
    with workspace.database.read() as session:
        return storage.images.members(session, set_id)


def origin(workspace: Workspace, set_id: int, position: int) -> str:
    """The file name that the picture at `position` came from, "" for generated ones. Raises NotFound for no picture."""
    with workspace.database.read() as session:
        found = storage.images.origin(session, set_id, position)
    if found is None:
        raise NotFound(f"There is no picture at position {position} of set {set_id} in this workspace.")
    return found


def thumbnail(workspace: Workspace, image_id: int, size: int) -> bytes:
    """PNG bytes whose longer side is at most `size` pixels, which is brought into 16..1024 first.

    Small pictures grow by whole steps and stay sharp. Raises NotFound for an unknown id.
    """
    size = min(max(size, 16), 1024)
    array = picture(workspace, image_id)
    longest = max(array.shape[:2])
    if longest > size:
        factor = size / longest
        shape = (max(1, round(array.shape[1] * factor)), max(1, round(array.shape[0] * factor)))
        array = np.asarray(cv2.resize(array, shape, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    else:
        step = size // longest
        array = array.repeat(step, axis=0).repeat(step, axis=1)
    return new_image(array if array.ndim == 3 else array[:, :, None]).png
