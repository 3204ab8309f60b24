"""Walled processes come and go with what asks them: nothing is left over, nothing is waited for that need not be."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput, Cancelled
from core.progress import stopped_by
from core.wall import Rules, seccomp, state
from core.wall.places import of_libraries
from core.wall.process import Walled, Zygote
from core.wall.system_calls import ALLOWED, CHECKED, MACHINES, number

ROOT = Path(__file__).parents[2]
RULES = Rules(memory_bytes=256 << 20, seconds=20)
pytestmark = pytest.mark.skipif(not state().walled, reason=state().sentence)


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote("bare")
    yield made
    made.close()


def opened(zygote: Zygote) -> Walled:
    return Walled(zygote, [ROOT / "tests"], "mine", RULES)


def eventually(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    return true()


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_arrays_of_every_type_and_shape_come_back_as_they_went(zygote: Zygote) -> None:
    arrays = [np.arange(24, dtype=np.float32).reshape(2, 3, 4).transpose(2, 0, 1), np.zeros((0, 5), np.int64),
              np.array(3.5), np.random.default_rng(0).integers(0, 255, (300, 1 << 12), dtype=np.uint8)]  # fmt: skip
    answer, back = opened(zygote).ask("tests.wall.escapes:echo", {"text": "ä \n"}, arrays, most=1 << 22)
    assert answer == {"text": "ä \n"}
    for one, other in zip(arrays, back, strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


KILLED = """
import os, signal, sys
from pathlib import Path
from core.wall import Rules
from core.wall.places import of_libraries
from core.wall.process import Walled, Zygote
zygote = Zygote("bare")
process = Walled(zygote, [Path(sys.argv[1])], "mine", Rules(1 << 28))
print(zygote._process.pid, process.pid, flush=True)
{end}
"""


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGKILL)", "sys.exit()", "os._exit(1)"])
def test_no_process_and_no_folder_outlives_the_one_that_asked(tmp_path: Path, end: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED.format(end=end), str(ROOT / "tests")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "TMPDIR": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    zygote, walled = map(int, done.stdout.split())
    assert eventually(lambda: gone(zygote) and gone(walled))
    assert eventually(lambda: not list(tmp_path.iterdir())), "the scratch folder is gone as well"


def test_a_killed_zygote_takes_its_processes_along_and_another_takes_its_place(
    zygote: Zygote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    own = Zygote("bare")
    process = opened(own)
    os.kill(own._process.pid, signal.SIGKILL)
    own._process.wait()
    assert eventually(lambda: gone(process.pid))
    with pytest.raises(BadInput, match=r"^mine: its process was ended, so there is no answer; open it again"):
        process.ask("tests.wall.escapes:echo", {})
    assert not own.alive
    assert opened(zygote).ask("tests.wall.escapes:echo", {"x": 2})[0] == {"x": 2}


def test_closing_ends_the_answer_that_another_thread_waits_for(zygote: Zygote) -> None:
    process, said = opened(zygote), []

    def wait() -> None:
        try:
            process.ask("tests.wall.escapes:attempt", {"escape": "sleep_for_ever"})
        except BadInput as error:
            said.append(str(error))

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.1)
    process.close()
    thread.join(10)
    assert said == ["mine: its process was ended, so there is no answer; open it again."]


def test_a_question_can_be_given_up(zygote: Zygote) -> None:
    process = opened(zygote)

    def stop() -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled), stopped_by(stop):
        process.ask("tests.wall.escapes:attempt", {"escape": "sleep_for_ever"})
    assert not process.alive
    assert eventually(lambda: gone(process.pid))


def test_the_zygote_stays_small_and_waits_without_working(zygote: Zygote) -> None:
    processes = [opened(zygote) for _ in range(20)]
    pids = [process.pid for process in processes]
    del processes
    zygote.bury()
    assert all(gone(pid) for pid in pids)
    pid = zygote._process.pid
    assert Path(f"/proc/{pid}/task/{pid}/children").read_text() == ""
    assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1


def test_no_folder_that_may_be_read_holds_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where a person put it on Python's path."""
    code, model = tmp_path / "code", tmp_path / "project" / "workspace" / "model.onnx"
    for folder in (code, model.parent):
        folder.mkdir(parents=True)
    for entry in (code, tmp_path / "project", ROOT, Path.home()):
        monkeypatch.syspath_prepend(str(entry))
    read = of_libraries([model])
    assert code in read
    assert not any(place.is_relative_to(folder) for folder in read for place in (model, ROOT / "tests", Path.home()))


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_is_a_program_that_ends(machine: str) -> None:
    steps = seccomp.program(machine, 1234)
    assert len(steps) <= 4096
    for place, (code, when, otherwise, _) in enumerate(steps):
        jumps = code in (seccomp.EQUAL, seccomp.AT_LEAST, seccomp.ANY_BIT)
        assert not jumps or place + 1 + max(when, otherwise) < len(steps)
    assert steps[-1] == (seccomp.RETURN, 0, 0, seccomp.REFUSE)


@pytest.mark.parametrize("machine", MACHINES)
def test_no_call_has_two_meanings(machine: str) -> None:
    numbers = [n for table in (ALLOWED, CHECKED) for name in table if (n := number(table, name, machine)) is not None]
    assert len(set(numbers)) == len(numbers)


ALONE = """
import json, os, signal, socket, sys
from pathlib import Path
from core.wall import landlock, places, seccomp
scratch, secret, port, which = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
if which == "landlock":
    from core.wall.landlock import libc
    libc.prctl(38, 1, 0, 0, 0)
    landlock.restrict(places.of_libraries([]), scratch)
if which == "seccomp":
    seccomp.restrict()
found = {}
tries = {
    "read": lambda: Path(secret).read_text(), "write": lambda: Path(secret).write_text("x"),
    "tcp": lambda: socket.create_connection(("127.0.0.1", port)), "signal": lambda: os.kill(os.getppid(), 0),
    "move": lambda: Path(secret).rename(scratch / "moved"), "fork": lambda: os.fork() or os._exit(0),
    "scratch": lambda: (scratch / "mine").write_text("x"),
}
for name, work in tries.items():
    try:
        work()
        found[name] = True
    except OSError:
        found[name] = False
print(json.dumps(found))
"""


@pytest.mark.parametrize(
    ("which", "possible"),
    [
        ("neither", {"read", "write", "tcp", "signal", "fork", "scratch", "move"}),
        ("landlock", {"scratch", "fork"} | ({"tcp"} if state().landlock < 4 else set())
                     | ({"signal"} if state().landlock < 6 else set())),
        ("seccomp", {"read", "write", "scratch"}),
    ],
)  # fmt: skip
def test_each_half_of_the_wall_holds_what_it_is_said_to_hold_alone(
    tmp_path: Path, which: str, possible: set[str]
) -> None:
    scratch, secret = tmp_path / "scratch", tmp_path / "secret"
    scratch.mkdir()
    secret.write_text("words")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        done = subprocess.run(
            [sys.executable, "-c", ALONE, str(scratch), str(secret), str(listening.getsockname()[1]), which],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}, cwd=scratch,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[0])
    assert {name for name, got in found.items() if got} == possible
