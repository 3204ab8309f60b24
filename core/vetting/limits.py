"""How large a model may be. What is over a limit is refused with both numbers."""

from __future__ import annotations

from core.errors import Refused

MAX_PARAMETERS = 1 << 29
"""Numbers a model may hold: 537 million, 2.1 GB of float32; the largest GANs that are published have 350 million."""
MAX_ACTIVATION = 1 << 27
"""Numbers that one layer may give for one picture: 134 million, 0.5 GB."""
MAX_SIZE = 1 << 24
"""The largest whole number that a layer's parameter may say: units, filters, sizes, words."""
MAX_FILE_BYTES = 8 << 30
MAX_CONFIG_BYTES = 32 << 20
MAX_LAYERS = 5_000
MAX_DEPTH = 64
"""How deep lists, dictionaries and models may lie in one another."""


def check_total(name: str, what: str, found: int, limit: int) -> None:
    """Raise Refused when `found` is over the limit; `what` is words such as 'weights'."""
    if found > limit:
        raise Refused(
            f"{name}: {what} of {found:,} numbers, more than the {limit:,} that are opened here; is a size in the "
            "model wrong? Export the generator alone, for one size of picture."
        )
