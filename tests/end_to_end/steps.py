"""What a person does on the pages, in a browser."""

import re
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Locator, expect

from core import sets
from core.workspace import Workspace

PATIENCE = 60_000
"""Milliseconds that the page gets for anything; the machine may be busy."""
expect.set_options(timeout=PATIENCE)


class Visitor:
    """A browser window that remembers what went wrong in it and whom it asked."""

    def __init__(self, browser: Browser, address: str, **options: object) -> None:
        self.address = address
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.asked: set[str] = set()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.asked.add(request.url))

    def _console(self, message: ConsoleMessage) -> None:
        # Streamlit looks for its own server below the page's path first.
        probe = "/_stcore/" in message.location.get("url", "") and "404" in message.text
        if message.type == "error" and not probe:
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)
        self.idle()

    def idle(self) -> None:
        """Until the script has run and the page is connected."""
        self.page.wait_for_selector(
            "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
        )  # fmt: skip

    def pick(self, label: str, text: str) -> None:
        """Take an option of a select box by its beginning."""
        box = self.page.get_by_role("combobox", name=label).last
        box.click()
        self.page.get_by_role("option", name=text).first.click()
        self.idle()

    def elsewhere(self) -> list[str]:
        """What was asked of other hosts."""
        own = (self.address, self.address.replace("http", "ws", 1), "data:", "blob:")
        return sorted(url for url in self.asked if not url.startswith(own))


def fill(field: Locator, text: str) -> None:
    field.fill(text)
    field.press("Tab")


def choose_files(visitor: Visitor, *paths: Path) -> None:
    """Into the first field of the page; a page may have more."""
    visitor.page.locator("input[type=file][aria-label^='Choose files']").first.set_input_files(list(paths))
    expect(visitor.page.get_by_text("here.", exact=False).first).to_be_visible()
    visitor.idle()


def unfold(visitor: Visitor, title: str) -> Locator:
    """The expander of this title, opened."""
    found = visitor.page.get_by_test_id("stExpander").filter(has_text=title).first
    found.wait_for()
    if found.locator("details").get_attribute("open") is None:
        found.locator("summary").click()
    return found


def register(visitor: Visitor, path: Path, run: str, step: int) -> int:
    """By the form of the Checkpoints page; gives the id that the address got."""
    visitor.go("/checkpoints")
    form = unfold(visitor, "Register a checkpoint")
    choose_files(visitor, path)
    fill(form.get_by_role("textbox", name="Run"), run)
    fill(form.get_by_role("spinbutton", name="Step"), str(step))
    visitor.idle()
    form.get_by_role("button", name="Register", exact=True).click()
    visitor.page.wait_for_url(re.compile(r"checkpoint=\d+"))
    expect(visitor.page.get_by_role("heading", name=f"{run} @ {step}")).to_be_visible()
    return int(re.findall(r"checkpoint=(\d+)", visitor.page.url)[0])


def evaluate(visitor: Visitor, checkpoint: int, features: str = "Oriented gradients", n: int = 64) -> None:
    """Ask for it on the page, and wait until its numbers are there."""
    visitor.go(f"/checkpoints?checkpoint={checkpoint}")
    visitor.pick("Features", features)
    fill(visitor.page.get_by_role("spinbutton", name="Pictures to sample"), str(n))
    visitor.page.get_by_role("button", name="Evaluate", exact=True).click()
    expect(visitor.page.get_by_role("link", name="Distances")).to_be_visible(timeout=4 * PATIENCE)


def set_of(stored: Workspace, checkpoint: int) -> int:
    return next(view.set_id for view in sets.every(stored) if checkpoint in view.checkpoint_ids)


def tiles(visitor: Visitor, label: str) -> Locator:
    return visitor.page.get_by_role("listbox", name=label).get_by_role("option")
