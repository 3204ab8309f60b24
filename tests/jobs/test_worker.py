"""The worker as a real process: killed, frozen, stopped, one a workspace; what it makes is as if nothing happened."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from core import checkpoints, evaluate, images, jobs, references, results, worker
from core.errors import Conflict
from core.settings import Settings
from core.wall import state
from core.workspace import Workspace
from storage.images import filled, members
from tests.onnx_models import slow_to_open

ROOT = Path(__file__).parents[2]
LEASE = 2.0


def start(workspace: Workspace, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "core.cli", "worker", "--workspace", str(workspace.folder)]
    command += ["--lease", str(LEASE), *options]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)


def sampling(workspace: Workspace, job_id: int, more_than: int) -> bool:
    view = jobs.get(workspace, job_id)
    return view.state == "running" and view.message.startswith("sampling") and view.done > more_than


def freeze(workspace: Workspace, process: subprocess.Popen[str]) -> None:
    """Stop it between two batches: frozen within a commit it would hold the database's one write lock."""
    for _ in range(500):
        process.send_signal(signal.SIGSTOP)
        other = sqlite3.connect(workspace.database.path, timeout=0.1, isolation_level=None)
        with closing(other), contextlib.suppress(sqlite3.OperationalError):
            other.execute("BEGIN IMMEDIATE")
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(0.003)
    pytest.fail("it was never between two batches")


def numbers(workspace: Workspace, evaluation_id: int) -> list[tuple[str, float, float | None]]:
    return [(v.metric, v.value, v.low) for v in results.values(workspace, evaluation_id)]


@pytest.mark.slow
def test_killed_again_and_again_it_ends_as_if_nothing_happened(
    workspace: Workspace, small_generator: Path, real_pictures: Path, tmp_path: Path
) -> None:
    n = 2500
    real = references.add(workspace, "noise", real_pictures)
    view = checkpoints.register(workspace, small_generator, run="r", step=5)
    asked = {"checkpoint_id": view.id, "reference_set_id": real.set_id, "extractor": "lbp", "n": n}
    job = jobs.submit(workspace, "evaluate", asked)
    done = 0
    for _ in range(3):
        process = start(workspace)
        wait_for(lambda done=done: sampling(workspace, job.id, done))  # type: ignore[misc]
        process.kill()
        process.wait()
        done = jobs.get(workspace, job.id).done
        assert 0 < done < n
    last = start(workspace, "--until-idle")
    assert last.wait(90) == 0
    ended = jobs.get(workspace, job.id)
    assert (ended.state, ended.attempts) == ("done", 4)

    quiet = Workspace(Settings(workspace=tmp_path / "quiet"))
    again = references.add(quiet, "noise", real_pictures)
    twin = checkpoints.register(quiet, small_generator, run="r", step=5)
    number = evaluate.evaluate(quiet, twin.id, again.set_id, extractor="lbp", n=n)
    assert numbers(workspace, ended.result["evaluation_id"]) == numbers(quiet, number)
    sets = [results.get(workspace, ended.result["evaluation_id"]).set_id, results.get(quiet, number).set_id]
    for place, set_id in zip((workspace, quiet), sets, strict=True):
        with place.database.read() as session:
            assert filled(session, set_id) == n
            assert [m[0] for m in members(session, set_id)] == list(range(n))
    pictures = [np.stack(images.load(place, s, 0, n)) for place, s in zip((workspace, quiet), sets, strict=True)]
    assert np.array_equal(*pictures)
    quiet.close()


@pytest.mark.slow
def test_frozen_fenced_cancelled_stopped(workspace: Workspace, small_generator: Path) -> None:
    view = checkpoints.register(workspace, small_generator, run="r", step=5)
    job = jobs.submit(workspace, "sample", {"checkpoint_id": view.id, "n": 100_000})
    frozen = start(workspace)
    wait_for(lambda: sampling(workspace, job.id, 0))
    freeze(workspace, frozen)
    second = start(workspace, "--wait")
    before = jobs.get(workspace, job.id)
    wait_for(lambda: jobs.get(workspace, job.id).worker != before.worker, 3 * LEASE + 20)
    assert jobs.worker_alive(workspace)
    frozen.send_signal(signal.SIGCONT)  # its next batch is refused, and it leaves
    assert frozen.wait(90) == 0
    assert jobs.get(workspace, job.id).state == "running"

    asked = time.monotonic()
    jobs.cancel(workspace, job.id)
    wait_for(lambda: jobs.get(workspace, job.id).state == "cancelled", 10)
    assert time.monotonic() - asked < 5
    again = jobs.retry(workspace, job.id)
    wait_for(lambda: sampling(workspace, again.id, 0))
    second.send_signal(signal.SIGTERM)
    assert second.wait(90) == 0
    given = jobs.get(workspace, again.id)
    assert (given.state, given.attempts) == ("queued", 0)
    assert not jobs.worker_alive(workspace)
    assert jobs.worker_seen(workspace) is not None


