"""Walled processes as the rest of the program has them: opened, asked, ended."""

from __future__ import annotations

import atexit
import contextlib
import json
import math
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray

from core import errors
from core.errors import BadInput, ProofsheetError
from core.progress import go_on
from core.wall import guard
from core.wall.rules import GIB, Rules
from core.wall.state import check, state
from core.wall.wire import TICK, Arrays, Closed, Lies, TooLong, Wire

KEPT = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "VIRTUAL_ENV", "TMPDIR")
"""Of the environment; the rest may hold secrets."""
SET = {
    "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1",
    "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "PYTHONDONTWRITEBYTECODE": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false", "ARROW_DEFAULT_MEMORY_POOL": "system",
}  # fmt: skip
"""Of the libraries, as they are imported: no words, no card, and no thread that can be done without."""
STARTING = 300
"""Seconds that the libraries may take to import."""
Way = Literal["forks", "boxes", "once"]
"""A zygote's processes are copies of it; or started anew, each in a box of bubblewrap's; or itself, one alone."""


def way() -> Way:
    """Copies are quickest. Away from Linux a process that has imported such libraries cannot be copied."""
    if not sys.platform.startswith("linux"):
        return "once"
    return "boxes" if state().boxed else "forks"


class Zygote:
    """Our side of `core.wall.zygote`, and the process itself."""

    def __init__(self, room: str, how: Way | None = None) -> None:
        self.room, self.how = room, how or way()
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.wall.zygote", str(theirs.fileno()), room, self.how],
                env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),), start_new_session=True,
            )  # fmt: skip
        self._control.settimeout(STARTING)
        self._ready = False
        self.dropped: deque[int] = deque()
        """Killed, and still to be waited for."""

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def copy(self, read: Iterable[Path], rules: Rules, walled: bool) -> tuple[int, int, socket.socket]:
        """(the process to end, the one that works, the socket to it): in a box they are two. Raises BadInput when the
        libraries cannot be imported."""
        self.bury()
        ours, theirs = socket.socketpair()
        with theirs:
            asked = {"read": [str(path.resolve()) for path in read], "rules": asdict(rules), "walled": walled}
            with self._lock:
                if not self._ready:
                    self._wait()
                    self._hear()
                    self._ready = True
                socket.send_fds(self._control, [json.dumps(asked).encode()], [theirs.fileno()])
                answer = self._hear()
                return answer["pid"], answer["works"], ours

    def end(self, pid: int, dying: bool = False) -> dict[str, Any]:
        """Ends a copy, or waits for a `dying` one, and tells how it ended: {"signal", "code", "why", "itself"}."""
        with self._lock:
            try:
                if self.how == "once":
                    self._process.kill()
                    return {"signal": max(0, -self._process.wait()), "code": 0, "why": "", "itself": False}
                self._control.sendall(json.dumps({"end": pid, "dying": dying}).encode())
                return self._hear()
            except (OSError, BadInput):
                return {"signal": 0, "code": -1, "why": "", "itself": False}

    def bury(self) -> None:
        """Has the copies that nobody holds any more forgotten."""
        while self.dropped:
            with contextlib.suppress(IndexError):
                self.end(self.dropped.popleft())

    def close(self) -> None:
        """Ends it and all its copies."""
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
            return
        self._process.kill()
        self._process.wait()

    def _wait(self) -> None:
        """Until the libraries are imported. Given up, the zygote goes on with that: the next one wants it too."""
        until, answer = time.monotonic() + STARTING, select.poll()
        answer.register(self._control, select.POLLIN)
        while not answer.poll(TICK * 1000):
            go_on()
            if time.monotonic() > until:
                raise BadInput("The process that models are opened in did not start; `proofsheet doctor` may say why.")

    def _hear(self) -> dict[str, Any]:
        line = b""
        while not line.endswith(b"\n"):
            part = self._control.recv(4096)
            if not part:
                raise BadInput("The process that models are opened in did not start; `proofsheet doctor` may say why.")
            line += part
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise BadInput(f"The process that models are opened in did not start ({answer['error']}).")
        return answer


