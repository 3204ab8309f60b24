"""Every page on a workspace that real calls have filled: the numbers, the pictures, the words."""

import json
import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import compare, distributions, gallery, jobs, neighbours, results, worker
from core.gallery import Query
from core.numbers import number
from pages.parts.links import PAGES
from pages.parts.numbers import SIGNS
from pages.parts.words import plain
from tests.pages.filled import EVIL, Full
from tests.pages.seen import Visit, cells, choose, component, event, ids, links, ran, words

HOG = "hog"


def figures(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def test_overview_shows_runs_headline_numbers_and_what_waits(full: Full, visit: Visit) -> None:
    app = visit("overview")
    said = words(app)
    assert [e.value for e in app.header] == ["blobs", plain(EVIL)]
    assert "2 of 3 checkpoints evaluated" in said
    assert "**2 evaluated checkpoints without a verdict**" in said, "the third was approved"
    value = results.every(full.workspace, full.true)[0].values["frechet"]
    assert f"{value.title} **{number(value.value)}**" in said
    assert "1 approve" in said
    (refused,) = app.error
    assert refused.value.startswith(plain("![y](evil).onnx: its output (1 per sample) is no picture"))


def test_trends_draw_every_headline_metric_and_more_on_request(full: Full, visit: Visit) -> None:
    app = visit("trends", run="blobs")
    assert len(figures(app)) == 6
    first = figures(app)[0]["data"][1]
    assert (first["x"], first["customdata"]) == ([1, 2], [full.noisy, full.true])
    assert first["y"][0] > first["y"][1]
    assert f"Last step against the one before: blobs {SIGNS['better']} better" in words(app)
    app.toggle(key="all").set_value(True)
    everything = len(results.every(full.workspace, full.true)[0].values)
    assert len(figures(ran(app.run()))) == everything > 6


def test_compare_says_the_sentence_and_lays_out_the_same_latents(full: Full, visit: Visit) -> None:
    app = visit("compare", a=full.noisy, b=full.true)
    answer = compare.compare(full.workspace, full.noisy, full.true)
    assert [e.value for e in app.success] == [plain(answer.sentence)]
    assert "blobs @ 2 is better than blobs @ 1" in answer.sentence
    table = cells(app)
    assert list(table["Metric"]) == [row.title for row in answer.judged]
    assert list(cells(app, 1)["Metric"]) == [row.title for row in answer.described]
    assert table["Verdict on B"][0] == "▲ better"
    strips = [ids(component(app, f"strip-{one}")) for one in (full.noisy, full.true)]
    for strip, one in zip(strips, (full.noisy, full.true), strict=True):
        assert strip == gallery.select(full.workspace, Query(full.sets[one])).ids[:10].tolist()
    back = visit("compare", a=full.true, b=full.noisy)
    assert "is worse than" in back.error[0].value
    (far,) = compare.compare(full.workspace, full.true, full.noisy).beside
    assert "from real pictures" in far
    assert plain(far) in words(back)


@pytest.mark.parametrize("page", ["compare", "checkpoints"])
def test_an_interval_that_does_not_hold_warns_beside_the_numbers(full: Full, visit: Visit, page: str) -> None:
    asked = {"a": full.noisy, "b": full.true} if page == "compare" else {"checkpoint": full.true}
    said = [one.value for one in visit(page, **asked).caption]
    values = results.every(full.workspace, full.true)[0].values
    for name in ("recall", "realism", "rarity", "authenticity", "nearest-cosine", "vendi", "cmmd"):
        assert any(plain(values[name].warning) in one for one in said), name


def test_compare_without_a_common_protocol_names_the_remedy(full: Full, visit: Visit) -> None:
    app = visit("compare", a=full.true, b=full.refused)
    assert "evaluate both against the same reference set" in app.warning[0].value


def test_gallery_sorts_and_filters_by_a_score(full: Full, visit: Visit) -> None:
    number = full.sets[full.true]
    app = visit("gallery", set=number, sort="nearest", descending="true")
    expected = gallery.select(full.workspace, Query(number, "nearest", descending=True))
    shown = component(app, f"gallery-{number}")
    assert ids(shown) == expected.ids.tolist()
    assert expected.values is not None
    assert (shown["vote"], shown["set"], shown["uuid"]) == (True, number, full.workspace.uuid)
    low = float(sorted(expected.values)[32])
    slider = app.slider[0]
    narrowed = ran(slider.set_value((low, slider.value[1])).run())
    assert "32 of 64 pictures" in words(narrowed)
    assert ids(component(narrowed, f"gallery-{number}")) == expected.ids[:32].tolist()


def test_gallery_filters_reference_pictures_by_label_and_part(full: Full, visit: Visit) -> None:
    app = choose(visit("gallery", set=full.reference), "Label", "dark")
    dark = gallery.select(full.workspace, Query(full.reference, label="dark"))
    assert ids(component(app, f"gallery-{full.reference}")) == dark.ids.tolist()
    control = visit("gallery", set=full.reference, part="control")
    assert len(ids(component(control, f"gallery-{full.reference}"))) == 8


def test_a_picture_opened_large_shows_its_file_label_and_scores(full: Full, visit: Visit) -> None:
    picture = int(gallery.select(full.workspace, Query(full.reference)).ids[3])
    said = words(visit("gallery", set=full.reference, image=picture))
    assert f"Picture {picture} · 16 × 16 · grey" in said
    assert plain("![") in said, "the file's name is shown, escaped"
    sample = int(gallery.select(full.workspace, Query(full.sets[full.true])).ids[5])
    app = visit("gallery", set=full.sets[full.true], image=sample)
    table = app.get("table")[0].value
    assert {"Nearest real picture", "Sharpness"} & set(table["Score"]), list(table["Score"])


def test_neighbours_are_those_of_the_core_and_a_click_goes_on(full: Full, visit: Visit) -> None:
    asked = int(gallery.select(full.workspace, Query(full.sets[full.true])).ids[0])
    app = visit("neighbours", set=full.reference, image=asked, extractor=HOG, measure="cosine", k=5)
    found = neighbours.of_image(full.workspace, asked, full.reference, HOG, "cosine", 5)
    shown = component(app, "nearest")
    assert ids(shown) == [n.image_id for n in found]
    assert shown["captions"][0] == f"{number(found[0].value)} · {found[0].label}"
    pairs = cells(app)
    assert len(pairs) == len(neighbours.pair(full.workspace, asked, found[0].image_id, full.reference))
    app = event(app, "nearest", opened=found[1].image_id)
    assert app.query_params["image"] == str(found[1].image_id)
    assert ids(component(app, "nearest"))[0] == found[1].image_id, "a reference picture is its own nearest"


def test_missing_vectors_offer_the_job_that_makes_them(full: Full, visit: Visit) -> None:
    app = visit("neighbours", set=full.reference, extractor="pixels")
    assert "no vectors under Raw pixels yet" in app.info[0].value
    ran(next(b for b in app.button if b.label == "Make the vectors now").click().run())
    job = jobs.every(full.workspace, active_only=True)[0]
    assert (job.kind, job.arguments["set_id"], job.arguments["extractor"]) == ("embed", full.reference, "pixels")


def test_distributions_and_the_tail_beyond_a_threshold(full: Full, visit: Visit) -> None:
    chosen = {"sample_set_id": full.sets[full.noisy], "reference_set_id": full.reference, "extractor": HOG}
    app = visit("distributions", set=full.sets[full.noisy], reference=full.reference, extractor=HOG)
    found = distributions.distributions(full.workspace, measure="euclidean", mode="nearest", **chosen)
    assert list(cells(app)["Pair"]) == [d.title for d in found]
    assert len(figures(app)) == 1
    middle = float(sorted(found[0].values)[32])
    app = ran(app.slider[0].set_value(middle).run())
    tail = distributions.tail(full.workspace, measure="euclidean", threshold=app.slider[0].value, below=True, **chosen)
    assert 28 <= tail.count <= 36
    assert f"**{tail.count} of 64**" in words(app)
    assert ids(component(app, "tail-gallery")) == [p.image_id for p in tail.pictures]


@pytest.mark.parametrize("measure", ["manhattan", "correlation"])
def test_distributions_under_another_measure(full: Full, visit: Visit, measure: str) -> None:
    set_id = full.sets[full.noisy]
    app = visit("distributions", set=set_id, reference=full.reference, extractor=HOG, measure=measure, mode="pairwise")
    found = distributions.distributions(
        full.workspace, sample_set_id=set_id, reference_set_id=full.reference, extractor=HOG, measure=measure,
        mode="pairwise",
    )  # fmt: skip
    assert list(cells(app)["50%"]) == [number(d.quantiles[0.5]) for d in found]
    axis = figures(app)[0]["layout"]["xaxis"]["title"]["text"]
    assert axis == {"manhattan": "Manhattan distance", "correlation": "1 − correlation"}[measure]


def test_features_of_prepared_pictures_are_asked_for_and_shown(full: Full, visit: Visit) -> None:
    app = visit("neighbours", set=full.reference, extractor=f"{HOG}+rotate-90")
    (box,) = [box for box in app.selectbox if box.label == "Features"]
    assert box.value == f"{HOG}+rotate-90"
    assert "turned 90°" in app.info[0].value
    choose(app, "Crop", "+centre-crop")
    ran(next(b for b in app.button if b.label == "Use these features").click().run())
    assert app.query_params["extractor"] == f"{HOG}+centre-crop"


@pytest.mark.slow
def test_a_checkpoint_has_its_smoothness_measured_and_shown(full: Full, visit: Visit) -> None:
    app = visit("checkpoints", checkpoint=full.true)
    ran(next(b for b in app.button if b.label == "Measure it").click().run())
    job = jobs.every(full.workspace, active_only=True)[0]
    assert (job.kind, job.arguments["checkpoint_id"]) == ("smoothness", full.true)
    (waiting,) = [b for b in visit("checkpoints", checkpoint=full.true).button if b.label == "Being measured"]
    assert waiting.disabled
    worker.run(full.workspace, until_idle=True)
    app = visit("checkpoints", checkpoint=full.true)
    (found,) = [t.value for t in app.table if "Median" in t.value]
    assert next(iter(found["Measured in"])).startswith("root mean square pixel")
    assert "over 500 latents" in words(app)


def test_checkpoints_show_what_was_found_and_why_one_was_refused(full: Full, visit: Visit) -> None:
    app = visit("checkpoints", checkpoint=full.true)
    said = words(app)
    assert "makes **16 × 16 grey** pictures" in said
    assert plain("see ![x](http://evil/x.png) <script>alert(1)</script>") in said
    values = results.every(full.workspace, full.true)[0].values.values()
    for shown, wanted in zip(app.table[:2], (True, False), strict=True):  # what judges, then what describes
        expected = [(v.title, number(v.value)) for v in values if (v.direction != "none") == wanted]
        assert list(zip(shown.value["Metric"], shown.value["Value"], strict=True)) == [
            (plain(title), plain(value)) for title, value in expected
        ]
        assert set(shown.value["n / m"]) == {"64\u00a0/\u00a064"}
    assert "defined by the Inception network of 2015" in said
    assert plain("blobs @ 2 is better than blobs @ 1") in "".join(link.label for link in app.get("page_link"))
    refused = visit("checkpoints", checkpoint=full.refused)
    assert "is no picture" in refused.error[0].value


def test_an_evaluation_is_asked_for_and_shown_as_a_job(full: Full, visit: Visit) -> None:
    app = visit("checkpoints", checkpoint=full.true)
    next(n for n in app.number_input if n.label == "Pictures to sample").set_value(48)
    app = ran(next(b for b in app.button if b.label == "Evaluate").click().run())
    job = jobs.every(full.workspace, active_only=True)[0]
    assert (job.kind, job.arguments["checkpoint_id"], job.arguments["n"]) == ("evaluate", full.true, 48)
    queue = visit("jobs", job=job.id)
    assert "No worker is running" in queue.warning[0].value
    cancelled = ran(next(b for b in queue.button if b.label == "Cancel").click().run())
    assert jobs.get(full.workspace, job.id).state == "cancelled"
    assert "cancelled just now" in words(cancelled)


def test_a_checkpoint_is_archived_and_brought_back(full: Full, visit: Visit) -> None:
    app = visit("checkpoints", checkpoint=full.evil)
    ran(next(b for b in app.button if b.label == "Archive").click().run())
    assert plain(EVIL) not in words(visit("overview"))
    back = visit("checkpoints", checkpoint=full.evil)
    ran(next(b for b in back.button if b.label == "Bring back").click().run())
    assert plain(EVIL) in words(visit("overview"))


def test_references_show_what_was_refused_and_why(full: Full, visit: Visit) -> None:
    app = visit("references", set=full.reference)
    assert [(m.label, m.value) for m in app.metric] == [("Pictures", "72"), ("Held out", "8"), ("Refused", "1")]
    refused = app.dataframe[0].value
    assert "broken.png" in refused["File"][0]
    assert "broken.png" in refused["Why"][0]
    assert len(ids(component(app, f"reference-{full.reference}"))) == 80


def test_jobs_show_the_cause_and_try_again(full: Full, visit: Visit) -> None:
    failed = next(job for job in jobs.every(full.workspace) if job.state == "failed")
    app = visit("jobs", job=failed.id)
    assert "is no picture" in app.error[0].value
    ran(next(b for b in app.button if b.label == "Retry").click().run())
    assert [job.arguments["checkpoint_id"] for job in jobs.every(full.workspace, active_only=True)] == [full.refused]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "query", "sentence"),
    [
        ("gallery", {"set": 99}, "Pictures: there is no 99 here"),
        ("gallery", {"set": "x"}, "Pictures: there is no x here"),
        ("gallery", {"image": 9999}, "There is no picture 9999"),
        ("gallery", {"image": "<b>"}, "is no image"),
        ("gallery", {"sort": "beauty"}, "Sort by: there is no beauty here"),
        ("checkpoints", {"checkpoint": 99}, "Checkpoint: there is no 99 here"),
        ("review", {"checkpoint": 99}, "Checkpoint: there is no 99 here"),
        ("neighbours", {"image": 9999, "extractor": HOG}, "There is no picture 9999"),
        ("neighbours", {"extractor": "dino"}, "Features: there is no dino here"),
        ("compare", {"a": 99}, "99 here"),
        ("distributions", {"reference": 99}, "Real: there is no 99 here"),
        ("references", {"set": 99}, "Reference set: there is no 99 here"),
        ("jobs", {"job": 99}, "There is no job 99"),
        ("trends", {"run": "none"}, "Runs: there is no none here"),
    ],
)
def test_unknown_ids_are_said(full: Full, visit: Visit, name: str, query: dict[str, object], sentence: str) -> None:
    warned = [e.value.replace("\\", "") for e in visit(name, **query).warning]
    assert any(sentence in warning for warning in warned), warned


@pytest.mark.slow
@pytest.mark.parametrize("name", [line.name for line in PAGES])
def test_names_from_outside_never_become_markdown_or_html(full: Full, visit: Visit, name: str) -> None:
    """A name like `![x](http://evil/x.png)` would make every reader's browser fetch it."""
    query = {
        "checkpoint": full.true if name == "checkpoints" else full.evil, "a": full.noisy, "b": full.evil,
        "set": full.reference if name in ("references", "neighbours") else full.sets[full.evil], "extractor": HOG,
        "image": int(gallery.select(full.workspace, Query(full.reference)).ids[0]) if name == "gallery" else None,
    }  # fmt: skip
    app = visit(name, **{k: v for k, v in query.items() if v is not None})
    said = words(app) + "\n".join(links(app)) + "\n".join(e.proto.help for e in app.markdown)
    active = re.sub(r"\\[\\`*_{}\[\]()#+\-.!|<>$~:&]", "", said)  # what Markdown acts on
    for raw in ("[x]", "](", "<", "http:", "evil/x.png"):
        assert raw not in active
    assert not any("evil" in e.proto.body for e in app.get("html"))
    if name in ("overview", "compare", "gallery", "checkpoints", "jobs"):
        assert "\\!\\[" in said, "the name is there"
