"""The page Extractors: what is there, what is missing, bringing one, reading it otherwise, a first look."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import embeddings, evaluate, images, jobs, own_extractors, trial, worker
from core.embeddings import NotEmbedded
from core.errors import BadInput
from core.settings import Settings
from core.workspace import Workspace
from pages.parts.words import plain
from tests.extractor_models import patches
from tests.pages.filled import EVIL, Full
from tests.pages.seen import Visit, component, ids, ran, words


def work() -> None:
    """A worker with the settings of now does what was asked for."""
    place = Workspace(Settings.from_env())
    worker.run(place, until_idle=True)
    place.close()


def press(app: AppTest, label: str) -> AppTest:
    return ran(next(button for button in app.button if button.label == label).click().run())


def fill(app: AppTest, key: str, text: str) -> AppTest:
    return ran(app.text_input(key=key).set_value(text).run())


def test_what_is_missing_is_said_with_file_and_place_and_can_be_asked_for(full: Full, visit: Visit) -> None:
    app = visit("extractors", extractor="inception-2015-tf")
    (said,) = [e.value for e in app.info]
    assert plain("classify_image_graph_def.pb") in said
    assert plain(str(full.workspace.models)) in said
    press(app, "Fetch them now")
    (job,) = [one for one in jobs.every(full.workspace) if one.kind == "fetch"]
    assert (job.state, job.arguments) == ("queued", {"published": "inception-2015-tf"})
    rows = visit("extractors").table[-1].value
    states = dict(zip(rows["Extractor"], rows["State"], strict=True))
    assert (states["hog"], states[plain("inception-2015-clean")]) == ("ready", "needs weights")


@pytest.mark.slow
def test_a_network_is_brought_by_path_shown_read_otherwise_and_archived(
    full: Full, visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROOFSHEET_READABLE", str(tmp_path))
    file = patches(tmp_path / f"{EVIL[2:5]}net.onnx")
    app = visit("extractors")
    fill(app, "extractor-name", "mine")
    fill(app, "extractor-path", str(file))
    fill(app, "mean-new", "0.5, 0.5, 0.5")
    press(app, "Bring it in")
    work()
    app = ran(app.run())
    assert app.query_params["extractor"] in ("mine", ["mine"])
    said = words(app)
    assert app.subheader[0].value == plain("mine v1 (own)")
    assert plain(file.name) in said
    table = app.table[0].value.set_index("Setting")
    assert table.loc["mean"].tolist() == [plain("0.5, 0.5, 0.5"), "you"]
    assert table.loc["side"].tolist() == ["32", "the file, or the default"]
    app = visit("extractors", extractor="mine")
    app.text_input(key="side-mine-1").set_value("no number")
    app = press(app, "Try it as the next version")
    assert "is no whole number" in app.error[0].value
    app.text_input(key="side-mine-1").set_value("32")
    app.selectbox(key="filter-mine-1").set_value("box")
    press(app, "Try it as the next version")
    work()
    newest = own_extractors.versions(full.workspace, "mine")[0]
    assert (newest.version, newest.settings["filter"], newest.settings["mean"]) == (2, "box", [0.5, 0.5, 0.5])
    app = press(visit("extractors", extractor="mine"), "Archive")
    assert own_extractors.versions(full.workspace, "mine")[0].archived
    assert "mine" not in app.table[-1].value["Extractor"].tolist()
    assert "archived" in words(visit("extractors", extractor="mine"))


def test_a_network_that_is_refused_is_said_on_the_page(
    full: Full, visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROOFSHEET_READABLE", str(tmp_path))
    app = visit("extractors")
    fill(app, "extractor-name", "mine")
    fill(app, "extractor-path", str(patches(tmp_path / "net.onnx", side="s")))
    press(app, "Bring it in")
    work()
    app = ran(app.run())
    assert "does not fix the size of its pictures" in app.error[0].value
    assert own_extractors.kinds(full.workspace) == ()


def test_own_ones_are_offered_where_features_are_chosen(full: Full, visit: Visit, tmp_path: Path) -> None:
    own_extractors.add(full.workspace, "mine", patches(tmp_path / "net.onnx"))
    for page, label in (("neighbours", "Features"), ("distributions", "Features"), ("checkpoints", "Features")):
        query = {"checkpoint": full.true} if page == "checkpoints" else {"extractor": "mine"}
        app = visit(page, **query)
        boxes = [box for box in app.selectbox if box.label == label]
        assert any("mine v1 (own)" in box.options for box in boxes), page


def test_a_first_look_shows_what_the_extractor_thinks_alike(full: Full, visit: Visit) -> None:
    app = visit("extractors", extractor="hog", set=full.reference)
    app = ran(next(t for t in app.toggle if t.label == "Look").set_value(True).run())
    found = trial.trial(full.workspace, "hog", full.reference)
    assert ids(component(app, "look-one")) == [found.image_id]
    assert ids(component(app, "look-near")) == [one.image_id for one in found.nearest]


def test_a_look_compares_around_the_mean_and_stores_nothing(full: Full) -> None:
    found = trial.trial(full.workspace, "hog", full.reference, position=5, k=3)
    pictures = images.load(full.workspace, full.reference, 0, trial.AMONG)
    vectors = embeddings.build(full.workspace, "hog").embed(pictures).astype(float)
    vectors -= vectors.mean(axis=0)
    cosine = vectors @ vectors[5] / np.linalg.norm(vectors, axis=1) / np.linalg.norm(vectors[5])
    cosine[5] = -2
    assert np.allclose([one.similarity for one in found.nearest], np.sort(cosine)[::-1][:3], atol=1e-5)
    assert found.among == trial.AMONG
    trial.trial(full.workspace, "lbp", full.reference)
    assert embeddings.find(full.workspace, full.reference, "lbp") is None
    with pytest.raises(BadInput, match="no picture 48"):
        trial.trial(full.workspace, "hog", full.reference, position=48)
    with pytest.raises(NotEmbedded):
        trial.trial(full.workspace, "sift-words", full.reference)


@pytest.mark.slow
def test_pages_name_no_version_that_does_not_hold_for_what_they_show(full: Full, visit: Visit, tmp_path: Path) -> None:
    """A chip on Trends stands for all versions of an extractor, and so does the heading over their lines; a report is
    made with the newest."""
    own_extractors.add(full.workspace, "mine", patches(tmp_path / "net.onnx"))
    evaluate.evaluate(full.workspace, full.noisy, full.reference, extractor="mine", n=64)
    app = visit("trends", run="blobs", features="mine")
    assert app.multiselect[2].options[0] == "mine v1 (own)", "the only one that was measured"
    assert any(e.value.startswith("**Fréchet distance (mine v1)**") for e in app.markdown)
    own_extractors.revise(full.workspace, "mine", {"value_range": "-1..1"})
    evaluate.evaluate(full.workspace, full.noisy, full.reference, extractor="mine", n=64)
    app = visit("trends", run="blobs", features="mine")
    assert app.multiselect[2].options[0] == "mine (own)"
    assert any(e.value.startswith("**Fréchet distance** ") for e in app.markdown)
    (lines,) = {e.value for e in app.markdown if e.value.startswith("- ")}
    assert all(plain(f"mine v{n} (own)") in line for n, line in enumerate(lines.split("\n"), 1))
    assert plain("version of the extractor mine: 1 against 2") in words(app)
    against = next(box for box in visit("copies", checkpoint=full.noisy).selectbox if box.label == "Against")
    assert [text for text in against.options if "mine" in text] == ["blobs v1 · mine v2 (own) · n 64 · seed 0"]
