"""Asking for work: once however often it is asked for, in order of urgency, refused when it means nothing."""

import threading
import time
from pathlib import Path

import pytest

from core import checkpoints, claims, extractors, jobs, references, work
from core.errors import BadInput, NotFound
from core.settings import Settings
from core.workspace import Workspace


@pytest.fixture
def checkpoint_id(workspace: Workspace, small_generator: Path) -> int:
    return checkpoints.register(workspace, small_generator, run="r", step=5).id


def test_the_same_unfinished_work_is_one_job(workspace: Workspace, checkpoint_id: int) -> None:
    one = jobs.submit(workspace, "sample", {"checkpoint_id": checkpoint_id})
    same = jobs.submit(workspace, "sample", {"checkpoint_id": checkpoint_id, "n": 2000, "seed": 0}, priority=3)
    other = jobs.submit(workspace, "sample", {"checkpoint_id": checkpoint_id, "n": 2001})
    assert (one.id, one.state, one.title) == (same.id, "queued", "Sample r @ 5")
    assert other.id != one.id
    assert jobs.active_count(workspace) == 2
    jobs.cancel(workspace, one.id)
    assert jobs.submit(workspace, "sample", {"checkpoint_id": checkpoint_id}).id not in (one.id, other.id)


def test_two_submitters_at_once_get_one_job(workspace: Workspace, checkpoint_id: int) -> None:
    opened = [Workspace(Settings(workspace=workspace.folder)) for _ in range(4)]
    for round_ in range(5):
        start, found = threading.Barrier(len(opened)), []

        def ask(place: Workspace, n: int = 100 + round_, start: threading.Barrier = start, found: list = found) -> None:  # type: ignore[type-arg]
            start.wait()
            found.append(jobs.submit(place, "sample", {"checkpoint_id": checkpoint_id, "n": n}).id)

        threads = [threading.Thread(target=ask, args=(place,)) for place in opened]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert len(found) == len(opened)
        assert len(set(found)) == 1
    [place.close() for place in opened]
    assert jobs.active_count(workspace) == 5


def test_wrong_arguments_are_refused_when_asked(workspace: Workspace, checkpoint_id: int, tmp_path: Path) -> None:
    for kind, arguments, said in (
        ("bake", {}, "no kind of job 'bake'"),
        ("sample", {}, "needs checkpoint_id"),
        ("sample", {"checkpoint_id": checkpoint_id, "m": 3}, "has no argument m"),
        ("sample", {"checkpoint_id": "1"}, "must be of type int"),
        ("sample", {"checkpoint_id": checkpoint_id, "n": 0}, "n is 0"),
        ("reference", {"name": "x", "path": "../proofsheet.db"}, "may not read"),
        ("reference", {"name": "x", "path": str(tmp_path)}, "PROOFSHEET_READABLE"),
        ("reference", {"name": "x", "path": "gone.zip"}, "no such file"),
    ):
        with pytest.raises(BadInput, match=said):
            jobs.submit(workspace, kind, arguments)
    with pytest.raises(NotFound):
        jobs.submit(workspace, "evaluate", {"checkpoint_id": checkpoint_id, "reference_set_id": 99})
    with pytest.raises(NotFound):
        jobs.get(workspace, 99)
    assert jobs.every(workspace) == []


def test_urgent_work_goes_first_and_the_list_shows_that_order(workspace: Workspace, checkpoint_id: int) -> None:
    def ask(n: int, priority: int = 0) -> int:
        return jobs.submit(workspace, "sample", {"checkpoint_id": checkpoint_id, "n": n}, priority=priority).id

    first, urgent, last = ask(10), ask(20, priority=5), ask(30)
    assert [view.id for view in jobs.every(workspace)] == [urgent, first, last]
    held = claims.claim(workspace, "w", 60)
    assert held is not None
    assert held.id == urgent
    jobs.cancel(workspace, last)
    assert [view.id for view in jobs.every(workspace)] == [urgent, first, last]
    assert [view.id for view in jobs.every(workspace, active_only=True)] == [urgent, first]


def test_a_retry_is_a_new_job_and_the_old_one_keeps_its_error(workspace: Workspace, checkpoint_id: int) -> None:
    old = jobs.submit(workspace, "sample", {"checkpoint_id": checkpoint_id})
    assert jobs.retry(workspace, old.id).id == old.id
    jobs.cancel(workspace, old.id)
    new = jobs.retry(workspace, old.id)
    assert (new.id != old.id, new.state, new.arguments) == (True, "queued", old.arguments)
    assert jobs.get(workspace, old.id).state == "cancelled"


def test_the_time_left_follows_the_present_phase() -> None:
    pace = jobs.paced({}, 0, 100, "features: pixels")
    pace = jobs.paced(pace, 100, 100, "features: pixels")
    since = time.time() - 10
    pace = {**jobs.paced(pace, 0, 1000, "sampling r @ 5"), "since": since}
    pace = {**jobs.paced(pace, 200, 1000, "sampling r @ 5"), "at": since + 10}
    made = {"from": pace["from"], "since": pace["since"], "at": pace["at"]}
    view = jobs.JobView(
        1, "sample", "t", "running", 200, 1000, "", "", "", {}, {}, None, None, None, 1, False, "w", made  # type: ignore[arg-type]
    )  # fmt: skip
    assert view.fraction == 0.2
    assert view.eta_seconds == pytest.approx(40, abs=1)
    assert jobs.paced(pace, 0, 500, "sampling r @ 6")["from"] == 0


def test_an_upload_is_taken_in_and_removed(workspace: Workspace, real_pictures: Path) -> None:
    real_pictures.rename(workspace.uploads / "up.npy")
    asked = {"name": "noise", "path": "up.npy", "remove_path": True, "held_out": 0}
    job = jobs.submit(workspace, "reference", asked)
    held = claims.claim(workspace, "w", 60)
    assert held is not None
    assert claims.do(workspace, held, 60, threading.Event()) == "done"
    ended = jobs.get(workspace, job.id)
    assert ended.result["pictures"] == 120
    assert references.get(workspace, ended.result["set_id"]).label == "noise v1"
    assert not (workspace.uploads / "up.npy").exists()


def test_the_written_default_extractor_is_the_default() -> None:
    assert work.DEFAULT_EXTRACTOR == extractors.DEFAULT
