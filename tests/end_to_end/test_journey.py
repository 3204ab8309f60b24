"""The whole way in a browser: real pictures and checkpoints in, evaluated, looked at, judged; all of it stored."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from core import checkpoints, compare, distributions, gallery, results
from core.gallery import Query
from core.workspace import Workspace
from pages.parts.links import PAGES
from tests.end_to_end.conftest import Open, start, stop
from tests.end_to_end.steps import Visitor, choose_files, evaluate, fill, register, set_of, tiles, unfold

REAL = Path(__file__).parents[2] / "../shared/real/checkpoints/fashion-dcgan-keras2.3.h5"
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_overview_leads_to_the_newest_checkpoint(
    visitor: Visitor, stored: Workspace, evaluated: tuple[int, int]
) -> None:
    visitor.go("/")
    expect(visitor.page.get_by_text("2 of 2 checkpoints evaluated")).to_be_visible()
    visitor.page.get_by_role("link", name="step 2", exact=True).first.click()
    visitor.page.wait_for_url(f"**/checkpoints?checkpoint={evaluated[1]}")


def test_gallery_shows_pictures_and_opens_one_by_keyboard(
    visitor: Visitor, stored: Workspace, evaluated: tuple[int, int]
) -> None:
    number = set_of(stored, evaluated[1])
    visitor.go(f"/gallery?set={number}&sort=nearest")
    expected = gallery.select(stored, Query(number, "nearest")).ids
    grid = visitor.page.get_by_role("listbox").first
    expect(grid.get_by_role("option").first).to_have_attribute("aria-setsize", "64")
    picture = grid.locator("img").first
    assert f"/{expected[0]}?" in picture.get_attribute("src")
    visitor.page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())
    grid.get_by_role("option").first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "Enter"):
        visitor.page.keyboard.press(key)
    visitor.page.wait_for_url(re.compile(rf"image={expected[1]}\b"))
    expect(visitor.page.get_by_text(f"Picture {expected[1]} · 16 × 16 · grey")).to_be_visible()


def test_neighbours_of_a_stored_picture_and_of_one_uploaded_on_the_spot(
    visitor: Visitor, stored: Workspace, reference: int, evaluated: tuple[int, int], material: Path
) -> None:
    visitor.go(f"/neighbours?set={reference}&extractor=hog&k=6")
    nearest = tiles(visitor, "Nearest pictures")
    expect(nearest).to_have_count(6)
    second = nearest.nth(1).locator("img").get_attribute("src").split("/")[-1].split("?")[0]
    nearest.nth(1).click()
    visitor.page.wait_for_url(re.compile(rf"image={second}\b"))
    expect(nearest.first.locator(".caption")).to_have_text(re.compile(r"^0 "))
    own = sorted((material / "real" / "dark").glob("!*.png"))[0]
    Image.open(own).save(material / "mine.png")
    visitor.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(material / "mine.png")
    expect(visitor.page.get_by_text("mine.png").first).to_be_visible()
    expect(nearest.first.locator(".caption")).to_have_text(re.compile("^0 .*dark"))


def test_the_tail_of_the_distances_follows_the_threshold(
    visitor: Visitor, stored: Workspace, reference: int, evaluated: tuple[int, int]
) -> None:
    number = set_of(stored, evaluated[0])
    visitor.go(f"/distributions?set={number}&reference={reference}&extractor=hog")
    expect(visitor.page.locator(".js-plotly-plot").first).to_be_visible()
    slider = visitor.page.get_by_role("slider").first
    slider.focus()
    slider.press("End")
    expect(visitor.page.get_by_text("64 of 64 generated pictures")).to_be_visible()
    chosen = {"sample_set_id": number, "reference_set_id": reference, "extractor": "hog", "measure": "euclidean"}
    (series, *_) = distributions.distributions(stored, mode="nearest", **chosen)
    nearest = gallery.select(stored, Query(number)).ids[int(np.argmin(series.values))]
    first = tiles(visitor, "Generated pictures beyond the threshold").first
    assert f"/{nearest}?" in first.locator("img").get_attribute("src")


def test_a_click_on_a_point_of_a_trend_opens_its_checkpoint(visitor: Visitor, evaluated: tuple[int, int]) -> None:
    visitor.go("/trends?run=blobs")
    chart = visitor.page.locator(".js-plotly-plot").first
    point = chart.locator(".scatterlayer .points path").nth(1)
    point.wait_for(state="attached")
    chart.scroll_into_view_if_needed()
    box = point.bounding_box()
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.wait_for_url(f"**/checkpoints?checkpoint={evaluated[1]}")


def test_compare_answers_in_a_sentence(visitor: Visitor, stored: Workspace, evaluated: tuple[int, int]) -> None:
    visitor.go(f"/compare?a={evaluated[0]}&b={evaluated[1]}")
    sentence = compare.compare(stored, *evaluated).sentence
    assert "blobs @ 2 is better than blobs @ 1" in sentence
    expect(visitor.page.get_by_text(sentence)).to_be_visible()
    expect(tiles(visitor, "blobs @ 1")).to_have_count(10)


@pytest.mark.parametrize("name", [line.name for line in PAGES])
def test_no_page_is_wider_than_a_telephone(window: Open, evaluated: tuple[int, int], name: str) -> None:
    visitor = window(viewport={"width": 400, "height": 800})
    visitor.go(f"{'/' if name == PAGES[0].name else '/' + name}?checkpoint={evaluated[1]}&extractor=hog")
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    wide = visitor.page.evaluate(
        """() => [document.documentElement, document.body, document.querySelector('[data-testid=stMain]')]
               .map(e => e.scrollWidth - Math.min(e.clientWidth, innerWidth))"""
    )
    assert wide == [0, 0, 0]


def test_an_unknown_checkpoint_in_the_address_is_said(visitor: Visitor, evaluated: tuple[int, int]) -> None:
    visitor.go("/checkpoints?checkpoint=9999")
    expect(visitor.page.get_by_text("there is no 9999 here")).to_be_visible()


def test_a_file_that_is_no_model_is_refused_by_name(
    visitor: Visitor, stored: Workspace, evaluated: tuple[int, int], material: Path
) -> None:
    (material / "holiday.h5").write_text("hello")
    visitor.go("/checkpoints")
    unfold(visitor, "Register a checkpoint")
    choose_files(visitor, material / "holiday.h5")
    fill(visitor.page.get_by_role("textbox", name="Run"), "none")
    visitor.page.get_by_role("button", name="Register", exact=True).click()
    expect(visitor.page.get_by_text(re.compile("holiday.h5.*not a model"))).to_be_visible()
    assert checkpoints.every(stored, run="none") == []


def test_the_first_request_of_a_fresh_server_goes_through_the_navigation(window: Open, tmp_path: Path) -> None:
    """Streamlit would run `pages/jobs.py` alone, without the list of pages, if its own `pages` mode came first."""
    process, address = start(tmp_path / "workspace", "--no-worker")
    try:
        visitor = window(address)
        visitor.go("/jobs")
        expect(visitor.page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
        links = visitor.page.get_by_test_id("stSidebarNavLink")
        expect(links).to_have_count(len(PAGES))
        assert [text.split("\n")[-1] for text in links.all_inner_texts()] == [line.title for line in PAGES]
        visitor.context.close()
    finally:
        stop(process)


@pytest.mark.tensorflow
@pytest.mark.skipif(not REAL.exists(), reason="needs the shared real checkpoints")
def test_a_keras_file_of_other_people_is_registered_and_evaluated(
    visitor: Visitor, stored: Workspace, evaluated: tuple[int, int]
) -> None:
    number = register(visitor, REAL, "fashion", 3)
    expect(visitor.page.get_by_text("28 × 28 grey")).to_be_visible()
    evaluate(visitor, number)
    (evaluation,) = results.every(stored, number)
    assert evaluation.values["kid"].n == 64
    assert checkpoints.get(stored, number).spec["value_range"] == "tanh"
