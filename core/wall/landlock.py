"""Landlock: the kernel refuses this process every file but those it was given, for good. Linux 5.13 and later, no
rights needed."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""The same numbers on every machine."""
WRITE_FILE, READ_FILE, READ_DIR, MAKE_DIR, MAKE_REG, TRUNCATE = (1 << n for n in (1, 2, 3, 7, 8, 14))
REMOVE = 1 << 4 | 1 << 5
READ = READ_FILE | READ_DIR
SCRATCH = READ | WRITE_FILE | MAKE_DIR | MAKE_REG | TRUNCATE | REMOVE
"""No links, devices, pipes or sockets are made, and nothing is moved."""
BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights on files each version (ABI) of Landlock knows; later ones as many as version 5."""
TCP, SCOPES = 0b11, 0b11
"""bind and connect, from version 4; abstract sockets and signals stay inside, from version 6."""

libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def abi() -> int:
    """The version of Landlock that this kernel has; 0 without."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def restrict(read: Iterable[Path], scratch: Path) -> None:
    """From here on this thread, and those it starts, read only what lies at or below `read`, write only below
    `scratch`, and open no TCP. Raises OSError when the kernel refuses; nothing of it can be undone."""
    version = abi()
    known = (1 << BITS.get(version, BITS[5])) - 1
    ruleset = _Ruleset(known, TCP if version >= 4 else 0, SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = _checked(libc.syscall(CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), 0))
    try:
        for path in read:
            _allow(rules, path, READ & known)
        _allow(rules, scratch, SCRATCH & known)
        _checked(libc.syscall(RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)


def _allow(rules: int, path: Path, access: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        rule = _Beneath(access if path.is_dir() else access & (READ_FILE | WRITE_FILE | TRUNCATE), opened)
        _checked(libc.syscall(ADD_RULE, rules, 1, ctypes.byref(rule), 0))
    finally:
        os.close(opened)


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"Landlock: {os.strerror(ctypes.get_errno())}")
    return int(result)
