"""One line of the table: what was measured, ours, the other, and the ratio that was promised."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """`ours` and `other` are medians in seconds; `other` is a peer measured in the same run, or a fixed limit."""

    name: str
    ours: float
    other: float
    other_name: str
    most: float
    """Largest ratio ours / other that keeps the promise."""

    @property
    def ratio(self) -> float:
        return self.ours / self.other

    def __str__(self) -> str:
        kept = "kept" if self.ratio <= self.most else "MISSED"
        return (
            f"{self.name:<52} {self.ours:8.3f} s   {self.other_name:<26} {self.other:8.3f} s   "
            f"ratio {self.ratio:5.2f} (at most {self.most:.2f}) {kept}"
        )


@dataclass(frozen=True)
class Bound:
    """A number that may be `most` at most, and what it is of."""

    name: str
    found: float
    most: float
    said: str

    def __str__(self) -> str:
        kept = "kept" if self.found <= self.most else "MISSED"
        return f"{self.name:<52} {self.said} ({self.found:.1e}, at most {self.most:.1e}) {kept}"


def side_by_side(ours: Callable[[], object], other: Callable[[], object], times: int) -> tuple[float, float]:
    """Medians of both, taken in turns so that a busy moment of the machine hits both."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for kept, call in zip(seconds, (ours, other), strict=True):
            start = time.perf_counter()
            call()
            kept.append(time.perf_counter() - start)
    return statistics.median(seconds[0]), statistics.median(seconds[1])
