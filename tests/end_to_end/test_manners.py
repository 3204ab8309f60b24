"""What only a real browser shows: the back button, a narrow window, what is said of an upload that is no good."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.end_to_end.conftest import Open
from tests.end_to_end.steps import Visitor, choose_files, fill, unfold

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_back_and_forward_go_one_view_at_a_time(visitor: Visitor, evaluated: tuple[int, int]) -> None:
    one, two = evaluated
    visitor.go(f"/checkpoints?checkpoint={one}")
    visitor.pick("Checkpoint", "blobs @ 2")
    expect(visitor.page.get_by_role("heading", name="blobs @ 2")).to_be_visible()
    visitor.page.get_by_role("link", name="Gallery").first.click()
    expect(visitor.page.get_by_role("heading", name="Gallery")).to_be_visible()
    visitor.idle()
    assert visitor.page.url.endswith("/gallery"), "a page that is only looked at writes nothing into the address"
    visitor.page.go_back()
    expect(visitor.page.get_by_role("heading", name="blobs @ 2")).to_be_visible()
    assert visitor.page.url.endswith(f"checkpoint={two}")
    visitor.page.go_back()
    expect(visitor.page.get_by_role("heading", name="blobs @ 1")).to_be_visible()
    visitor.page.go_forward()
    expect(visitor.page.get_by_role("heading", name="blobs @ 2")).to_be_visible()


def test_nothing_scrolls_sideways_on_a_phone(window: Open, evaluated: tuple[int, int]) -> None:
    visitor = window(viewport={"width": 400, "height": 900})
    for path in ("/", "/trends", "/compare", f"/checkpoints?checkpoint={evaluated[0]}", "/distributions?extractor=hog"):
        visitor.go(path)
        wider = "e => e.scrollWidth - e.clientWidth"
        assert visitor.page.get_by_test_id("stMain").evaluate(wider) == 0, path
        for table in visitor.page.get_by_test_id("stTable").all():
            assert table.evaluate(wider) == 0, path
    visitor.go("/compare")
    cell = visitor.page.get_by_test_id("stTable").locator("tbody tr").first.locator("td").nth(2)
    assert "A " in cell.locator("p").evaluate("e => getComputedStyle(e, '::before').content"), "its heading"


def test_an_upload_that_is_no_good_is_said_on_the_page(visitor: Visitor, reference: int, tmp_path: Path) -> None:
    (tmp_path / "faces.zip").write_bytes(b"no zip at all")
    visitor.go("/references")
    unfold(visitor, "Add real pictures")
    choose_files(visitor, tmp_path / "faces.zip")
    fill(visitor.page.get_by_role("textbox", name="Name"), "faces")
    visitor.page.get_by_role("button", name="Take them in").click()
    expect(visitor.page.get_by_text("faces.zip: not a whole zip")).to_be_visible()
    expect(visitor.page.get_by_role("textbox", name="Name")).to_be_visible()
