"""What tests ask walled processes beside escapes."""

import os
from typing import Any


def wire_number(_given: dict[str, Any], _arrays: list[Any]) -> tuple[dict[str, Any], list[Any]]:
    """The file descriptor of the only connection."""
    return {"wire": next(n for n in range(3, 64) if _open(n))}, []


def _open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
