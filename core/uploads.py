"""Files that come in through the browser: streamed to disk under a ticket that only a page can hand out."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from core.errors import BadInput, Refused
from core.workspace import Workspace

LIFETIME = 24 * 3600
"""Seconds that a ticket is good for; what lies in its folder longer is swept away."""
RESERVE = 512 << 20
"""Bytes that stay free on the disk, so that the database can always write."""


def _secret(workspace: Workspace) -> bytes:
    """Made once; it appears whole, so that two first visitors sign with the same one."""
    path = workspace.folder / "secret"
    if not path.exists():
        part = workspace.folder / f".secret-{secrets.token_hex(8)}"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(secrets.token_bytes(32))
        with suppress(FileExistsError):
            os.link(part, path)
        part.unlink()
    return path.read_bytes()


def _sign(workspace: Workspace, text: str) -> str:
    return hmac.new(_secret(workspace), text.encode(), hashlib.sha256).hexdigest()[:32]


def ticket(workspace: Workspace) -> str:
    """A new ticket: the right to put files into a fresh folder of the workspace for a day."""
    text = f"{int(time.time()) + LIFETIME}-{secrets.token_hex(8)}"
    return f"{text}-{_sign(workspace, text)}"


def folder(workspace: Workspace, ticket: str) -> Path:
    """Where the files of a ticket lie. Raises Refused for a ticket that is forged or too old."""
    text, _, signature = ticket.rpartition("-")
    expires = text.partition("-")[0]
    honest = hmac.compare_digest(signature, _sign(workspace, text)) and expires.isdigit()
    if not honest or int(expires) < time.time():
        raise Refused("This upload form is too old; reload the page and choose the files again.")
    return workspace.uploads / text


def _harmful(part: str) -> bool:
    """A part of a path that leads elsewhere, hides, or that no file system takes."""
    return part == "/" or part.startswith(".") or "\0" in part or not part.strip() or len(part.encode()) > 255


async def receive(
    workspace: Workspace, ticket: str, name: str, stream: AsyncIterator[bytes], declared: int = 0
) -> Path:
    """Write the stream to `name` (its folders are kept) under the ticket's folder; it appears whole or not at all.

    Raises Refused for a bad ticket and BadInput for a bad name, a file larger than the limit or a full disk.
    """
    base = folder(workspace, ticket)
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or any(_harmful(part) for part in parts) or len(name) > 500:
        raise BadInput(f"'{name}' is no name for an uploaded file; rename it.")
    limit = workspace.settings.max_upload_bytes
    if declared > limit:
        raise BadInput(f"{parts[-1]}: larger than {limit >> 20:,} MB; raise PROOFSHEET_MAX_UPLOAD_MB or split it.")
    if shutil.disk_usage(workspace.folder).free < declared + RESERVE:
        raise BadInput(f"{parts[-1]}: the server's disk is too full for it; free some space.")
    target = base.joinpath(*parts)
    part = base / f".{secrets.token_hex(8)}.part"
    size = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as out:
            async for chunk in stream:
                size += len(chunk)
                if size > limit:
                    raise BadInput(f"{parts[-1]}: larger than {limit >> 20:,} MB; split it.")
                out.write(chunk)
        if declared and size != declared:
            raise BadInput(f"{parts[-1]}: the upload broke off; send it again.")
        part.replace(target)
    except OSError as error:  # a disk that filled up meanwhile; a file where this name wants a folder
        raise BadInput(
            f"{parts[-1]}: the server cannot store it ({error.strerror}); rename it or free space."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def drop(workspace: Workspace, path: Path) -> None:
    """What was uploaded is stored elsewhere now: remove the ticket's folder that holds `path`. Leaves every path that
    does not lie in the workspace's own uploads."""
    base = workspace.uploads.resolve()
    if path != base and path.is_relative_to(base):
        top = base / path.relative_to(base).parts[0]
        shutil.rmtree(top, ignore_errors=True) if top.is_dir() else top.unlink(missing_ok=True)


def sweep(workspace: Workspace) -> None:
    """Remove what was uploaded under tickets that ran out."""
    for path in workspace.uploads.iterdir():
        expires = path.name.partition("-")[0]
        if expires.isdigit() and int(expires) < time.time():
            shutil.rmtree(path, ignore_errors=True)
