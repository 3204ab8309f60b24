"""Models that were trained here need no wall: the workspace notes them by content as they are registered."""

from __future__ import annotations

from pathlib import Path

LIST = Path("training") / "made-here.txt"


def remember(workspace: Path, sha256: str) -> None:
    """Called by the trainer for what it wrote itself."""
    (workspace / LIST).parent.mkdir(parents=True, exist_ok=True)
    with (workspace / LIST).open("a") as stream:
        stream.write(f"{sha256}\n")


def made_here(workspace: Path, sha256: str) -> bool:
    """Whether the file of this content was trained in this workspace."""
    try:
        return sha256 in (workspace / LIST).read_text().split()
    except FileNotFoundError:
        return False
