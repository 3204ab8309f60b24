"""Copies, missing modes and slices: offered, under way, full, with nothing to find and with everything wrong."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import checkpoints, evaluate, gallery, images, jobs, reports, results, review, worker
from core.gallery import Query
from core.progress import silent
from core.reports import ReportView, copies, missing, slices
from core.reports.sides import arguments, measured
from core.review import Subject
from pages.parts.words import plain
from tests.pages.filled import Full
from tests.pages.seen import Visit, cells, choose, component, event, ids, links, ran, words

pytestmark = pytest.mark.slow

PAGES = {"copies": "copies", "missing_modes": "missing", "slices": "slices"}


def report(full: Full, kind: str, checkpoint: int, by: str = "label") -> ReportView:
    view = measured(full.workspace, checkpoint)
    asked = arguments(view)
    if kind == "slices":
        asked = slices.arguments(full.workspace, view.set_id, view.reference_set_id, view.extractor, by)
    return reports.make(full.workspace, reports.get(kind), asked, silent)


def copyist(full: Full, folder: Path) -> int:
    """A checkpoint that makes the reference's own pictures."""
    np.save(folder / "same.npy", np.stack(images.load(full.workspace, full.reference, 0, 64)))
    number = checkpoints.register(full.workspace, folder / "same.npy", run="copyist", step=1).id
    evaluate.evaluate(full.workspace, number, full.reference, extractor="hog", n=64)
    return number


@pytest.mark.parametrize("page", PAGES)
def test_a_report_is_offered_asked_for_and_shown_when_it_is_there(full: Full, visit: Visit, page: str) -> None:
    app = visit(page, checkpoint=full.noisy)
    (button,) = app.button
    ran(button.click().run())
    (job,) = jobs.every(full.workspace, active_only=True)
    assert (job.kind, job.arguments["sample_set_id"]) == (PAGES[page], full.sets[full.noisy])
    assert "blobs @ 1" in job.title
    waiting = visit(page, checkpoint=full.noisy)
    assert [e.value.split(" ", 1)[1] for e in waiting.header] == ["Under way"]
    assert not waiting.button
    worker.run(full.workspace, until_idle=True)
    done = visit(page, checkpoint=full.noisy)
    assert not done.button
    assert done.selectbox[0].value == full.noisy
    assert len(words(done)) > 200


@pytest.mark.parametrize("page", PAGES)
def test_a_checkpoint_that_was_not_measured_says_so(full: Full, visit: Visit, page: str) -> None:
    app = visit(page, checkpoint=full.refused)
    assert app.header[0].value.endswith("Not measured yet")
    assert links(app) == {"Evaluate it"}


def test_copies_show_the_pairs_beside_those_of_the_control(full: Full, visit: Visit) -> None:
    found = copies.read(full.workspace, report(full, "copies", full.noisy))
    app = visit("copies", checkpoint=full.noisy)
    assert app.info[0].value == plain(found.sentence)
    expected = copies.pairs(full.workspace, found)
    assert ids(component(app, "copies-made")) == [i for p in expected for i in (p.image_id, p.nearest_id)]
    assert len(ids(component(app, "copies-control"))) == 2 * 8
    assert list(cells(app)["As near as"]) == ["any held-out, by pixels", "any held-out, by features"]
    (box,) = [box for box in app.selectbox if box.label == "Most suspicious first by"]
    assert box.options == ["Either", "Pixels", "Features (Oriented gradients (HOG))"], "they are no deep ones"
    later = visit("copies", checkpoint=full.noisy, space="pixels", place=5)
    assert ids(component(later, "copies-made"))[0] == copies.pairs(full.workspace, found, "pixels", 1, 4)[0].image_id
    opened = event(app, "copies-made", opened=expected[0].nearest_id)
    assert opened.title[0].value == "Gallery"
    assert "blobs v1" in words(opened), "a real picture is opened among the real ones"


def test_a_copyist_is_shown_and_misses_nothing(full: Full, visit: Visit, tmp_path: Path) -> None:
    number = copyist(full, tmp_path)
    answer = report(full, "copies", number)
    app = visit("copies", checkpoint=number)
    assert "more are close to one real picture than chance explains" in app.warning[0].value
    found = copies.read(full.workspace, answer)
    shown = visit("gallery", set=found.sample_set_id, report=answer.id, group="both")
    assert "64 of 64 pictures" in words(shown)
    report(full, "missing", number)
    app = visit("missing_modes", checkpoint=number)
    assert app.success[0].value.startswith("Nothing is missing")
    assert app.header[0].value.endswith("None at all")
    report(full, "slices", number)
    assert "Coverage 1" in visit("slices", checkpoint=number).info[0].value


