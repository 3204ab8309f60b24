"""The process that walled ones are copies of: it imports the libraries once, and copies itself in milliseconds. It
opens no model, starts no work, and ends, with all its copies, as soon as the process that started it is gone."""

from __future__ import annotations

import gc
import importlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import Any

from core.wall import bubblewrap, guard
from core.wall.child import Room, die_first, live
from core.wall.places import of_libraries
from core.wall.rules import GIB, Rules

MODULES = {
    "tensorflow": (
        "tensorflow", "keras", "h5py", "onnx", "onnxruntime", "core.generators.behind", "core.extractors.behind",
    ),
    "onnx": ("onnx", "onnxruntime", "core.generators.behind", "core.extractors.behind"),
    "bare": (),
}  # fmt: skip
"""What each kind of room finds imported."""


OLD = 86_400.0
"""Seconds after which a scratch folder without its process was left over."""


LIBRARIES = GIB
"""Bytes that the libraries take at most in a process that imports them itself."""


@dataclass
class _Copy:
    room: Room
    works: int
    """The process that is watched: bubblewrap's is another than the one that is waited for."""
    why: str = ""
    box: subprocess.Popen[bytes] | None = None


class _Zygote:
    def __init__(self, control: socket.socket, base: Path, how: str, modules: Sequence[str]) -> None:
        self.control, self.base, self.how, self.modules = control, base, how, modules
        self.copies: dict[int, _Copy] = {}

    def serve(self) -> None:
        """Until the other side is gone."""
        while True:
            ready, _, _ = select([self.control], [], [], guard.EVERY if self.copies else None)
            if not ready:
                self._watch()
                continue
            message, descriptors, _, _ = socket.recv_fds(self.control, 1 << 20, 1)
            if not message:
                return
            asked = json.loads(message)
            self._say(self._end(asked["end"], asked["dying"]) if "end" in asked else self._copy(asked, descriptors[0]))

    def _say(self, answer: dict[str, Any]) -> None:
        self.control.sendall(json.dumps(answer).encode() + b"\n")

    def _copy(self, asked: dict[str, Any], wire: int) -> dict[str, Any]:
        scratch = Path(tempfile.mkdtemp(dir=self.base))
        models = [Path(path) for path in asked["read"]]
        room = Room((*of_libraries(models), *models), scratch, Rules(**asked["rules"]), asked["walled"])
        if self.how == "once":
            self._say({"pid": os.getpid(), "works": os.getpid()})
            live(wire, room, os.getppid())
        try:
            pid, copy = self._box(room, wire, asked["rules"]) if self.how == "boxes" else self._fork(room, wire)
        except OSError as error:
            shutil.rmtree(scratch, ignore_errors=True)
            return {"error": str(error)}
        finally:
            os.close(wire)
        self.copies[pid] = copy
        return {"pid": pid, "works": copy.works}

    def _fork(self, room: Room, wire: int) -> tuple[int, _Copy]:
        mine = os.getpid()
        pid = os.fork()
        if pid == 0:
            live(wire, room, mine)
        return pid, _Copy(room, pid)

    def _box(self, room: Room, wire: int, rules: dict[str, Any]) -> tuple[int, _Copy]:
        words = str(wire), json.dumps(self.modules), json.dumps(rules), str(room.scratch)
        box, works = bubblewrap.start("core.wall.boxed", words, room.read, room.scratch, wire)
        with suppress(OSError):  # gone already
            die_first(works)
        return box.pid, _Copy(room, works, box=box)

    def _watch(self) -> None:
        for pid, copy in self.copies.items():
            own = LIBRARIES if copy.box else guard.of_a_copy()
            if not copy.why and (why := guard.overrun(copy.works, copy.room.scratch, copy.room.rules, own)):
                copy.why = why
                os.kill(pid, signal.SIGKILL)

    def _end(self, pid: int, dying: bool = False) -> dict[str, Any]:
        """Ends a copy, whether it still runs or not, and tells how it ended; a `dying` one, which closed its socket, is
        given time to. Until then its number is taken."""
        copy = self.copies.pop(pid, None)
        if copy is None:
            return {"signal": 0, "why": "", "code": -1, "itself": False}
        ended, status = os.waitpid(pid, os.WNOHANG)
        for _ in range(200 if dying else 0):
            if not ended:
                time.sleep(0.01)
                ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended:
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
        shutil.rmtree(copy.room.scratch, ignore_errors=True)
        code = os.waitstatus_to_exitcode(status)
        if copy.box is not None:
            copy.box.returncode = code  # waited for here, not there
            code = 128 - code if code > 128 else code  # so it says by which signal the one inside ended
        return {"signal": max(0, -code), "why": copy.why, "code": max(-1, code), "itself": bool(ended)}

    def leave(self) -> None:
        for pid in list(self.copies):
            with suppress(OSError):
                self._end(pid)


def _swept(place: Path) -> None:
    """Scratch folders of processes that were killed."""
    for left in place.glob("proofsheet-wall-*-*"):
        pid = left.name.split("-")[2]
        gone = pid.isdigit() and not Path(f"/proc/{pid}").exists()
        with suppress(OSError):
            if gone and time.time() - left.stat().st_mtime > OLD:  # another container may number processes otherwise
                shutil.rmtree(left, ignore_errors=True)


def main() -> None:
    """`python -m core.wall.zygote FD ROOM HOW`: processes are "forks" of this one, this one "once", or in "boxes"."""
    control = socket.socket(fileno=int(sys.argv[1]))
    place = Path(tempfile.gettempdir())
    _swept(place)
    base = Path(tempfile.mkdtemp(dir=place, prefix=f"proofsheet-wall-{os.getpid()}-"))
    how, modules = sys.argv[3], MODULES[sys.argv[2]]
    zygote = _Zygote(control, base, how, modules)
    os.environ["HOME"] = str(base)
    try:
        for module in () if how == "boxes" else modules:
            importlib.import_module(module)
        gc.collect()
        gc.freeze()
        control.sendall(b'{"ready": true}\n')
        zygote.serve()
    except Exception as error:
        with suppress(OSError):
            control.sendall(json.dumps({"error": f"{type(error).__name__}: {error}"[:500]}).encode() + b"\n")
    finally:
        zygote.leave()
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
