"""What a person waits for: the first paint after a start, and a gallery of 100,000 pictures, in real Chromium."""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.chromium import FLAGS, IDLE, MISSING, chromium, free_port, ours, served
from benchmarks.table import Line
from core import references, scores
from core.settings import Settings
from core.workspace import Workspace

PICTURES = 100_000


def _hello(port: int) -> list[str]:
    options = ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    return [sys.executable, "-m", "streamlit", "hello", *options]


def _first_paint(browser: Any, command: Callable[[int], list[str]], workspace: Path) -> float:
    """Seconds from starting the server to a drawn page."""
    port, start = free_port(), time.perf_counter()
    with served(command(port), port, workspace) as address:
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector(f"{IDLE} h1")
        seconds = time.perf_counter() - start
        page.close()
    return seconds


def _fill(folder: Path) -> int:
    """A workspace with a reference set of 100,000 different pictures and their scores; its id."""
    workspace = Workspace(Settings(workspace=folder))
    pictures = np.zeros((PICTURES, 28, 28), np.uint8)
    pictures[:, 6:22, 6:22] = np.random.default_rng(0).integers(0, 256, (PICTURES, 16, 16))
    np.save(folder / "pictures.npy", pictures)
    view = references.add(workspace, "many", folder / "pictures.npy", held_out=0)
    scores.of_pictures(workspace, view.set_id)
    workspace.close()
    return view.set_id


def _gallery(browser: Any, address: str, set_id: int) -> tuple[float, float]:
    """Seconds to the first screen, and to the new order after another score is chosen."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    start = time.perf_counter()
    page.goto(f"{address}/gallery?set={set_id}&sort=brightness")
    tile = page.get_by_role("option").first
    tile.wait_for()
    page.wait_for_function(
        "() => { const all = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean)"
        ".flatMap(r => [...r.querySelectorAll('.tile img')]);"
        " return all.length > 20 && all.every(i => i.complete && i.naturalWidth) }"
    )
    first = time.perf_counter() - start
    page.wait_for_selector(IDLE)
    before = tile.get_attribute("aria-label")
    start = time.perf_counter()
    page.get_by_text("Highest first").click()
    page.wait_for_function(
        "(before) => { const all = [...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean)"
        ".flatMap(r => [...r.querySelectorAll('.tile[aria-posinset=\"1\"]')]);"
        " return all.length && all[0].getAttribute('aria-label') !== before }",
        arg=before,
    )
    again = time.perf_counter() - start
    assert re.search(r"of 100,?000", str(before)), before
    page.close()
    return first, again


def lines() -> Iterator[Line]:
    found = chromium()
    if found is None:
        print(f"browser: {MISSING}")
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        empty = Path(folder) / "empty"
        Workspace(Settings(workspace=empty)).close()
        pairs = [(_first_paint(browser, ours, empty), _first_paint(browser, _hello, empty)) for _ in range(5)]
        painted, hello = (statistics.median(column) for column in zip(*pairs, strict=True))
        yield Line("start of the server to the first paint", painted, hello, "streamlit hello", 1.5)
        full = Path(folder) / "full"
        full.mkdir()
        set_id, port = _fill(full), free_port()
        with served(ours(port), port, full) as address:
            _gallery(browser, address, set_id)  # the server's first page is what the line above measures
            taken = [_gallery(browser, address, set_id) for _ in range(5)]
        first, again = (statistics.median(column) for column in zip(*taken, strict=True))
        yield Line(f"gallery of {PICTURES:,} pictures, first screen", first, 2.0, "the limit", 1.0)
        yield Line(f"gallery of {PICTURES:,} pictures, sorted anew", again, 0.5, "the limit", 1.0)
        browser.close()
