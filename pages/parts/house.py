"""The workspace that this server shows, opened once a process."""

from __future__ import annotations

from functools import cache

from core.settings import Settings
from core.workspace import Workspace


@cache
def _opened(settings: Settings) -> Workspace:
    return Workspace(settings)


def workspace() -> Workspace:
    """The workspace of the environment's settings; the same object as long as these stay the same."""
    return _opened(Settings.from_env())
