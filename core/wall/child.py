"""The walled process: it gives up everything, then loads one model and answers for it."""

from __future__ import annotations

import ctypes
import importlib
import os
import resource
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from core.errors import ProofsheetError
from core.wall import landlock, seccomp
from core.wall.landlock import libc
from core.wall.places import ITSELF
from core.wall.rules import GIB, Rules
from core.wall.wire import Arrays, Closed, Wire

SET_PDEATHSIG = 1
MOST_ASKED = 4 * GIB
"""Bytes of latents or pictures in one question."""
SHARED = 4 * GIB
"""Addresses beside the memory that is filled: stacks of threads, the model's file."""

Answer = tuple[dict[str, Any], Arrays]


@dataclass(frozen=True)
class Room:
    """What one walled process may touch."""

    read: tuple[Path, ...]
    scratch: Path
    rules: Rules
    walled: bool
    boxed: bool = False
    """bubblewrap stands around it already, which takes the place of Landlock."""


def live(wire: int, room: Room, parent: int) -> NoReturn:
    """Be the walled process; never returns. `wire` is the only file that stays open."""
    try:
        _settle(room.scratch)
        _close_all_but(wire)
        _limit(room.rules)
        if sys.platform.startswith("linux"):
            if not room.boxed:  # in there it can only be read; the zygote has said it from outside
                die_first("self")
            _die_with(parent)
        if room.walled:
            confine(room)
        _answer(Wire(wire))
    except Closed:
        os._exit(0)
    finally:
        os._exit(3)


def confine(room: Room) -> None:
    """Put the wall up around this process, and try it. Raises OSError when it cannot be built or does not hold."""
    if room.boxed:  # its rights are gone, and the filter reaches the threads that its libraries have started
        seccomp.restrict(threads=True)
    else:
        if len(list(Path("/proc/self/task").iterdir())) != 1:
            raise OSError("there are threads already, which the wall would not hold")
        _drop_capabilities()
        libc.prctl(seccomp.SET_NO_NEW_PRIVS, *(ctypes.c_ulong(n) for n in (1, 0, 0, 0)))
        landlock.restrict((*room.read, *ITSELF), room.scratch)
        seccomp.restrict()
    if not holds():
        raise OSError("the wall does not hold")


def holds() -> bool:
    """The canary: neither a file of everybody's can be read, nor a socket made. It is tried in every walled process."""
    for escape in (lambda: os.open("/etc/passwd", os.O_RDONLY), lambda: socket.socket(socket.AF_INET)):
        try:
            escape()
        except (PermissionError, FileNotFoundError):  # refused, or not there for it
            continue
        return False
    return True


def _settle(scratch: Path) -> None:
    os.chdir(scratch)
    os.environ.update(HOME=str(scratch), TMPDIR=str(scratch))
    tempfile.tempdir = str(scratch)


def _close_all_but(wire: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.closerange(3, wire)
    os.closerange(wire + 1, 1 << 16)


def _limit(rules: Rules) -> None:
    """The soft limit of processor time is what our process moves on before each question."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (rules.scratch_bytes, rules.scratch_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (rules.files, rules.files))
    resource.setrlimit(resource.RLIMIT_CPU, (rules.seconds * (os.cpu_count() or 1), resource.RLIM_INFINITY))
    if sys.platform.startswith("linux"):
        lines = Path("/proc/self/status").read_text().splitlines()
        own = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
        most = rules.memory_bytes + int(own["VmData"]) * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        most = rules.memory_bytes + SHARED + int(own["VmSize"]) * 1024
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def die_first(process: int | str) -> None:
    """Short of memory, the kernel takes this process first."""
    Path(f"/proc/{process}/oom_score_adj").write_text("1000")


def _die_with(parent: int) -> None:
    libc.prctl(SET_PDEATHSIG, *(ctypes.c_ulong(n) for n in (signal.SIGKILL, 0, 0, 0)))
    if os.getppid() != parent:
        os._exit(0)


def _drop_capabilities() -> None:
    """Of root, too, nothing is left but its own files."""
    head = (ctypes.c_uint32 * 2)(0x20080522, 0)
    if libc.capset(ctypes.byref(head), ctypes.byref((ctypes.c_uint32 * 6)())) < 0:
        raise OSError(ctypes.get_errno(), "its rights cannot be given up")


def _answer(wire: Wire) -> None:
    wire.send({"ready": True})
    while True:
        asked, arrays = wire.receive(MOST_ASKED)
        wire.send(*_answered(asked, arrays))


def _answered(asked: dict[str, Any], arrays: Arrays) -> Answer:
    try:
        module, _, name = asked["do"].partition(":")
        function: Callable[[dict[str, Any], Arrays], Answer] = getattr(importlib.import_module(module), name)
        return function(asked["with"], arrays)
    except ProofsheetError as error:
        return {"error": _known(error), "says": str(error)}, []
    except MemoryError:
        return {"error": "memory"}, []
    except Exception as error:
        return {"error": "fault", "says": f"{type(error).__name__}: {error}"[:500]}, []


def _known(error: ProofsheetError) -> str:
    """The class by which our side knows the error: its own, or the one it is derived from."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "core.errors")
