"""The page Self-check: the job is offered, then the findings are shown as core says them."""

import html
import re

import pytest

from core import jobs, reports
from core.figures.self_check import signed
from core.progress import silent
from core.reports import blind_spots
from pages.parts.words import plain
from tests.pages.filled import Full
from tests.pages.seen import Visit, cells, choose, component, ids, ran, words

pytestmark = pytest.mark.slow
SELF_CHECK = reports.get("self-check")


def test_the_job_is_offered_once_for_each_kind_of_features(full: Full, visit: Visit) -> None:
    app = visit("self_check", set=full.reference, extractor="lbp")
    ran(next(b for b in app.button if b.label == "Check the metrics").click().run())
    (job,) = jobs.every(full.workspace, active_only=True)
    assert (job.kind, job.arguments["reference_set_id"], job.arguments["extractor"]) == (
        "self-check", full.reference, "lbp",
    )  # fmt: skip
    waiting = visit("self_check", set=full.reference, extractor="lbp")
    assert any("Under way" in one.value for one in waiting.header)
    assert "Check the metrics" not in [b.label for b in waiting.button]
    other = visit("self_check", set=full.reference, extractor="hog")
    assert "Check the metrics" in [b.label for b in other.button], "that is another report"


def test_the_findings_are_those_of_the_core(full: Full, visit: Visit) -> None:
    asked = {"reference_set_id": full.reference, "extractor": "lbp"}
    result = reports.make(full.workspace, SELF_CHECK, asked, silent).result
    app = visit("self_check", set=full.reference, extractor="lbp")
    said = words(app)
    warnings = [s.text for s in blind_spots.sentences(result) if s.warns]
    assert warnings
    assert all(plain(text) in said for text in warnings)
    lines, sees = blind_spots.at(result, "strong")
    (drawn,) = (e.proto.body for e in app.get("html") if 'class="heat"' in e.proto.body)
    assert re.findall(r'<th scope="col"><span>(.*?)</span>', drawn) == [p["title"] for p in lines]
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', drawn)
    cells_of = {html.unescape(name): re.findall("<td[^>]*>(.*?)</td>", row) for name, row in rows}
    assert {len(row) for row in cells_of.values()} == {len(lines)}, "every planted change, on a narrow page too"
    places = [p["plant"] for p in lines]
    assert all(cells_of[r.title][places.index(r.plant)] == signed(r.errors) for r in sees)
    assert sum(text != "" for row in cells_of.values() for text in row) == len(sees)
    table = cells(app)
    assert len(table) == len(blind_spots.by_plant(sees))
    shown = component(app, "planted")
    assert ids(shown) == [line["image_ids"][0] for line in lines if line["image_ids"]]
    light = choose(app, "Planted", "light")
    assert light.query_params["strength"] == "light"
    assert "half of the modes half as frequent" in " ".join(cells(light)["Planted"])


def test_one_that_was_asked_for_by_other_numbers_is_shown_until_there_is_the_usual_one(
    full: Full, visit: Visit
) -> None:
    asked = {"reference_set_id": full.reference, "extractor": "colour-histogram"}
    made = reports.make(full.workspace, SELF_CHECK, {**asked, "n": 22, "seed": 3}, silent)
    assert reports.newest(full.workspace, SELF_CHECK, asked) == made
    assert reports.newest(full.workspace, SELF_CHECK, {**asked, "extractor": "hog"}) is None
    assert "one comparison of 22 with 22" in words(
        visit("self_check", set=full.reference, extractor="colour-histogram")
    )
