"""Review by keyboard: never a lost key press, whatever the network, the reload or the other reviewer does."""

from itertools import cycle, islice

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from core import review
from core.review import Subject
from core.workspace import Workspace
from storage.tables import Vote
from tests.end_to_end.conftest import Open
from tests.end_to_end.steps import Visitor, set_of, tiles

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
KEYS = {"a": "approve", "r": "reject", "u": "unsure"}
DELIVERED = """() => Object.keys(localStorage).filter(k => k.startsWith('proofsheet-votes-'))
                     .every(k => JSON.parse(localStorage[k]).entries.length === 0)"""


def focus(visitor: Visitor, path: str) -> list[int]:
    """The first picture of the page's grid gets the keyboard; gives the pictures in their order."""
    visitor.go(path)
    options = visitor.page.get_by_role("listbox", name="blobs @").get_by_role("option")
    expect(options.first).to_be_visible()
    visitor.page.get_by_role("listbox", name="blobs @").evaluate("e => e.scrollIntoView({block: 'start'})")
    options.first.focus()
    return [int(s.split("/")[-1].split("?")[0]) for s in options.locator("img").evaluate_all("l => l.map(e => e.src)")]


def press(visitor: Visitor, count: int) -> list[str]:
    """As fast as the browser takes them."""
    keys = list(islice(cycle(KEYS), count))
    for key in keys:
        visitor.page.keyboard.press(key)
    return [KEYS[key] for key in keys]


def votes(stored: Workspace) -> int:
    with stored.database.read() as session:
        return session.scalar(select(func.count()).select_from(Vote)) or 0


def test_twenty_quick_key_presses_are_all_stored_and_still_there_after_a_reload(
    visitor: Visitor, stored: Workspace, evaluated: tuple[int, int]
) -> None:
    pictures = focus(visitor, f"/review?checkpoint={evaluated[1]}")
    before = votes(stored)
    said = press(visitor, 20)
    visitor.page.wait_for_function(DELIVERED)
    assert votes(stored) - before == 20
    assert review.verdicts(stored, pictures[:20]) == dict(zip(pictures, said, strict=False))
    visitor.page.reload()
    visitor.idle()
    expect(visitor.page.locator(".mark")).to_have_count(20)
    assert visitor.page.locator(".mark").all_inner_texts() == [{"a": "✓", "r": "✗", "u": "?"}[v[0]] for v in said]


def test_key_presses_that_a_reload_cuts_off_are_delivered_by_the_next_page(
    visitor: Visitor, stored: Workspace, evaluated: tuple[int, int]
) -> None:
    pictures = focus(visitor, f"/gallery?set={set_of(stored, evaluated[0])}")
    said = press(visitor, 20)
    visitor.page.reload()
    visitor.idle()
    visitor.page.wait_for_function(DELIVERED)
    assert review.verdicts(stored, pictures[:20]) == dict(zip(pictures, said, strict=False))


def test_key_presses_without_a_connection_are_delivered_when_it_is_back(
    visitor: Visitor, stored: Workspace, evaluated: tuple[int, int]
) -> None:
    pictures = focus(visitor, f"/gallery?set={set_of(stored, evaluated[0])}&verdict=unseen")
    before = votes(stored)
    visitor.context.set_offline(True)
    press(visitor, 5)
    visitor.context.set_offline(False)
    visitor.page.wait_for_function(DELIVERED)
    assert votes(stored) - before == 5
    assert len(review.verdicts(stored, pictures[:20])) == 5


def test_two_windows_on_one_picture_keep_both_voices_and_the_later_one_counts(
    window: Open, stored: Workspace, evaluated: tuple[int, int]
) -> None:
    one, two = window(), window()
    path = f"/review?checkpoint={evaluated[0]}"
    pictures = focus(one, path)
    assert focus(two, path) == pictures
    before = votes(stored)
    one.page.keyboard.press("a")
    one.page.wait_for_function(DELIVERED)
    two.page.keyboard.press("r")
    two.page.wait_for_function(DELIVERED)
    assert votes(stored) - before == 2
    subject = Subject(image_id=pictures[0])
    assert [opinion.verdict for opinion in review.opinions(stored, subject)] == ["reject"]
    for _ in range(5):  # and both at once
        one.page.keyboard.press("u")
        two.page.keyboard.press("a")
    for visitor in (one, two):
        visitor.page.wait_for_function(DELIVERED)
    assert votes(stored) - before == 12
    one.page.reload()
    one.idle()
    assert tiles(one, "blobs @").first.get_attribute("aria-label").endswith("reject")


def test_a_verdict_and_a_note_on_the_checkpoint_by_keyboard(
    visitor: Visitor, stored: Workspace, evaluated: tuple[int, int]
) -> None:
    visitor.go(f"/review?checkpoint={evaluated[1]}")
    choice = visitor.page.get_by_role("radio", name="approve").or_(visitor.page.get_by_role("button", name="✓ approve"))
    choice.first.focus()
    visitor.page.keyboard.press("Space")
    subject = Subject(checkpoint_id=evaluated[1])
    expect(visitor.page.get_by_text("local: ✓ approve")).to_be_visible()
    assert [opinion.verdict for opinion in review.opinions(stored, subject)] == ["approve"]
    note = visitor.page.get_by_role("textbox", name="Note")
    note.fill("ready ![x](http://evil.example/x.png)")
    note.press("Control+Enter")
    expect(visitor.page.get_by_text("ready ![x](http://evil.example/x.png)", exact=False).first).to_be_visible()
    assert [found.text for found in review.notes(stored, subject)] == ["ready ![x](http://evil.example/x.png)"]
