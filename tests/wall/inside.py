"""What tests ask walled processes beside escapes."""

import os
import time
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
