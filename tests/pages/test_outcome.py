"""What a page asked for and went wrong is said on that page, not only among the jobs."""

from streamlit.testing.v1 import AppTest

from core import jobs
from tests.pages.filled import Full
from tests.pages.seen import NAVIGATION, ran


def test_a_failed_evaluation_is_said_where_it_was_asked_for(full: Full) -> None:
    failed = next(job for job in jobs.every(full.workspace) if job.state == "failed")
    app = AppTest.from_file(NAVIGATION, default_timeout=30).run()
    app.session_state[f"asked-evaluate-{full.true}"] = failed.id
    app.query_params["checkpoint"] = str(full.true)
    app = ran(app.switch_page("checkpoints.py").run())
    assert "is no picture" in app.error[0].value
    assert "failed" in app.error[0].value
    app.query_params["checkpoint"] = str(full.noisy)
    assert not ran(app.run()).error, "it was another checkpoint's"


def test_a_cancelled_upload_is_said_where_it_was_asked_for(full: Full) -> None:
    picture = full.workspace.uploads / "1-a"
    picture.mkdir()
    app = AppTest.from_file(NAVIGATION, default_timeout=30).run()
    asked = {"name": "none", "path": "1-a", "remove_path": True}
    app.session_state["asked-reference-upload"] = jobs.submit(full.workspace, "reference", asked).id
    app = ran(app.switch_page("references.py").run())
    assert not app.error, "it did not end yet"
    jobs.cancel(full.workspace, app.session_state["asked-reference-upload"])
    assert "was cancelled" in ran(app.run()).info[0].value
