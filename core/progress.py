"""How long work tells where it is, and learns that it should stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from sqlalchemy.orm import Session


class Progress(Protocol):
    """Called at least once a batch.

    With `session`, the report joins that write transaction, so a batch's results, its progress and the lease
    commit together or not at all. Raises `core.errors.Cancelled` when the work should stop.
    """

    def __call__(self, done: int, total: int, message: str = "", session: Session | None = None) -> None: ...


_stops: ContextVar[Callable[[], None]] = ContextVar("stops", default=lambda: None)


@contextmanager
def stopped_by(ask: Callable[[], None]) -> Iterator[None]:
    """What is waited for inside, in this thread, is given up when `ask`, called about twice a second, raises."""
    before = _stops.set(ask)
    try:
        yield
    finally:
        _stops.reset(before)


def go_on() -> None:
    """Called by what waits for others, such as for a model that is being opened and tells no progress. Raises
    `core.errors.Cancelled` when the work should stop."""
    _stops.get()()


def silent(done: int, total: int, message: str = "", session: Session | None = None) -> None:
    """Nobody is watching."""
