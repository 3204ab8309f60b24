"""Zips from strangers: bombs are refused, members are read one at a time and never unpacked to disk."""

from __future__ import annotations

import io
import lzma
import struct
import unicodedata
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from core.errors import BadInput

MAX_MEMBER_BYTES = 256 << 20
MAX_RATIO = 200
"""Honest pictures barely compress; a member that grows more than this is a bomb."""
UTF8_NAME = 0x800
ENCRYPTED = 0x1
PIECE = 4096
"""Bytes. zipfile unpacks a whole piece of LZMA at once, up to 7,000 times its size."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA)
"""Not bzip2: 45 bytes of it hold 45 MB, and zipfile has no way to stop half-way."""
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, struct.error, MemoryError)
"""What zipfile lets through of a damaged file; UnicodeDecodeError (a name that is no UTF-8) is a ValueError."""


def opened(path: Path, name: str) -> zipfile.ZipFile:
    """Open the zip at `path`. Raises BadInput, calling it `name`, when it is not whole or its members overlap."""
    try:
        archive = zipfile.ZipFile(path)
    except (*DAMAGED, NotImplementedError) as error:
        raise BadInput(f"{name}: not a whole zip ({error}); it may be cut short: upload it again.") from error
    try:
        _check_overlap(archive, name)
    except BadInput:
        archive.close()
        raise
    return archive


def _check_overlap(archive: zipfile.ZipFile, name: str) -> None:
    """Members that share bytes are how 49 KB become 1.9 GB (Fifield 2019)."""
    end = -1
    for member in sorted(archive.infolist(), key=lambda m: m.header_offset):
        if member.header_offset < end:
            raise BadInput(f"{name}: members overlap inside the zip, as in a zip bomb; make the zip again.")
        coding = "utf-8" if member.flag_bits & UTF8_NAME else "cp437"
        end = member.header_offset + 30 + len(member.orig_filename.encode(coding)) + member.compress_size


def member_name(member: zipfile.ZipInfo) -> str:
    """The path inside the zip as its maker meant it: macOS writes UTF-8 without saying so, old .NET backslashes."""
    name = member.filename
    if not member.flag_bits & UTF8_NAME:
        with suppress(UnicodeError):  # then it is cp437, as the format says
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def check(member: zipfile.ZipInfo, limit: int = MAX_MEMBER_BYTES, free: int = MAX_RATIO * 512) -> None:
    """Raise BadInput for a member that leads out, is encrypted, packed with an odd method, or declares more than
    `limit` bytes, or more than `free` and MAX_RATIO times its packed size."""
    name = member_name(member)
    if ".." in PurePosixPath(name).parts or name.startswith("/"):
        raise BadInput(f"{name}: the path leads out of the zip; make the zip again from inside its folder.")
    if member.flag_bits & ENCRYPTED:
        raise BadInput(f"{name}: encrypted; make the zip without a password.")
    if member.compress_type not in METHODS:
        raise BadInput(f"{name}: packed with a method that is not read here; make the zip with the usual 'deflate'.")
    if member.file_size > limit or member.file_size > max(free, MAX_RATIO * member.compress_size):
        raise BadInput(f"{name}: unpacks to {member.file_size:,} bytes, as in a zip bomb; store it without packing.")


def read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of a member. Raises BadInput, naming it, when it is damaged or fails `check`."""
    out = io.BytesIO()
    copy(archive, member, out)
    return out.getvalue()


def copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, out: BinaryIO, limit: int = MAX_MEMBER_BYTES) -> None:
    """Write the bytes of a member to `out`, piece by piece. Raises BadInput, naming it, when it is damaged or fails
    `check`; what was written before that is to be thrown away."""
    check(member, limit)
    name, size = member_name(member), 0
    try:
        with archive.open(member) as stream:
            for piece in iter(lambda: stream.read(PIECE), b""):
                size += out.write(piece)
    except (*DAMAGED, NotImplementedError, RuntimeError) as error:
        raise BadInput(f"{name}: damaged inside the zip ({error}); make the zip again.") from error
    if size != member.file_size:
        raise BadInput(f"{name}: its size in the zip is not the size declared; make the zip again.")
