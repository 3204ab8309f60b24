"""The page Choose a measure: the job is offered, then the ranking is shown as core made it."""

import json

import pytest

from core import jobs, reports
from core.progress import silent
from core.reports.leaders import first_of_each
from pages.parts.words import plain
from tests.pages.filled import Full
from tests.pages.seen import Visit, cells, choose, component, ids, ran, words

pytestmark = pytest.mark.slow
CHOOSE = reports.get("choose")


def test_the_job_is_offered_for_what_the_set_has(full: Full, visit: Visit) -> None:
    app = choose(visit("choose", set=full.reference), "The same is what shares", "augmentations")
    ran(next(b for b in app.button if b.label == "Try them all").click().run())
    (job,) = jobs.every(full.workspace, active_only=True)
    assert (job.kind, job.arguments["reference_set_id"], job.arguments["by"]) == (
        "choose", full.reference, "augmentations",
    )  # fmt: skip
    waiting = choose(visit("choose", set=full.reference), "The same is what shares", "augmentations")
    assert any("Under way" in one.value for one in waiting.header)
    assert "Try them all" not in [b.label for b in waiting.button]


def test_the_ranking_is_that_of_the_core(full: Full, visit: Visit) -> None:
    asked = {"reference_set_id": full.reference, "by": "labels", "extractors": ["hog", "lbp"]}
    result = reports.make(full.workspace, CHOOSE, asked, silent).result
    app = visit("choose", set=full.reference)
    app = ran(app.multiselect[0].set_value(["lbp", "hog"]).run())
    said = words(app)
    assert plain(result["reason"]) in app.success[0].value
    assert "belong together" in said
    (chart,) = (json.loads(element.proto.spec) for element in app.get("plotly_chart"))
    drawn = {title for trace in chart["data"] for title in trace["y"]}
    assert drawn == {row["title"] for row in first_of_each(result)}
    table = cells(app)
    assert list(table["Features, measure"]) == [row["title"] for row in result["rows"]]
    some = [i for one in result["disagreements"][:6] for i in one["image_ids"]]
    assert ids(component(app, "disagree-0")) == some
