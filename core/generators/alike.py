"""How far the pictures that a runtime makes may lie from TensorFlow's, how far they do, and the words for it.

Every runtime adds the same products of float32 in an order of its own, so sums differ in their last bits (by 2e-7 to
4e-6 of the range on the trained generators that were tried). Rounded to a byte nothing is left of that, but for values
that lie so near to the middle between two bytes that they fall to the other side: one level, in one byte of 100,000.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVELS = 1
"""Of 255. A byte that is farther off was computed otherwise, not rounded otherwise."""
SHARE = 1e-4
"""Of the bytes. Bytes that are one level off in so many places are an error of 1e-4 squared levels, where rounding
pictures to bytes is itself one of 1/12: 800 times as large. Floats that are apart by d of the range give a share of
about 255 d, so this is d = 4e-7, a few steps of float32."""
ENOUGH = 100_000
"""Bytes of trial pictures: ten that differ are allowed among them, so that the share is no accident of one."""

Differs = dict[str, int]
"""{"bytes": unlike TensorFlow's, "of": so many, "levels": by at most}, of trial pictures; empty where TensorFlow itself
or what the format says makes them."""


@dataclass(frozen=True)
class Apart:
    """`different` bytes of `of` are up to `levels` of 255 apart; floats up to `floats` of the range."""

    different: int
    of: int
    levels: int
    floats: float

    @property
    def fits(self) -> bool:
        return fits(self.different, self.of, self.levels)

    @property
    def differs(self) -> Differs:
        return {"bytes": self.different, "of": self.of, "levels": self.levels}


def fits(different: int, of: int, levels: int) -> bool:
    """Whether pictures may be made so."""
    return different <= SHARE * of and levels <= LEVELS


def apart(one: NDArray[np.float32], own: NDArray[np.float32]) -> Apart:
    """Two lots of pictures as floats in [0, 1], of one shape."""
    from core.generators.spec import as_bytes

    gap = abs(as_bytes(one).astype(np.int16) - as_bytes(own).astype(np.int16))
    return Apart(int((gap > 0).sum()), gap.size, int(gap.max()), float(abs(one - own).max()))


def counted(differs: Differs) -> str:
    """'2 of 100,352 bytes of trial pictures differ from TensorFlow's, by 1 level of 255'."""
    n, of, levels = differs["bytes"], differs["of"], differs["levels"]
    if not n:
        return f"all {of:,} bytes of trial pictures equal TensorFlow's"
    return (
        f"{n:,} of {of:,} bytes of trial pictures {'differs' if n == 1 else 'differ'} from TensorFlow's, by "
        f"{'1 level' if levels == 1 else f'up to {levels} levels'} of 255"
    )


def sentence(runtime: str, differs: Differs) -> str:
    """Who made the pictures of a set; empty where it is what the format of the checkpoint says."""
    if not runtime:
        return ""
    return f"made by {runtime}" + (f": {counted(differs)}" if differs else ", with the bytes of TensorFlow")
