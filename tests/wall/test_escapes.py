"""Attempts to get out of a walled process, each refused in there, and each possible in the same process without the
wall, so that no test passes for another reason."""

import os
import platform
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadInput
from core.wall import Rules, state
from core.wall.process import Walled, Zygote
from tests.wall import escapes

ROOT = Path(__file__).parents[2]
RULES = Rules(memory_bytes=256 << 20, seconds=8, scratch_bytes=32 << 20, threads=64)
pytestmark = [
    pytest.mark.skipif(not state().walled or platform.machine() != "x86_64", reason=state().sentence),
]
USING_UP = {
    "fill_the_memory": "more memory than 0.2 GiB|crashed as it was",
    "fill_shared_memory": "more memory than|crashed as it was",
    "spin": "used the processor for more than|gave no answer within",
    "spin_against_the_signal": "used the processor for more than|gave no answer within",
    "sleep_for_ever": "gave no answer within",
    "fill_the_disk": "to the disk and was stopped",
    "fill_the_disk_with_files_that_are_gone": "to the disk and was stopped",
    "thread_bomb": "threads and was stopped",
    "crash": "crashed as it was opened or run",
    "old_system_calls": "asked the system for what no model needs",
}
"""What is said when they end the process. Nobody wants to see them succeed, so they have no control."""
ROOT_ONLY = {"make_a_device", "mount", "join_a_namespace", "change_the_root", "bpf", "watch_the_processor"}
"""Possible without the wall for root alone."""
REFUSED = {1, 13, 2, 30} if state().boxed else {1, 13}
"""EPERM and EACCES; where bubblewrap takes Landlock's place also ENOENT and EROFS: what is not given is not there."""

NOTHING_REFUSED = {"inherited_files", "secrets_of_the_environment", "live_on_without_its_parent"}
"""There is nothing to be had, and nobody who says no; as in a box with a folder in which nothing else lies."""
NOTHING_REFUSED |= {"list_home"} if state().boxed else set()


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """With the checkout's tests on its path, which only these tests want."""
    made = Zygote("bare")
    yield made
    made.close()


@pytest.fixture
def given(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Things outside that are worth having, and a process that stands for the worker."""
    words = "the words that nobody inside may know"
    for name in ("secret", "database", "neighbour", "model", "spoiled"):
        (tmp_path / name).write_text(words)
    with (
        socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix,
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"], env={"SECRET": words}) as victim,
        (tmp_path / "secret").open() as held,
    ):  # fmt: skip
        os.set_inheritable(held.fileno(), True)
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        unix.bind(str(tmp_path / "socket"))
        unix.listen()
        paths = {name: str(tmp_path / name) for name in ("secret", "database", "neighbour", "model", "spoiled")}
        yield {**paths, "outside": str(tmp_path), "unix": str(tmp_path / "socket"), "port": tcp.getsockname()[1],
               "victim": victim.pid, "words": words}  # fmt: skip
        victim.kill()


def inside(zygote: Zygote, given: dict[str, Any], name: str, walled: bool = True, rules: Rules = RULES) -> Any:
    """What the attempt `name` got, asked of a fresh process; the file "model" is its model."""
    process = Walled(zygote, [Path(given["model"]), ROOT / "tests"], "mine.keras", rules, walled)
    try:
        return process.ask("tests.wall.escapes:attempt", {**given, "escape": name})[0]
    finally:
        process.close()


@pytest.mark.parametrize("name", [name for name in escapes.TRIED if name not in USING_UP])
def test_an_escape_is_refused_behind_the_wall(zygote: Zygote, given: dict[str, Any], name: str) -> None:
    before = Path(given["spoiled"]).read_text(), Path(given["model"]).read_text()
    got = inside(zygote, given, name)
    assert not got["done"]
    if name not in NOTHING_REFUSED:
        assert got["errno"] in REFUSED | {24, 27}, "refused, and not failed for a reason of its own"
    assert (Path(given["spoiled"]).read_text(), Path(given["model"]).read_text()) == before


@pytest.mark.parametrize("name", [name for name in escapes.TRIED if name not in USING_UP])
def test_the_same_succeeds_without_the_wall(
    zygote: Zygote, given: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in ROOT_ONLY and os.geteuid():
        pytest.skip("for root alone, wall or no wall")
    if name in ("inherited_files", "secrets_of_the_environment"):  # our own process has both: that is the control
        monkeypatch.setenv("SECRET_TOKEN", given["words"])
        assert escapes.TRIED[name](given)
        return
    wide = replace(RULES, files=4096, scratch_bytes=1 << 30)
    assert inside(zygote, given, name, walled=False, rules=wide)["done"]


@pytest.mark.slow
@pytest.mark.parametrize("name", USING_UP)
def test_what_uses_things_up_is_stopped_with_a_sentence(zygote: Zygote, given: dict[str, Any], name: str) -> None:
    seconds = 1 if name in ("spin", "spin_against_the_signal", "sleep_for_ever") else 60  # to fill it on busy cores
    with pytest.raises(BadInput, match=rf"^mine\.keras: .*({USING_UP[name]})"):
        inside(zygote, given, name, rules=replace(RULES, seconds=seconds))


@pytest.mark.parametrize(
    "how",
    ["huge", "many", "deep", "header", "bytes", "length", "empty", "shape", "type", "promise", "list", "nothing"],
)
def test_an_answer_that_lies_is_no_answer(zygote: Zygote, given: dict[str, Any], how: str) -> None:
    process = Walled(zygote, [ROOT / "tests"], "mine.keras", RULES)
    wire = 0
    if how not in ("huge", "many", "deep", "header"):
        wire = process.ask("tests.wall.inside:wire_number", {})[0]["wire"]
    if how == "deep":
        assert process.ask("tests.wall.escapes:lie", {"how": how})[0]["x"], "JSON of 200 lists is read as it is"
        return
    with pytest.raises(BadInput, match=r"^mine\.keras: gave an answer that no model gives .*do not trust this file"):
        process.ask("tests.wall.escapes:lie", {"how": how, "wire": wire}, most=1000)
    assert not process.alive
    with pytest.raises(BadInput, match="open it again"):
        process.ask("tests.wall.escapes:echo", {})


def test_the_process_is_gone_after_each_end(zygote: Zygote, given: dict[str, Any]) -> None:
    process = Walled(zygote, [ROOT / "tests"], "mine.keras", RULES)
    pid = process.pid
    assert process.ask("tests.wall.escapes:echo", {"x": 1})[0] == {"x": 1}
    del process
    zygote.bury()
    assert not Path(f"/proc/{pid}").exists()


def test_enough_escapes_are_tried() -> None:
    assert len(escapes.TRIED) >= 25
    assert escapes.TRIED.keys() >= USING_UP.keys()
