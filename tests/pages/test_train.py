"""The page Train: what is asked for becomes a job, and a run is shown in the state that it is in."""

import json
from pathlib import Path

import numpy as np
import pytest

from core import images, jobs
from core.training import TrainingSettings, log, runs
from core.training.loop import folder_of
from storage.checkpoints import run as run_row
from storage.images import add
from tests.pages.filled import Full
from tests.pages.seen import Visit, choose, component, ids, ran, words


def settings(full: Full, **other: object) -> TrainingSettings:
    asked = {"run": "mine", "reference_set_id": full.reference, "size": 16, "batch": 8, "epochs": 4}
    return TrainingSettings(**{**asked, **other})  # type: ignore[arg-type]


def trained(full: Full, asked: TrainingSettings, epochs: int) -> Path:
    """What a training leaves behind after so many epochs."""
    folder = folder_of(full.workspace, asked.run)
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    with full.workspace.database.write() as session:
        run_row(session, asked.run).training = asked.as_json()
        for epoch in range(epochs + 1):
            made = rng.integers(0, 256, (8, 16, 16, 1), dtype=np.uint8)
            shown = add(session, [images.new_image(one) for one in made])
            losses = {"generator": 1 / (epoch + 1), "discriminator": 0.5} if epoch else {}
            log.append(folder, log.Epoch(epoch, 9 * epoch, 2.0 * epoch, losses, shown, "2 processor cores, no GPU"))
    return folder


def labels(app: object) -> set[str]:
    return {button.label for button in app.button}  # type: ignore[attr-defined]


def press(app: object, label: str) -> object:
    return ran(next(b for b in app.button if b.label == label).click().run())  # type: ignore[attr-defined]


def test_what_is_asked_for_becomes_a_job(full: Full, visit: Visit) -> None:
    app = choose(visit("train"), "Model", "vae")
    assert "never trained on" in words(app)
    assert {field.label for field in app.number_input} >= {"Perceptual loss", "Weight of the KL term"}
    next(field for field in app.number_input if field.label == "Turn by up to, degrees").set_value(10)
    ran(next(field for field in app.number_input if field.label == "Batch").set_value(8).run())
    shown = press(app, "Start training")
    (job,) = jobs.every(full.workspace, active_only=True)
    asked = TrainingSettings.from_json(job.arguments["settings"])
    assert (job.kind, asked.run, asked.architecture, asked.rotate) == ("train", "blobs-vae", "vae", 10)
    assert (asked.size, asked.channels, asked.latent_size, asked.batch) == (16, 1, 32, 8)
    assert "Waits for the worker" in shown.subheader[0].value  # type: ignore[attr-defined]
    assert {"Pause", "Cancel"} <= labels(shown)
    press(shown, "Pause")
    assert jobs.get(full.workspace, job.id).state == "cancelled"


def test_what_cannot_be_trained_is_said_before_it_is_asked_for(full: Full, visit: Visit) -> None:
    app = visit("train")
    ran(next(field for field in app.number_input if field.label == "Batch").set_value(500).run())
    assert "do not fill a batch of 500" in app.error[0].value
    assert "Start training" not in labels(app)
    app = visit("train")
    ran(next(field for field in app.number_input if field.label == "Batch").set_value(8).run())
    ran(app.text_input[0].set_value("blobs").run())
    press(app, "Start training")
    assert "not trained here" in app.error[0].value
    assert jobs.every(full.workspace, active_only=True) == []


def test_a_run_that_was_stopped_shows_what_it_has_and_goes_on(full: Full, visit: Visit) -> None:
    asked = settings(full)
    trained(full, asked, 2)
    assert runs.get(full.workspace, "mine").state == "paused"
    app = visit("train", training="run:mine")
    assert "Paused: epoch 2 of 4" in app.subheader[0].value
    shown = component(app, "strip-mine")
    assert ids(shown) == [n for e in log.read(folder_of(full.workspace, "mine")) for n in e.image_ids]
    assert shown["captions"][::8] == ["epoch 0", "epoch 1", "epoch 2"]
    charts = [json.loads(element.proto.spec)["data"][0] for element in app.get("plotly_chart")]
    assert [chart["name"] for chart in charts] == ["generator", "discriminator"]
    press(app, "Go on")
    (job,) = jobs.every(full.workspace, active_only=True)
    assert (job.arguments["settings"], job.kind) == (asked.as_json(), "train")


@pytest.mark.parametrize(("state", "words_", "buttons"), [
    ("failed", "the loss is no number any more", {"Try again from there"}),
    ("done", "Finished: epoch 4 of 4", {"Train longer"}),
    ("cancelled", "What had landed is kept", {"Go on"}),
])  # fmt: skip
def test_every_end_of_a_run_is_said(
    full: Full, visit: Visit, state: str, words_: str, buttons: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = settings(full)
    folder = trained(full, asked, 4)
    job = runs.start(full.workspace, asked)
    if state == "cancelled":
        runs.cancel(full.workspace, "mine")
    else:
        _end(full, job.id, state)
        (folder / "result.json").write_text("{}")
    app = visit("train", training="run:mine")
    assert words_ in words(app) + app.subheader[0].value
    assert labels(app) == buttons
    if state == "done":
        press(app, "Train longer")
        (job,) = jobs.every(full.workspace, active_only=True)
        assert job.arguments["settings"]["epochs"] == 9


def test_a_training_that_waits_to_go_on_is_no_cancelled_job(full: Full, visit: Visit) -> None:
    trained(full, settings(full), 2)
    number = runs.start(full.workspace, settings(full)).id
    runs.pause(full.workspace, "mine")
    app = visit("jobs", job=str(number))
    assert any("· paused " in said.value for said in app.markdown)
    assert f"retry-{number}" not in {button.key for button in app.button}
    assert "Go on from its page" in {link.proto.label for link in app.get("page_link")}
    number = runs.start(full.workspace, settings(full)).id
    runs.cancel(full.workspace, "mine")
    app = visit("jobs", job=str(number))
    assert f"retry-{number}" in {button.key for button in app.button}


def _end(full: Full, number: int, state: str) -> None:
    from storage.jobs import by_id

    with full.workspace.database.write() as session:
        row = by_id(session, number)
        assert row is not None
        row.state, row.error = state, "Run 'mine': the loss is no number any more in epoch 3."


def test_a_run_that_another_process_trains_is_not_asked_for_again(full: Full, visit: Visit) -> None:
    import fcntl

    folder = trained(full, settings(full), 1)
    with (folder / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        app = visit("train", training="run:mine")
        assert "Trained by another process" in app.subheader[0].value
        assert labels(app) == set()
    assert runs.get(full.workspace, "mine").state == "paused"


def test_a_half_written_line_of_the_log_is_none_yet(tmp_path: Path) -> None:
    one = log.Epoch(0, 0, 0.0, {}, [1, 2])
    log.append(tmp_path, one)
    log.append(tmp_path, log.Epoch(1, 9, 1.0, {"kl": 2.0}, [3, 4]))
    with (tmp_path / "log.jsonl").open("a") as stream:
        stream.write('{"epoch": 2, "st')
    assert [epoch.epoch for epoch in log.read(tmp_path)] == [0, 1]
    assert log.cut(tmp_path, 0) == log.read(tmp_path) == [one]
