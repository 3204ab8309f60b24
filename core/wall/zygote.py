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
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import Any

from core.wall import guard
from core.wall.child import Room, live
from core.wall.places import of_libraries
from core.wall.rules import Rules

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


@dataclass
class _Copy:
    room: Room
    why: str = ""


class _Zygote:
    def __init__(self, control: socket.socket, base: Path, forks: bool) -> None:
        self.control, self.base, self.forks = control, base, forks
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
        if not self.forks:
            self._say({"pid": os.getpid(), "scratch": str(scratch)})
            live(wire, room, os.getppid())
        mine = os.getpid()
        pid = os.fork()
        if pid == 0:
            live(wire, room, mine)
        os.close(wire)
        self.copies[pid] = _Copy(room)
        return {"pid": pid, "scratch": str(scratch)}

    def _watch(self) -> None:
        for pid, copy in self.copies.items():
            if not copy.why and (why := guard.overrun(pid, copy.room.scratch, copy.room.rules)):
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
        return {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, "why": copy.why,
                "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1, "itself": bool(ended)}  # fmt: skip

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
    """`python -m core.wall.zygote FD ROOM FORKS`."""
    control = socket.socket(fileno=int(sys.argv[1]))
    place = Path(tempfile.gettempdir())
    _swept(place)
    base = Path(tempfile.mkdtemp(dir=place, prefix=f"proofsheet-wall-{os.getpid()}-"))
    zygote = _Zygote(control, base, sys.argv[3] == "forks")
    os.environ["HOME"] = str(base)
    try:
        for module in MODULES[sys.argv[2]]:
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
