"""A fresh server with its worker, and a real Chromium in front of it."""

import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from benchmarks.chromium import FLAGS, MISSING, chromium, free_port
from core import jobs, references, results
from core.settings import Settings
from core.workspace import Workspace
from tests.end_to_end.steps import Visitor, choose_files, evaluate, fill, register
from tests.pages.filled import generator, real_pictures

ROOT = Path(__file__).parents[2]


def start(workspace: Path, *options: str) -> tuple[subprocess.Popen[str], str]:
    """`proofsheet serve` on a free port; gives the process and its address as soon as it serves."""
    port = free_port()
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PROOFSHEET_")}
    command = [sys.executable, "-m", "core.cli", "serve", "--no-open", "--port", str(port), *options]
    process = subprocess.Popen(
        [*command, "--workspace", str(workspace)], cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.readline()
    assert f":{port}" in said, said
    threading.Thread(target=process.stdout.read, daemon=True).start()
    return process, f"http://localhost:{port}"


def stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served") / "workspace"


@pytest.fixture(scope="session")
def address(place: Path) -> Iterator[str]:
    """Of a server with a worker on an empty workspace."""
    process, found = start(place)
    yield found
    stop(process)


@pytest.fixture(scope="session")
def stored(place: Path, address: str) -> Iterator[Workspace]:
    """The served workspace, opened here as well: what the database holds."""
    opened = Workspace(Settings(workspace=place))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = chromium()
    if found is None:
        pytest.skip(MISSING)
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield opened
        opened.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


FAILED = pytest.StashKey[bool]()
Open = Callable[..., Visitor]


def _judge(visitors: list[Visitor]) -> None:
    for visitor in visitors:
        assert visitor.errors == []
        assert visitor.elsewhere() == []


@pytest.fixture
def window(browser: Browser, address: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """`window()` opens another browser context. Afterwards: no error in a console, nothing asked of another host; after
    a failure every window's picture lies in the test's temporary folder."""
    opened: list[Visitor] = []

    def open_window(at: str = address, **options: object) -> Visitor:
        opened.append(Visitor(browser, at, **options))
        return opened[-1]

    yield open_window
    if request.node.stash.get(FAILED, False):
        for number, visitor in enumerate(opened):
            path = tmp_path / f"window-{number}.png"
            visitor.page.screenshot(path=path)
            print(f"{visitor.page.url} looked like {path}; its console said {visitor.errors}")
    for visitor in opened:
        visitor.context.close()
    _judge(opened)


@pytest.fixture
def visitor(window: Open) -> Visitor:
    return window()


@contextmanager
def alone(browser: Browser, address: str, folder: Path) -> Iterator[Visitor]:
    """A window for what several tests build on; its picture is left in `folder` when that fails."""
    visitor = Visitor(browser, address)
    try:
        yield visitor
        _judge([visitor])
    except BaseException:
        visitor.page.screenshot(path=folder / "window.png")
        print(f"{visitor.page.url} looked like {folder / 'window.png'}; its console said {visitor.errors}")
        raise
    finally:
        visitor.context.close()


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("material")


@pytest.fixture(scope="session")
def reference(browser: Browser, address: str, stored: Workspace, material: Path) -> int:
    """A zip of 80 pictures and a broken one, uploaded on the References page by the server's first visitor."""
    folder = real_pictures(material / "real")
    with zipfile.ZipFile(material / "real.zip", "w") as archive:
        for path in sorted(folder.rglob("*.png")):
            archive.write(path, path.relative_to(folder))
    with alone(browser, address, material) as visitor:
        visitor.go("/references")
        choose_files(visitor, material / "real.zip")
        fill(visitor.page.get_by_role("textbox", name="Name"), "blobs")
        visitor.page.get_by_role("button", name="Take them in").click()
        metrics = visitor.page.get_by_test_id("stMetric")
        expect(metrics.nth(0)).to_contain_text("72")
        expect(metrics.nth(1)).to_contain_text("8")
    (view,) = references.every(stored)
    assert (view.label, view.n, view.source, len(view.refused)) == ("blobs v1", 80, "real.zip", 1)
    assert not list(stored.uploads.rglob("real.zip")), "what was taken in is not kept twice"
    return view.set_id


@pytest.fixture(scope="session")
def evaluated(browser: Browser, address: str, stored: Workspace, reference: int, material: Path) -> tuple[int, int]:
    """Two checkpoints of one run, registered and evaluated on the page: a noisy one, then a good one."""
    found = []
    with alone(browser, address, material) as visitor:
        for step, noise in ((1, 0.5), (2, 0.0)):
            number = register(visitor, generator(material / f"blobs-{step}.onnx", noise), "blobs", step)
            expect(visitor.page.get_by_text("16 × 16 grey")).to_be_visible()
            evaluate(visitor, number)
            found.append(number)
    assert [len(results.every(stored, number)) for number in found] == [1, 1]
    assert {job.state for job in jobs.every(stored)} == {"done"}
    return found[0], found[1]
