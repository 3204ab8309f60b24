"""TensorFlow checkpoints from strangers: they may declare more than their files hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path

from core.errors import Refused
from core.vetting.limits import MAX_PARAMETERS, check_total


def check_variables(prefix: Path, shapes: Mapping[str, Sequence[int]], name: str) -> None:
    """Raise Refused when the variables at `prefix`, by their names and shapes, are more than MAX_PARAMETERS numbers or
    more than the bytes of the files that hold them (no variable is packed)."""
    declared = sum(prod(int(size) for size in shape) for shape in shapes.values())
    held = sum(file.stat().st_size for file in prefix.parent.glob(f"{prefix.name}.data-*"))
    if declared > held:
        raise Refused(
            f"{name}: {prefix.name} declares {declared:,} numbers and its files hold {held:,} bytes; copy it again."
        )
    check_total(name, "weights", declared, MAX_PARAMETERS)