@pytest.mark.slow
def test_it_leaves_with_a_sentence_when_the_folder_is_deleted(workspace: Workspace, small_generator: Path) -> None:
    view = checkpoints.register(workspace, small_generator, run="r", step=5)
    process = start(workspace)
    wait_for(lambda: jobs.worker_alive(workspace))
    job = jobs.submit(workspace, "sample", {"checkpoint_id": view.id, "n": 100_000})
    wait_for(lambda: sampling(workspace, job.id, 0))
    workspace.close()
    shutil.rmtree(workspace.folder)
    assert process.wait(60) == 2
    assert process.stderr is not None
    said = process.stderr.read()
    assert f"The workspace {workspace.folder} is gone, so its worker ends; put the folder back" in said
    assert "Traceback" not in said
    assert not workspace.database.path.exists(), "nothing of it is made anew"


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.slow
@pytest.mark.skipif(not state().walled, reason=state().sentence)
def test_cancelled_while_a_model_is_opened_it_does_not_wait_for_that(
    workspace: Workspace, small_generator: Path, tmp_path: Path
) -> None:
    slow = checkpoints.register(workspace, slow_to_open(tmp_path / "slow.onnx"), run="slow", step=1)
    job = jobs.submit(workspace, "inspect", {"checkpoint_id": slow.id})
    process = start(workspace)
    wait_for(lambda: any(children(zygote) for zygote in children(process.pid)))
    (walled,) = [pid for zygote in children(process.pid) for pid in children(zygote)]
    time.sleep(0.5)
    assert jobs.get(workspace, job.id).state == "running"
    asked = time.monotonic()
    jobs.cancel(workspace, job.id)
    wait_for(lambda: jobs.get(workspace, job.id).state == "cancelled", 10)
    assert time.monotonic() - asked < 3, "half a second where nothing else is busy"
    wait_for(lambda: not Path(f"/proc/{walled}").exists() or "zombie" in Path(f"/proc/{walled}/status").read_text(), 5)
    view = checkpoints.get(workspace, slow.id)
    assert (view.spec, view.error) == ({}, ""), "nothing was learned of it, and nothing is held against it"
    honest = checkpoints.register(workspace, small_generator, run="r", step=5)
    after = jobs.submit(workspace, "sample", {"checkpoint_id": honest.id, "n": 20})
    wait_for(lambda: jobs.get(workspace, after.id).state == "done")
    process.terminate()
    assert process.wait(90) == 0


def test_one_worker_a_workspace_says_so_in_one_sentence(workspace: Workspace) -> None:
    worker.take_place(workspace, LEASE)
    with pytest.raises(Conflict, match=f"process {os.getpid()}"):
        worker.take_place(workspace, LEASE)
    second = start(workspace, "--lease", "60")  # on a busy machine it starts later than a short lease ends
    assert second.wait(90) == 2
    assert second.stderr is not None
    said = second.stderr.read()
    assert said.count("\n") == 1
    assert "already serves" in said


@pytest.mark.slow
def test_it_leaves_when_the_process_that_started_it_is_gone(workspace: Workspace) -> None:
    code = f"""
import subprocess, sys, time, os
command = [sys.executable, "-m", "core.cli", "worker", "--workspace", {str(workspace.folder)!r},
           "--lease", "{LEASE}", "--parent", str(os.getpid())]
child = subprocess.Popen(command, start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    parent.stdout.readline()
    wait_for(lambda: jobs.worker_alive(workspace))
    parent.kill()
    parent.wait()
    wait_for(lambda: not jobs.worker_alive(workspace), 10)


@pytest.mark.slow
def test_a_job_longer_than_the_lease_keeps_it(
    workspace: Workspace, small_generator: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = checkpoints.register(workspace, small_generator, run="r", step=5)
    job = jobs.submit(workspace, "sample", {"checkpoint_id": view.id, "n": 10})
    slow = checkpoints.open_checkpoint

    def slowly(*arguments: int) -> object:  # opening a large Keras model takes longer than a lease
        time.sleep(1.2)
        return slow(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(checkpoints, "open_checkpoint", slowly)
    thread = threading.Thread(target=worker.run, args=(workspace,), kwargs={"lease": 0.4, "until_idle": True})
    thread.start()
    wait_for(lambda: jobs.get(workspace, job.id).state == "running", 10)
    time.sleep(0.8)
    from core import claims

    assert claims.claim(workspace, "other", 0.4) is None
    thread.join()
    assert jobs.get(workspace, job.id).state == "done"
