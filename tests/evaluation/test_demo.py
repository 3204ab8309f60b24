"""The demo asks for its training once, and the training's numbers improve."""

import pytest

from core import checkpoints, demo, jobs, references, results, training, worker
from core.training import TrainingSettings
from core.workspace import Workspace


def test_a_second_start_finds_the_first_ones_work(workspace: Workspace) -> None:
    job = demo.prepare(workspace)
    assert (job.kind, job.state) == ("train", "queued")
    again = demo.prepare(workspace)
    assert again.id == job.id
    (real,) = references.every(workspace)
    assert (real.label, real.n) == ("fashion v1", 5000)
    jobs.cancel(workspace, job.id)
    assert demo.prepare(workspace).id != job.id


@pytest.mark.tensorflow
def test_the_worker_trains_and_measures_it(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(run: str, reference_set_id: int) -> TrainingSettings:
        return TrainingSettings(run, reference_set_id, epochs=1, batch=256, evaluate_n=64, extractor="lbp")

    monkeypatch.setattr(training, "demo", short)
    job = demo.prepare(workspace)
    worker.run(workspace, until_idle=True)
    assert jobs.get(workspace, job.id).state == "done", jobs.get(workspace, job.id).error_detail
    assert demo.prepare(workspace).id == job.id
    assert len(checkpoints.every(workspace, demo.RUN)) == 2
    assert all(view.n == 64 for view in results.every(workspace))
    assert len(results.every(workspace)) == 2
