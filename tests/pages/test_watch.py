"""A folder is followed from the page Checkpoints, and where pictures were let go the pages say so."""

from pathlib import Path

import pytest

from core import checkpoints, jobs, results, retention, watches
from tests.pages.filled import Full
from tests.pages.seen import Visit


def test_a_folder_is_followed_paused_and_forgotten(
    full: Full, visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("PROOFSHEET_READABLE", str(folder))
    page = visit("checkpoints")
    page.text_input(key="watch-run").input("night-9")
    next(button for button in page.button if button.label == "Follow it").click()
    page.run()
    (view,) = watches.every(full.workspace)
    assert (view.run, view.folder, view.state) == ("night-9", str(folder), "following")
    page.button(key=f"watch-{view.id}-paused").click().run()
    assert watches.get(full.workspace, view.id).state == "paused"
    page.button(key=f"watch-{view.id}-delete").click().run()
    assert watches.every(full.workspace) == []
    assert not page.exception


@pytest.mark.slow
def test_pictures_that_were_let_go_can_be_asked_for_again(full: Full, visit: Visit) -> None:
    evaluation = results.every(full.workspace, full.noisy)[0]
    assert retention.let_go(full.workspace, evaluation.set_id, (full.noisy,))
    for page in (visit("checkpoints", checkpoint=full.noisy), visit("gallery", set=evaluation.set_id)):
        assert any("were let go" in header.value for header in page.header)
    page.button(key=f"again-{evaluation.set_id}").click().run()
    job = jobs.every(full.workspace)[0]
    assert (job.kind, job.arguments) == ("sample", {"checkpoint_id": full.noisy, "n": 64, "seed": 0})
    assert checkpoints.get(full.workspace, full.noisy).error == ""