def test_missing_modes_lead_to_the_gallery(full: Full, visit: Visit) -> None:
    made = report(full, "missing", full.noisy)
    found = missing.read(full.workspace, made)
    app = visit("missing_modes", checkpoint=full.noisy)
    said = [*app.warning, *app.success][0].value
    assert said == plain(found.sentence)
    first = found.left_out.clusters[0]
    assert ids(component(app, "cluster-left-out-1")) == first.image_ids[:60]
    assert f"All {first.size} in the gallery" in links(app)
    opened = event(app, "cluster-left-out-1", opened=first.image_ids[0])
    assert opened.title[0].value == "Gallery"
    assert ids(component(opened, f"gallery-{full.reference}")) == first.image_ids
    assert "Only:" in words(opened)
    part = visit("gallery", set=full.reference, report=made.id, group="left-out-1")
    everything = ran(next(b for b in part.button if b.label == "Show all pictures").click().run())
    assert len(ids(component(everything, f"gallery-{full.reference}"))) == 80
    assert "report" not in everything.query_params
    off = choose(visit("missing_modes", checkpoint=full.noisy), "Look at", "off")
    assert ids(component(off, "cluster-off-1")) == found.off.clusters[0].image_ids[:60]


def test_slices_change_with_metric_and_slice(full: Full, visit: Visit) -> None:
    made = report(full, "slices", full.noisy)
    coverage = slices.read(made, "coverage")
    app = visit("slices", checkpoint=full.noisy)
    assert app.info[0].value == plain(coverage.sentence)
    assert list(cells(app)["Slice"]) == [one.name for one in coverage.rows]
    worst = coverage.rows[0]
    group = reports.group(full.workspace, made.id, f"reference-{worst.number}")
    assert ids(component(app, "slice-reference")) == gallery.select(
        full.workspace, Query(full.reference, positions=tuple(group.positions))
    ).ids.tolist()  # fmt: skip
    kid = visit("slices", checkpoint=full.noisy, metric="kid")
    assert "Real vs real" in cells(kid) if kid.table else "No slice has" in kid.info[0].value
    assert "Slice by: there is no tag here" in visit("slices", checkpoint=full.noisy, by="tag").warning[0].value
    ids_of = gallery.select(full.workspace, Query(full.sets[full.noisy])).ids
    review.set_tags(full.workspace, Subject(image_id=int(ids_of[0])), ["odd"])
    by_tag = visit("slices", checkpoint=full.noisy, by="tag")
    by_tag.button[0].click().run()
    worker.run(full.workspace, until_idle=True)
    assert "Too small for a value" in words(visit("slices", checkpoint=full.noisy, by="tag", metric="precision"))


def test_the_way_back_from_the_gallery_leads_to_the_same_report(full: Full, visit: Visit) -> None:
    """Streamlit leaves the gallery's address on the page that was left: the report in it tells the rest."""
    made = report(full, "missing", full.noisy)
    app = visit("missing_modes", set=full.reference, report=made.id, group="left-out-1")
    assert app.selectbox[0].value == full.noisy
    assert app.selectbox[0].value != results.every(full.workspace)[0].checkpoint_ids[0]
    clusters = report(full, "slices", full.true, by="cluster")
    app = visit("slices", report=clusters.id)
    assert [box.value for box in app.selectbox if box.label in ("Checkpoint", "Slice by")] == [full.true, "cluster"]


def test_a_checkpoint_leads_to_its_reports(full: Full, visit: Visit) -> None:
    assert {"Copies", "Missing modes", "Slices"} <= links(visit("checkpoints", checkpoint=full.true))


@pytest.mark.parametrize(("number", "group"), [("99", "both"), ("x", ""), ("1", "../x")])
def test_a_group_that_is_not_there_is_said_and_all_pictures_shown(
    full: Full, visit: Visit, number: str, group: str
) -> None:  # fmt: skip
    report(full, "copies", full.true)
    app: AppTest = visit("gallery", set=full.sets[full.true], report=number, group=group)
    assert app.warning or app.error
    assert "64 of 64 pictures" in words(app)
    assert results.every(full.workspace)
