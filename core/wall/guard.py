"""What no limit of the kernel holds in a walled process is looked at four times a second, from outside."""

from __future__ import annotations

import os
import resource
import stat
from contextlib import suppress
from pathlib import Path

from core.wall.rules import Rules

EVERY = 0.25
"""Seconds."""
MOST_FILES = 10_000
"""In the scratch folder."""
TICKS = os.sysconf("SC_CLK_TCK")


def overrun(pid: int, scratch: Path, rules: Rules, own: int) -> str:
    """'memory', 'threads', 'cpu' or 'disk' when the process `pid` takes more of it than its rules say, beside the `own`
    bytes of its libraries; empty when not, or when it is gone."""
    try:
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        if sum(int(status[name].split()[0]) for name in ("RssAnon", "RssShmem")) * 1024 > rules.memory_bytes + own:
            return "memory"
        if int(status["Threads"]) > rules.threads:
            return "threads"
        if processor_seconds(pid) > resource.prlimit(pid, resource.RLIMIT_CPU)[0] + 2 > 1:
            return "cpu"
    except (OSError, KeyError, ValueError):
        return ""
    with suppress(OSError):
        return "disk" if _too_much(scratch, rules.scratch_bytes - _nameless(pid)) else ""
    return ""


def processor_seconds(pid: int) -> float:
    """What a process has used of the processor so far. Raises OSError when it is gone."""
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(used[11]) + int(used[12])) / TICKS


def _nameless(pid: int) -> int:
    """Bytes of files that it holds open but took out of their folder."""
    size = 0
    for opened in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found = opened.stat()
            size += found.st_blocks * 512 if stat.S_ISREG(found.st_mode) and not found.st_nlink else 0
    return size


def of_a_copy() -> int:
    """Bytes that this process, whose copy the other began as, has itself."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _too_much(folder: Path, most: int) -> bool:
    size = files = 0
    for where, folders, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size += (Path(where) / name).lstat().st_blocks * 512
        files += len(names) + len(folders)
        if size > most or files > MOST_FILES:
            return True
    return False
