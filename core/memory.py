"""What never changes once it is written, kept in memory for the next look: pages ask for it at every rerun."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any


class Memory:
    """The `keep` values that were asked for last. Every visitor of the web process shares it, each in a thread."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` gave for this key before, else what it gives now. Two threads may both make it; they get equal
        values, since a key holds all that decides one."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        value = make()
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        return value
