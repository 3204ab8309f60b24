"""Lists of names as they are written here, and a stranger's names as they are shown."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text, in no order."""
    return frozenset(text.split())


def shown(value: object, most: int = 80) -> str:
    """A stranger's word as a sentence can hold it: printable, and no longer than `most` letters."""
    text = "".join(c if c.isprintable() else "?" for c in str(value)[: most + 1])
    return text if len(text) <= most else f"{text[:most]}..."
