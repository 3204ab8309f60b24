"""The pictures of the README, `make screenshots`: pages of the finished demo in real Chromium, as small PNGs."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.chromium import FLAGS, IDLE, MISSING, ROOT, chromium, free_port, ours, served
from core import checkpoints, demo, jobs, results
from core.cli.demo import FOLDER
from core.settings import Settings
from core.workspace import Workspace

IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 250_000
WIDTH = 1440
LOADED = (
    "() => [document, ...[...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean)]"
    ".flatMap(r => [...r.querySelectorAll('img')]).every(i => i.complete && i.naturalWidth)"
)


def pages(workspace: Workspace) -> dict[str, tuple[str, int]]:
    """Name of the picture -> address and height in pixels. Ends with a sentence when the demo is not finished."""
    trained = [j for j in jobs.every(workspace, limit=1000) if j.kind == "train" and j.state == "done"]
    steps = {view.id: view for view in checkpoints.every(workspace, demo.RUN)}
    measured = [v for v in results.every(workspace) if steps.keys() & set(v.checkpoint_ids)]
    if not trained or len(measured) < 2:
        sys.exit(f"The demo in {workspace.folder} is not finished; run `make demo` first and let it train to the end.")
    order = sorted(steps, key=lambda number: steps[number].step)
    last = next(v for v in measured if order[-1] in v.checkpoint_ids)
    half = order[len(order) // 2]
    return {
        "trends": (f"/trends?run={demo.RUN}", 900),
        "compare": (f"/compare?a={half}&b={order[-1]}", 1180),
        "gallery": (f"/gallery?set={last.set_id}&sort=realism&descending=true", 900),
    }


def shoot(page: Any, address: str, height: int) -> bytes:
    """PNG of the first `height` pixels of a page that has drawn itself whole."""
    page.set_viewport_size({"width": WIDTH, "height": height})
    page.goto(address)
    page.wait_for_selector(f"{IDLE} h1")
    page.wait_for_function(LOADED)
    page.wait_for_function("() => [...document.querySelectorAll('.js-plotly-plot')].every(p => p.querySelector('svg'))")
    page.wait_for_selector(IDLE)
    data: bytes = page.screenshot(animations="disabled")
    return data


def small(data: bytes) -> bytes:
    """The same PNG with a palette of as many colours as fit into MOST_BYTES."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    for colours in (256, 128, 64, 32, 16):
        out = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


def main() -> None:
    """`python -m benchmarks.screenshots [WORKSPACE]`; default: PROOFSHEET_WORKSPACE, or the demo's folder."""
    found = chromium()
    if found is None:
        sys.exit(MISSING)
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PROOFSHEET_WORKSPACE", ROOT / FOLDER))
    if not (folder / "proofsheet.db").exists():
        sys.exit(f"There is no demo in {folder}; run `make demo` first and let it train to the end.")
    workspace = Workspace(Settings(workspace=folder))
    wanted = pages(workspace)
    workspace.close()
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(exist_ok=True)
    port = free_port()
    with served(ours(port), port, folder) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        page = browser.new_page(color_scheme="light", reduced_motion="reduce")
        for name, (path, height) in wanted.items():
            data = small(shoot(page, address + path, height))
            (IMAGES / f"{name}.png").write_bytes(data)
            print(f"docs/images/{name}.png: {len(data) / 1000:.0f} KB")
        browser.close()


if __name__ == "__main__":
    main()