def _environment() -> dict[str, str]:
    checkout = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join([checkout, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**{k: os.environ[k] for k in KEPT if k in os.environ}, **SET, "PYTHONPATH": path}


_zygotes: dict[str, Zygote] = {}
_starting = threading.Lock()


def ready(room: str) -> Zygote:
    """The zygote of a room; its libraries are being imported from the first call on."""
    with _starting:
        found = _zygotes.get(room)
        if found is None or not found.alive or found.how == "once":
            _zygotes[room] = found = Zygote(room)
        return found


@atexit.register
def _end_all() -> None:
    for zygote in _zygotes.values():
        zygote.close()


def walled(room: str, read: Sequence[Path], name: str, rules: Rules) -> Walled:
    """A new process behind the wall, for the file `name`, that can read `read`. Raises Refused where there can be none,
    and BadInput when it does not start."""
    behind = check(rules, name).walled
    return Walled(ready(room), read, name, rules, behind)


class Walled:
    """One process behind the wall. It is asked by one thread at a time, and ends with `close`, when nobody holds this
    any more, or when our process ends, however it does."""

    def __init__(self, zygote: Zygote, read: Sequence[Path], name: str, rules: Rules, behind: bool = True) -> None:
        self.name, self.rules = name, rules
        self._zygote, self._lock = zygote, threading.RLock()
        self.pid, self._works, self._socket = zygote.copy(read, rules, behind)
        self._socket.setblocking(False)
        self._wire = Wire(self._socket.fileno())
        self._finalizer = weakref.finalize(self, _dropped, zygote, self.pid, self._socket)
        self._exchange(1 << 10)

    @property
    def alive(self) -> bool:
        """Not ended by us, nor found dead."""
        return self._finalizer.alive

    def ask(
        self, do: str, given: dict[str, Any], arrays: Sequence[NDArray[Any]] = (), *, most: int = 0
    ) -> tuple[dict[str, Any], Arrays]:
        """The answer of the function `do` ('module:name') in there: a JSON object and arrays of at most `most` bytes
        together, all of it a stranger's. Given up, and the process with it, when the work that waits is stopped
        (`core.progress.stopped_by`).

        Raises BadInput or Refused as the function did, and BadInput, with the remedy, when the process died, took too
        long or too much, or gave no answer of ours; then it is gone.
        """
        with self._lock:
            return self._exchange(most, ({"do": do, "with": given}, arrays))

    def _exchange(
        self, most: int, question: tuple[dict[str, Any], Sequence[NDArray[Any]]] | None = None
    ) -> tuple[dict[str, Any], Arrays]:
        until = time.monotonic() + self.rules.seconds
        self._grant_time()
        try:
            if question is not None:
                self._wire.send(question[0], question[1], until=until, alive=go_on)
            answer, arrays = self._wire.receive(most, until=until, alive=go_on)
        except Closed as error:
            raise BadInput(self._obituary()) from error
        except TooLong as error:
            self.close()
            raise BadInput(f"{self.name}: {_too_much('time', self.rules)}") from error
        except Lies as error:
            self.close()
            raise BadInput(f"{self.name}: {_lied(str(error))}") from error
        except BaseException:  # asked to stop in between: half an answer is of no use
            self.close()
            raise
        if "error" in answer:
            raise _their_error(answer, self.name, self.rules)
        return answer, arrays

    def _grant_time(self) -> None:
        """Moves the limit of processor time on, from what was used so far."""
        if not self._finalizer.alive:
            raise BadInput(f"{self.name}: its process was ended; open it again.")
        if self._zygote.how == "once":
            return
        with contextlib.suppress(OSError, ValueError, IndexError):
            most = math.ceil(guard.processor_seconds(self._works)) + self.rules.seconds * (os.cpu_count() or 1)
            resource.prlimit(self._works, resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))

    def _obituary(self) -> str:
        self._socket.close()
        if self._finalizer.detach() is None:
            return f"{self.name}: its process was ended, so there is no answer; open it again."
        found = self._zygote.end(self.pid, dying=True)
        return f"{self.name}: {_how(found, self.rules)}"

    def lied(self, what: str) -> BadInput:
        """An error to raise for an answer that cannot be; the process is gone."""
        self.close()
        return BadInput(f"{self.name}: {_lied(what)}")

    def close(self) -> None:
        """Kills the process, even while another thread waits for its answer."""
        if self._finalizer.detach() is not None:
            _kill(self._zygote, self.pid)
        if self._lock.acquire(blocking=False):
            self._socket.close()
            self._lock.release()
        self._zygote.bury()


def _dropped(zygote: Zygote, pid: int, connection: socket.socket) -> None:
    """Nobody holds it any more. May be called in the middle of anything, so it takes no lock."""
    _kill(zygote, pid)
    connection.close()


def _kill(zygote: Zygote, pid: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)  # still ours: nobody waited for it
    zygote.dropped.append(pid)


def _how(ended: dict[str, Any], rules: Rules) -> str:
    by_signal = {signal.SIGXCPU: "cpu", signal.SIGXFSZ: "disk"}
    if what := ended["why"] or by_signal.get(ended["signal"], ""):
        return _too_much(what, rules)
    if ended["signal"] == signal.SIGSYS:
        return "asked the system for what no model needs and was stopped; do not trust this file."
    if ended["code"] == 3:
        return "could not be put behind the wall, so it was not opened; `proofsheet doctor` says more."
    if ended["itself"] and ended["code"] < 0:
        return (
            f"crashed as it was opened or run (signal {ended['signal']}), as models do that are damaged or need more "
            f"memory than {rules.memory_bytes / GIB:.1f} GiB; try another export, or let the administrator raise "
            "PROOFSHEET_MODEL_MEMORY_MB."
        )
    return "its process was ended, so there is no answer; open it again."


def _too_much(what: str, rules: Rules) -> str:
    said, remedy = {
        "memory": (f"needs more memory than {rules.memory_bytes / GIB:.1f} GiB", "PROOFSHEET_MODEL_MEMORY_MB"),
        "time": (f"gave no answer within {rules.seconds} s", "PROOFSHEET_MODEL_SECONDS"),
        "cpu": (f"used the processor for more than {rules.seconds} s on every core", "PROOFSHEET_MODEL_SECONDS"),
        "disk": (f"wrote more than {rules.scratch_bytes / GIB:.1f} GiB to the disk", ""),
        "threads": (f"started more than {rules.threads} threads", ""),
    }[what]
    allowed = f", or let the administrator raise {remedy}" if remedy else ""
    return f"{said} and was stopped; export a smaller model{allowed}."


def _lied(what: str) -> str:
    return f"gave an answer that no model gives ({what}) and was stopped; do not trust this file."


def _their_error(answer: dict[str, Any], name: str, rules: Rules) -> ProofsheetError:
    kind, says = answer["error"], str(answer.get("says", ""))
    says = "".join(letter if letter.isprintable() else " " for letter in says)[:2000]
    if kind == "memory":
        return BadInput(f"{name}: {_too_much('memory', rules)}")
    if kind in ("BadInput", "Refused"):
        error: ProofsheetError = getattr(errors, kind)(says)
        return error
    return BadInput(f"{name}: fails as it is opened or run ({says[:200]}); try another export of it.")
