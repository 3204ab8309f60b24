"""How much a model may use up, and whether it may run where no wall can be built."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import BadInput

GIB = 1 << 30
SECONDS = 600


@dataclass(frozen=True)
class Rules:
    """For one model and one process."""

    memory_bytes: int
    """Beside what the libraries took before it was loaded."""
    seconds: int = SECONDS
    """For loading it, and for each batch."""
    scratch_bytes: int = 8 * GIB
    """On the disk, while it is open."""
    threads: int = 512
    files: int = 256
    """Open at a time."""
    unwalled: bool = False
    """Let it run without a wall where there can be none: an administrator said so."""

    @staticmethod
    def from_env() -> Rules:
        """PROOFSHEET_MODEL_MEMORY_MB, PROOFSHEET_MODEL_SECONDS, PROOFSHEET_ALLOW_UNWALLED=1. Raises BadInput, naming
        the variable, for what is no whole number in range."""
        megabytes = _whole("PROOFSHEET_MODEL_MEMORY_MB", memory() >> 20)
        seconds = _whole("PROOFSHEET_MODEL_SECONDS", SECONDS)
        return Rules(megabytes << 20, seconds, unwalled=os.environ.get("PROOFSHEET_ALLOW_UNWALLED", "") == "1")


@cache
def memory() -> int:
    """Half of what this machine, or the container, has, in bytes; 2 GiB at least."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):  # a system that does not tell
        return 4 * GIB
    limit = Path("/sys/fs/cgroup/memory.max")
    said = limit.read_text().strip() if limit.exists() else ""
    return max(min(whole, int(said) if said.isdigit() else whole) // 2, 2 * GIB)


def _whole(variable: str, default: int) -> int:
    text = os.environ.get(variable, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= 1):
        raise BadInput(f"{variable} is '{text}'; give a whole number from 1 to 999,999,999.")
    return int(text)
