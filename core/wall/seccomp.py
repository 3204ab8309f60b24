"""seccomp: the kernel refuses this process every system call but those of `core.wall.system_calls`, for good. The
filter is a small program of the kernel's packet-filter machine (BPF); it looks at numbers only, never at memory."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

from core.wall.landlock import libc
from core.wall.system_calls import ALLOWED, CHECKED, MACHINES, number

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
REFUSE = ERROR | errno.EPERM
UNKNOWN = ERROR | errno.ENOSYS
"""What makes the C library take an older call whose arguments can be seen."""
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16
"""Where the kernel puts them."""

SET_NO_NEW_PRIVS, SET_MODE_FILTER, GET_ACTION_AVAIL = 38, 1, 2
ALL_THREADS = 1
SECCOMP = {"x86_64": 317, "aarch64": 277}

CLONE_THREAD, CLONE_NAMESPACES = 0x10000, 0x7E020000
O_TRUNC, O_TMPFILE, O_ACCMODE = 0o1000, 0o20000000, 0o3
PRCTL = (15, 16, 3, 0x53564D41)
"""Names of threads and of memory; never the signal at the parent's death."""
IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""Is it a terminal, its size, how much can be read, blocking, close on exec."""
FCNTL_SIGNALS = (8, 10, 15, 1024, 1026)
"""Would have the kernel send signals to whomever was named, or hold up other people's opens."""

Step = tuple[int, int, int, int]
"""code, steps to skip when true, steps to skip when false, number."""


def available() -> bool:
    """Whether the kernel has filters, and this machine's numbers are known."""
    machine = platform.machine()
    if platform.system() != "Linux" or machine not in MACHINES:
        return False
    action = ctypes.c_uint32(ERROR)
    return bool(libc.syscall(SECCOMP[machine], GET_ACTION_AVAIL, 0, ctypes.byref(action)) == 0)


def restrict(threads: bool = False) -> None:
    """From here on this thread, and those it starts, ask for nothing else; with `threads`, those of now as well.
    The process gives up gaining rights by running programs. Raises OSError when the kernel refuses."""
    install(program(platform.machine(), os.getpid()), threads)


def install(steps: list[Step], threads: bool = False) -> None:
    """Puts a filter on this thread, or on all threads, for good. Raises OSError when the kernel refuses."""
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(buffer)))
    _checked(libc.prctl(SET_NO_NEW_PRIVS, *(ctypes.c_ulong(n) for n in (1, 0, 0, 0))))
    _checked(
        libc.syscall(SECCOMP[platform.machine()], SET_MODE_FILTER, ALL_THREADS if threads else 0, ctypes.byref(head))
    )


def program(machine: str, pid: int) -> list[Step]:
    """The filter for the process `pid`."""
    steps = [(LOAD, 0, 0, MACHINE), (EQUAL, 1, 0, MACHINES[machine]), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER)]
    if machine == "x86_64":  # the same calls under other numbers (x32)
        steps += [(AT_LEAST, 0, 1, 0x40000000), (RETURN, 0, 0, KILL)]
    for name in ALLOWED:
        steps += _when(number(ALLOWED, name, machine), [(RETURN, 0, 0, ALLOW)])
    for name, checks in _checks(pid).items():
        steps += _when(number(CHECKED, name, machine), checks)
    return [*steps, (RETURN, 0, 0, REFUSE)]


def _when(wanted: int | None, steps: list[Step]) -> list[Step]:
    return [] if wanted is None else [(EQUAL, 0, len(steps), wanted), *steps]


def _checks(pid: int) -> dict[str, list[Step]]:
    """Each ends in an answer."""
    return {
        "openat": _opening(2), "open": _opening(1), "fcntl": _none_of(1, FCNTL_SIGNALS), "ioctl": _one_of(1, IOCTL),
        "prctl": _one_of(0, PRCTL), "tgkill": _one_of(0, (pid,)), "clone3": [(RETURN, 0, 0, UNKNOWN)],
        "openat2": [(RETURN, 0, 0, UNKNOWN)],
        "clone": [
            _argument(0), (ANY_BIT, 0, 2, CLONE_THREAD), (ANY_BIT, 1, 0, CLONE_NAMESPACES), (RETURN, 0, 0, ALLOW),
            (RETURN, 0, 0, REFUSE),
        ],
        "prlimit64": [  # reading one's own limits; the third argument would set them
            _argument(0), (EQUAL, 0, 5, 0), _argument(2), (EQUAL, 0, 3, 0), _argument(2, 4), (EQUAL, 0, 1, 0),
            (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE),
        ],
    }  # fmt: skip


def _argument(place: int, half: int = 0) -> Step:
    return LOAD, 0, 0, ARGUMENTS + 8 * place + half


def _opening(flags: int) -> list[Step]:
    """No nameless files, which nobody could count; and none emptied by opening it to read, which Landlock lets pass
    before its version 3."""
    return [
        _argument(flags), (ANY_BIT, 3, 0, O_TMPFILE), (ANY_BIT, 0, 1, O_TRUNC), (ANY_BIT, 0, 1, O_ACCMODE),
        (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE),
    ]  # fmt: skip


def _one_of(place: int, values: tuple[int, ...]) -> list[Step]:
    tests = [(EQUAL, len(values) - n, 0, value) for n, value in enumerate(values)]
    return [_argument(place), *tests, (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]


def _none_of(place: int, values: tuple[int, ...]) -> list[Step]:
    return [*_one_of(place, values)[:-2], (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]


def _checked(result: int) -> None:
    if result != 0:  # or the number of a thread that it does not reach
        raise OSError(ctypes.get_errno(), f"seccomp: {os.strerror(ctypes.get_errno())}")
