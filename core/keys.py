"""Keys: a sha256 over everything that decides a result."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def key(*parts: Any) -> str:
    """sha256 of the JSON of `parts`; the order of dictionary keys does not matter."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
