"""Work that a page waits for: a bar that moves while it goes on, and is gone when it ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.progress import Progress
from pages.parts.words import plain

PATIENCE = 0.5
"""Seconds before the bar appears, and between two of its moves."""


@contextmanager
def moving(words: str) -> Iterator[Progress]:
    """A progress for one call into core. Quick work shows nothing; who leaves the page stops slow work."""
    place = st.empty()
    due = time.monotonic() + PATIENCE

    def progress(done: int, total: int, message: str = "", session: object = None) -> None:
        nonlocal due
        if time.monotonic() > due:
            due = time.monotonic() + PATIENCE
            place.progress(min(1.0, done / max(total, 1)), text=f"{words}: {plain(message)}, {done:,} of {total:,}")

    try:
        yield progress
    finally:
        place.empty()
