"""Keys: a sha256 over everything that decides a result."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from core.errors import BadInput


def key(*parts: Any) -> str:
    """sha256 of the JSON of `parts`; the order of dictionary keys does not matter."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def check_seed(seed: int) -> None:
    """Raises BadInput for what is no seed, or none that a key can hold."""
    if not 0 <= seed < 2**63:
        raise BadInput(f"The seed {seed} cannot be used; give a whole number from 0 to {2**63 - 1:,}.")
