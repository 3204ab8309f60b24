"""Weights that somebody publishes: a file that is given, or a download that was asked for. Nothing else fetches."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.errors import BadInput
from core.progress import Progress, silent

CHUNK = 1 << 18
TRIES = 4
"""Attempts at a download; each goes on where the last one broke off."""
TIMEOUT = 30.0
"""Seconds that a server may be silent."""


@dataclass(frozen=True)
class Weights:
    """A published file: its name in the models folder, where it is to be had, and its `digest` ("sha256:..." or, where
    its publisher gives no better, "md5:..."). `member`: what it is called in the archive at `url`."""

    file: str
    url: str
    digest: str
    size: int = 0
    """Bytes; 0 where the publisher does not say."""
    member: str = ""

    def there(self, folder: Path) -> bool:
        """Whether the file lies in the models folder, whole; its content is checked when it is put there and read."""
        path = folder / self.file
        return path.is_file() and (not self.size or path.stat().st_size == self.size)

    def missing(self, folder: Path) -> str:
        """What to do where it is not there."""
        size = f", {self.size:,} bytes" if self.size else ""
        kind, _, digest = self.digest.partition(":")
        file = f"{self.file} into {folder} ({kind} {digest}{size}; published at {self.url})"
        return f"put {file}, or let Proofsheet fetch it"


def read(folder: Path, weights: Weights) -> bytes:
    """The content of a file that lies in the models folder, checked. Raises BadInput where it is missing or damaged."""
    path = folder / weights.file
    if not path.is_file():
        raise BadInput(f"{weights.file} is not there: {weights.missing(folder)}.")
    data = path.read_bytes()
    kind = weights.digest.partition(":")[0]
    if f"{kind}:{hashlib.new(kind, data).hexdigest()}" != weights.digest:
        raise BadInput(f"{path} is damaged ({kind} differs); remove it, then {weights.missing(folder)}.")
    return data


def take(folder: Path, weights: Weights, path: Path) -> Path:
    """Copy a file that somebody has, or the archive that holds it, into the models folder; it appears whole or not at
    all. Raises BadInput when it is another file."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
    part = Path(name)
    try:
        with _content(path, weights) as source, os.fdopen(handle, "wb") as out:
            shutil.copyfileobj(source, out, CHUNK)
        _check(part, weights, path.name)
        part.replace(folder / weights.file)
    finally:
        part.unlink(missing_ok=True)
    return folder / weights.file


@contextmanager
def _content(path: Path, weights: Weights) -> Iterator[IO[bytes]]:
    """The file itself, or the member of the archive; not more than its size is ever read."""
    try:
        if weights.member and tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                member = archive.extractfile(weights.member)
                if member is None or archive.getmember(weights.member).size != weights.size:
                    raise BadInput(f"{path.name}: {weights.member} in it is no file of {weights.size:,} bytes.")
                yield member
        else:
            with path.open("rb") as file:
                yield file
    except (OSError, tarfile.TarError, KeyError, EOFError) as error:
        raise BadInput(f"{path.name}: cannot be read ({error}); get it anew.") from error


def _check(path: Path, weights: Weights, name: str) -> None:
    kind = weights.digest.partition(":")[0]
    size = path.stat().st_size
    if weights.size and size != weights.size:
        raise BadInput(f"{name}: has {size:,} bytes, {weights.file} has {weights.size:,}; get the published file.")
    with path.open("rb") as stream:
        found = f"{kind}:{hashlib.file_digest(stream, kind).hexdigest()}"
    if found != weights.digest:
        raise BadInput(f"{name}: is not {weights.file} ({found}, expected {weights.digest}); get the published file.")


def fetch(folder: Path, weights: Weights, progress: Progress = silent, *, wait: float = 1.0) -> Path:
    """Download the file into the models folder. What was fetched before a break stays and is gone on from, also by the
    next call; `wait` seconds, doubled each time, lie between tries.

    Raises BadInput: nothing answers, or the file there is another one; the sentence says which file to put where.
    """
    if weights.there(folder):
        return folder / weights.file
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{weights.file}.download"
    for attempt in range(TRIES):
        try:
            _go_on(part, weights, progress)
            break
        except urllib.error.HTTPError as error:
            raise BadInput(f"{weights.url} answers {error.code} {error.reason}: {weights.missing(folder)}.") from error
        except (OSError, http.client.HTTPException) as error:
            if attempt == TRIES - 1:
                raise BadInput(f"{weights.url} cannot be had ({error}): {weights.missing(folder)}.") from error
            time.sleep(wait * 2**attempt)
    try:
        return take(folder, weights, part)
    finally:
        part.unlink(missing_ok=True)


class Broken(OSError):  # noqa: N818
    """A connection that ended before the file did."""


def _go_on(part: Path, weights: Weights, progress: Progress) -> None:
    """Append what is missing of the file at `part`; from the start where the server does not give parts."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(weights.url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and have:  # nothing lies behind what is here: whole, or of another file
            if error.headers.get("Content-Range", "").endswith(f"/{have}"):
                return
            part.unlink()
            return _go_on(part, weights, progress)
        if error.code in (429, 500, 502, 503, 504):
            raise Broken(f"{error.code} {error.reason}") from error
        raise
    with answer, part.open("ab" if answer.status == 206 else "wb") as out:
        have = out.tell()
        total = have + int(answer.headers.get("Content-Length") or 0)
        while chunk := answer.read(CHUNK):
            out.write(chunk)
            have += len(chunk)
            progress(have >> 20, total >> 20, f"MB of {weights.file}")
        if have < total:
            raise Broken(f"broke off after {have:,} of {total:,} bytes")
