"""What tests ask walled processes beside escapes."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np

Answer = tuple[dict[str, Any], list[Any]]


def wire_number(_given: dict[str, Any], _arrays: list[Any]) -> Answer:
    """The file descriptor of the only connection."""
    return {"wire": next(n for n in range(3, 64) if _open(n))}, []


def _open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


class Liar:
    """A model whose answers are of its own choice."""

    def __init__(self, how: str) -> None:
        self.how = how

    def raw(self, latents: Any, _labels: Any) -> Any:
        made = np.zeros((len(latents), 4, 4, 1), np.float32)
        time.sleep(60 if self.how == "slow" else 0)
        return {
            "honest": made, "nan": made * np.nan, "shape": made[:, :, :2], "fewer": made[1:], "flat": made.ravel(),
            "text": made.astype("U1"), "wide": made.astype(np.float64).repeat(2, axis=1), "none": made[:0],
        }.get(self.how, made)  # fmt: skip

    def floats(self, latents: Any, labels: Any) -> Any:
        made = self.raw(latents, labels)
        return {"above": made + 2, "below": made - 1, "infinite": made + np.inf, "type": made.astype(np.uint8)}.get(
            self.how, made
        )


def become_a_liar(given: dict[str, Any], _arrays: list[Any]) -> Answer:
    """What stands for a model that took over its process."""
    from core.generators import behind

    behind._one[:] = [Liar(given["how"])]
    return {}, []


def look_like(given: dict[str, Any], _arrays: list[Any]) -> Answer:
    """What stands for a network that took over its process and describes itself as it likes."""
    from core.extractors import behind

    behind.look = lambda *_: (given["description"], [])  # type: ignore[assignment]
    return {}, []


def look_around(given: dict[str, Any], _arrays: list[Any]) -> Answer:
    """What lies around a process in a box, and where it can write."""
    places = {"root": Path("/new"), "tests": Path(__file__).with_name("new"), "dev": Path("/dev/new"),
              "shm": Path("/dev/shm/new"), "tmp": Path("/tmp/new"), "proc": Path("/proc/self/comm"),
              "etc": Path("/etc/new"), "scratch": Path("new")}  # fmt: skip
    return {
        "root": [path.name for path in Path("/").iterdir()],
        "processes": [path.name for path in Path("/proc").iterdir() if path.name.isdigit()],
        "secret": _tried(lambda: Path(given["secret"]).read_text()),
        "written": [name for name, path in places.items() if not _tried(lambda path=path: path.write_text("x"))],
    }, []  # fmt: skip


def _tried(work: Any) -> str:
    try:
        work()
    except OSError as error:
        return type(error).__name__
    return ""
