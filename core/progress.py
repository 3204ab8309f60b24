"""How long work tells where it is, and learns that it should stop."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session


class Progress(Protocol):
    """Called at least once a batch.

    With `session`, the report joins that write transaction, so a batch's results, its progress and the lease
    commit together or not at all. Raises `core.errors.Cancelled` when the work should stop.
    """

    def __call__(self, done: int, total: int, message: str = "", session: Session | None = None) -> None: ...


def silent(done: int, total: int, message: str = "", session: Session | None = None) -> None:
    """Nobody is watching."""
