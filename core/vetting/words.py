"""Lists of names as they are written here, and a stranger's names as they are shown."""

from __future__ import annotations

from pathlib import Path


def words(text: str) -> frozenset[str]:
    """The words of a text, in no order."""
    return frozenset(text.split())


def shown(value: object, most: int = 80) -> str:
    """A stranger's word as a sentence can hold it: printable, and no longer than `most` letters."""
    text = "".join(c if c.isprintable() else "?" for c in str(value)[: most + 1])
    return text if len(text) <= most else f"{text[:most]}..."


def first_line(error: Exception, path: Path | None = None) -> str:
    """What a library says of a stranger's file, as a sentence can hold it; its kind where it says nothing. `path` by
    its name alone: nobody needs to know where the workspace lies."""
    said = (str(error).replace(f"{path}", path.name) if path else str(error)).strip()
    return said.splitlines()[0][:200] if said else type(error).__name__
