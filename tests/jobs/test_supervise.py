"""serve: one sentence when it cannot start; a worker that dies is started again; nothing is left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from core import jobs, supervise
from core.errors import BadInput
from core.settings import Settings
from core.workspace import Workspace
from storage.tables import Worker

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def worker_pid(workspace: Workspace) -> int:
    with workspace.database.read() as session:
        row = session.query(Worker).order_by(Worker.seen_at.desc()).first()
        return row.pid if row else 0


def new_pid(workspace: Workspace, old: int, seconds: float = 30) -> int:
    end = time.monotonic() + seconds
    while worker_pid(workspace) in (0, old):
        assert time.monotonic() < end, "no new worker came"
        time.sleep(0.02)
    return worker_pid(workspace)


def gone(pid: int, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_a_taken_port_and_a_folder_that_cannot_be_written_are_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "core.cli", "serve", "--port", str(port)]
        done = subprocess.run(
            [*command, "--workspace", str(tmp_path / "w")], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr
    assert f"--port {port + 1}" in done.stderr
    assert not (tmp_path / "w").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        supervise.serve(Settings(workspace=tmp_path / "file" / "w", port=free_port()))
    with pytest.raises(BadInput, match="does not exist"):
        supervise.listen("127.0.0.1", 70_000)
    with pytest.raises(BadInput, match="no address of this machine"):
        supervise.listen("192.0.2.1", 8501)


def test_a_worker_that_dies_is_started_again_and_stopped_at_the_end(workspace: Workspace) -> None:
    child = supervise.WorkerProcess(workspace.settings, lease=2, backoff=(0.05, 0.2))
    child.start()
    first = new_pid(workspace, 0)
    os.kill(first, signal.SIGKILL)
    second = new_pid(workspace, first)
    assert jobs.worker_alive(workspace)
    child.stop()
    assert gone(second)
    assert not jobs.worker_alive(workspace)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_serve_answers_and_takes_its_worker_along(workspace: Workspace, end: signal.Signals) -> None:
    port = free_port()
    command = [sys.executable, "-m", "core.cli", "serve", "--port", str(port), "--workspace", str(workspace.folder)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert f"http://localhost:{port}" in server.stdout.readline()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        assert answer.status == 200
    pid = new_pid(workspace, 0)
    server.send_signal(end)
    assert server.wait(20) == {signal.SIGKILL: -9}.get(end, 0)
    assert gone(pid)
