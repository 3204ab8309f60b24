"""The corpus behind the wall, with nothing vetted: the libraries load it as it comes, and no payload gets anywhere."""

import platform
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadInput
from core.wall import Rules, state
from core.wall.process import Walled, Zygote
from tests.hostile.corpus import CORPUS, SECRET, Place
from tests.hostile.keras_files import keras_zip, layer, model

ROOT = Path(__file__).parents[2]
RULES = Rules(memory_bytes=1 << 30, seconds=60)
FIRING = {hostile.name: hostile for hostile in CORPUS if hostile.fires}
pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(not state().walled or platform.machine() != "x86_64", reason=state().sentence),
]


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote("tensorflow")
    yield made
    made.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "secret").write_text(SECRET)
    return Place(tmp_path, tmp_path / "marker", tmp_path / "secret")


def inside(zygote: Zygote, place: Place, path: Path, how: str, walled: bool, rules: Rules = RULES) -> dict[str, Any]:
    """What came of opening the file carelessly in a fresh process, behind the wall or not."""
    read = [path, ROOT / "tests"]
    if "tfsm" in how:
        read.append(place.folder / "writes")
    process = Walled(zygote, read, path.name, rules, walled)
    try:
        given = {"path": str(path), "how": how, "folder": str(place.folder)}
        return process.ask("tests.hostile.fire:behind", given)[0]
    finally:
        process.close()


def fired(place: Place, found: dict[str, Any]) -> bool:
    return bool(found["read"]) or bool(list(place.folder.glob("marker*")))


@pytest.mark.parametrize("name", FIRING)
def test_a_payload_gets_nowhere(zygote: Zygote, place: Place, name: str) -> None:
    hostile = FIRING[name]
    if hostile.fires == "keras tfsm":
        from tests.hostile.test_slow import with_saved_model

        with_saved_model(place)
    path = hostile.make(place)
    assert not fired(place, inside(zygote, place, path, hostile.fires, walled=True)), "it got out"
    assert place.secret.read_text() == SECRET
    found = inside(zygote, place, path, hostile.fires, walled=False)
    assert fired(place, found), f"the same file does it without the wall ({found})"


def test_a_saved_model_gets_nowhere(zygote: Zygote, tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    from tests.hostile.saved_models import SAVED
    from tests.hostile.test_slow import new_place

    tried = 0
    for number, (name, make, _, fires) in enumerate(SAVED):
        if not fires:
            continue
        place = new_place(tmp_path / str(number))
        path = make(place)
        for left in place.folder.glob("marker*"):
            left.unlink()
        assert not fired(place, inside(zygote, place, path, f"saved {fires}", walled=True)), name
        assert fired(place, inside(zygote, place, path, f"saved {fires}", walled=False)), name
        tried += 1
    assert tried >= 4


@pytest.mark.parametrize(
    "config",
    [model(layer("Dense", "big", units=1_000_000_000)), model(layer("RepeatVector", "big", n=1 << 30))],
    ids=["weights", "pictures"],
)
def test_a_bomb_is_stopped(zygote: Zygote, place: Place, config: Any) -> None:
    path = keras_zip(place.folder / "bomb.keras", config)
    try:
        ended = inside(zygote, place, path, "keras safe", walled=True)["died"]
    except BadInput as error:
        ended = str(error)
    assert re.search("OOM when allocating|needs more memory|crashed as it was opened", ended)
