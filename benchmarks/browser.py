"""What a person waits for: the first paint after a start, and a gallery of 100,000 pictures, in real Chromium."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.table import Line
from core import references, scores
from core.settings import Settings
from core.workspace import Workspace

ROOT = Path(__file__).parents[1]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
IDLE = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
PICTURES = 100_000


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _server(command: list[str], port: int, workspace: Path) -> Iterator[str]:
    variables = {**os.environ, "PROOFSHEET_WORKSPACE": str(workspace)}
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=ROOT, env=variables, **quiet)
    try:
        address = f"http://127.0.0.1:{port}"
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
                break
            time.sleep(0.02)
        yield address
    finally:
        process.terminate()
        process.wait()


def _ours(port: int) -> list[str]:
    return [sys.executable, "-m", "core.cli", "serve", "--port", str(port), "--no-worker"]


def _hello(port: int) -> list[str]:
    options = ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    return [sys.executable, "-m", "streamlit", "hello", *options]


def _first_paint(browser: Any, command: Callable[[int], list[str]], workspace: Path) -> float:
    """Seconds from starting the server to a drawn page."""
    port, start = _free_port(), time.perf_counter()
    with _server(command(port), port, workspace) as address:
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
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("browser: no chromium on this machine; install the system package `chromium` to measure these lines")
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        empty = Path(folder) / "empty"
        Workspace(Settings(workspace=empty)).close()
        pairs = [(_first_paint(browser, _ours, empty), _first_paint(browser, _hello, empty)) for _ in range(5)]
        ours, hello = (statistics.median(column) for column in zip(*pairs, strict=True))
        yield Line("start of the server to the first paint", ours, hello, "streamlit hello", 1.5)
        full = Path(folder) / "full"
        full.mkdir()
        set_id, port = _fill(full), _free_port()
        with _server(_ours(port), port, full) as address:
            _gallery(browser, address, set_id)  # the server's first page is what the line above measures
            taken = [_gallery(browser, address, set_id) for _ in range(5)]
        first, again = (statistics.median(column) for column in zip(*taken, strict=True))
        yield Line(f"gallery of {PICTURES:,} pictures, first screen", first, 2.0, "the limit", 1.0)
        yield Line(f"gallery of {PICTURES:,} pictures, sorted anew", again, 0.5, "the limit", 1.0)
        browser.close()
