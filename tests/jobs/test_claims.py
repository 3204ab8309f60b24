"""A job in a worker's hands: fenced, cancelled, given back, failed."""

import datetime as dt
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core import checkpoints, claims, jobs
from core.claims import Claim, Fenced, JobProgress
from core.errors import Cancelled
from core.workspace import Workspace
from storage.tables import Job, Note, SetImage, now


@pytest.fixture
def job(workspace: Workspace, small_generator: Path) -> jobs.JobView:
    view = checkpoints.register(workspace, small_generator, run="r", step=5)
    return jobs.submit(workspace, "sample", {"checkpoint_id": view.id, "n": 1000})


def take(workspace: Workspace, lease: float = 60) -> Claim:
    held = claims.claim(workspace, "w", lease)
    assert held is not None
    return held


def let_lapse(workspace: Workspace, job_id: int) -> None:
    with workspace.database.write() as session:
        session.get_one(Job, job_id).lease_until = now() - dt.timedelta(seconds=1)


def stored(workspace: Workspace) -> int:
    with workspace.database.read() as session:
        return session.scalar(select(func.count()).select_from(SetImage)) or 0


def store_a_batch(workspace: Workspace, progress: JobProgress) -> None:
    with workspace.database.write() as session:
        session.add(Note(user_id=1, checkpoint_id=1, text="made by a batch"))
        progress(128, 1000, "sampling", session=session)


def test_a_worker_that_wakes_up_too_late_stores_nothing(workspace: Workspace, job: jobs.JobView) -> None:
    old = take(workspace)
    assert claims.claim(workspace, "w2", 60) is None
    let_lapse(workspace, job.id)
    new = take(workspace)
    assert new.token > old.token
    late = JobProgress(workspace, old, 60, threading.Event())
    with pytest.raises(Fenced):
        store_a_batch(workspace, late)
    with workspace.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Note)) == 0
    with pytest.raises(Fenced):
        late(128, 1000, "sampling")
    assert claims.do(workspace, old, 60, threading.Event()) == "fenced"
    assert stored(workspace) == 0
    assert jobs.get(workspace, job.id).done == 0
    assert claims.do(workspace, new, 60, threading.Event()) == "done"
    assert stored(workspace) == 1000


def test_a_cancel_stops_the_job_before_its_next_batch_is_stored(workspace: Workspace, job: jobs.JobView) -> None:
    held = take(workspace)
    assert jobs.cancel(workspace, job.id).state == "running"
    progress = JobProgress(workspace, held, 60, threading.Event())
    with pytest.raises(Cancelled):
        progress(1, 1000, "sampling")
    assert claims.do(workspace, held, 60, threading.Event()) == "cancelled"
    assert stored(workspace) == 0
    ended = jobs.get(workspace, job.id)
    assert (ended.state, ended.active, ended.error) == ("cancelled", False, "")
    assert ended.finished_at is not None


def test_a_cancel_is_seen_between_two_stored_reports(workspace: Workspace, job: jobs.JobView) -> None:
    progress = JobProgress(workspace, take(workspace), 60, threading.Event())
    progress(1, 1000, "reading")
    progress(2, 1000, "reading")
    assert jobs.get(workspace, job.id).done == 1  # the second came too soon to be stored
    jobs.cancel(workspace, job.id)
    with pytest.raises(Cancelled):
        progress(3, 1000, "reading")


def test_a_cancelled_job_of_a_dead_worker_ends_at_once(workspace: Workspace, job: jobs.JobView) -> None:
    held = take(workspace)
    let_lapse(workspace, job.id)
    assert jobs.cancel(workspace, job.id).state == "cancelled"
    assert claims.do(workspace, held, 60, threading.Event()) == "fenced"


def test_a_worker_asked_to_stop_gives_the_job_back(workspace: Workspace, job: jobs.JobView) -> None:
    stopping = threading.Event()
    stopping.set()
    assert claims.do(workspace, take(workspace), 60, stopping) == "queued"
    given = jobs.get(workspace, job.id)
    assert (given.state, given.attempts, given.worker) == ("queued", 0, "")


def test_a_job_that_kills_its_worker_five_times_fails(workspace: Workspace, job: jobs.JobView) -> None:
    for attempt in range(1, claims.MAX_ATTEMPTS + 1):
        take(workspace)
        assert jobs.get(workspace, job.id).attempts == attempt
        let_lapse(workspace, job.id)
    assert claims.claim(workspace, "w", 60) is None
    ended = jobs.get(workspace, job.id)
    assert ended.state == "failed"
    assert "died 5 times" in ended.error
    assert "retry" in ended.error


def test_errors_are_kept_on_the_job(workspace: Workspace, job: jobs.JobView, small_generator: Path) -> None:
    held = take(workspace)
    kept = checkpoints.get(workspace, held.arguments["checkpoint_id"]).path
    kept.write_text("hello")
    assert claims.do(workspace, held, 60, threading.Event()) == "failed"
    known = jobs.get(workspace, job.id)
    assert known.error.startswith("generator-0005.onnx: ")
    assert known.error_detail == ""
    jobs.retry(workspace, job.id)
    held = take(workspace)
    broken = Claim(held.id, held.kind, held.title, {}, held.token)
    assert claims.do(workspace, broken, 60, threading.Event()) == "failed"
    unforeseen = jobs.get(workspace, held.id)
    assert unforeseen.error.count(".") >= 1
    assert "KeyError" in unforeseen.error
    assert "Traceback" in unforeseen.error_detail
