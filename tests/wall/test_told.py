"""The wall and what is said of it are one: where it stands nothing gets out, where it does not every page says so."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.wall import Rules, bubblewrap, state
from core.wall.process import Walled, Zygote

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not state().walled, reason=state().sentence)]
SCRIPT = """
import json, sys
from pathlib import Path
{before}
from streamlit.testing.v1 import AppTest
from core import checkpoints, doctor, own_extractors, wall
from core.cli.terminal import warn_unwalled
from core.errors import BadInput, Refused
from core.generators import open_generator
from core.settings import Settings
from core.wall.process import Walled, Zygote
from core.workspace import Workspace
from tests.pages.seen import NAVIGATION
from tests.wall.escapes import attempt

settings, model, outside = Settings.from_env(), Path(sys.argv[1]), sys.argv[2]
place, found = Workspace(settings), {{}}
found["walled"] = wall.state().walled


def said(name, work):
    try:
        work()
        found[name] = ""
    except BadInput as error:
        found[name] = str(error)


def canary():
    zygote = Zygote("bare")
    process = Walled(zygote, [Path(wall.__file__).parents[2] / "tests"], "m", settings.rules, wall.state().walled)
    answer, _ = process.ask("tests.wall.escapes:attempt", {{"escape": "write_outside", "outside": outside}})
    found["canary out"] = answer["done"]
    zygote.close()


said("canary", canary)
said("register", lambda: checkpoints.register(place, model, run="theirs", step=1))
said("open", lambda: open_generator(model))
said("extractor", lambda: own_extractors.add(place, "mine", model))
for name in ("checkpoints", "extractors", "overview"):
    app = AppTest.from_file(NAVIGATION, default_timeout=60).run().switch_page(f"{{name}}.py").run()
    found[name] = [one.value for one in app.main.warning if "wall" in one.value]
    found["beside " + name] = [one.value for one in app.sidebar.warning if "wall" in one.value]
found["doctor"] = [f.detail for f in doctor.findings(settings) if f.check == "wall around models"][0]
warn_unwalled()
print(json.dumps(found))
"""


def told(before: str, model: Path, tmp_path: Path, **more: str) -> tuple[dict[str, Any], str]:
    environment = {
        **os.environ,
        "PROOFSHEET_WORKSPACE": str(tmp_path / "workspace"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(before=before), str(model), str(tmp_path)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


@pytest.mark.parametrize(("before", "made_of"), [
    pytest.param("", "Landlock", id="Landlock"),
    pytest.param(
        "from tests.wall.old_kernel import forget_landlock; forget_landlock()", "bubblewrap and seccomp",
        id="bubblewrap in its place", marks=pytest.mark.skipif(
            not bubblewrap.found(), reason="needs the program bwrap (package bubblewrap) and user namespaces"
        ),
    ),
])  # fmt: skip
def test_where_the_wall_stands_nothing_gets_out_and_nothing_is_said(
    before: str, made_of: str, small_generator: Path, tmp_path: Path
) -> None:
    found, beside = told(before, small_generator, tmp_path)
    assert (found["walled"], found["canary out"], found["open"], found["register"]) == (True, False, "", "")
    for name in ("checkpoints", "extractors", "overview"):
        assert found[name] == found[f"beside {name}"] == []
    assert found["doctor"].startswith(f"Models run behind a wall: {made_of}")
    assert "wall" not in beside
    assert not (tmp_path / "written").exists()


OLDEST = "from tests.wall.old_kernel import *; forget_landlock(); forget_namespaces()"


def test_where_it_does_not_models_are_refused_and_every_page_says_so(small_generator: Path, tmp_path: Path) -> None:
    found, beside = told(OLDEST, small_generator, tmp_path)
    assert not found["walled"]
    for name in ("register", "open", "extractor"):
        assert "no wall can be built around it: this kernel has no Landlock" in found[name]
        assert "PROOFSHEET_ALLOW_UNWALLED=1" in found[name]
    for name in ("checkpoints", "extractors"):
        assert "No wall stands around models here: this kernel has no Landlock" in found[name][0]
    assert all(found[f"beside {name}"] for name in ("checkpoints", "extractors", "overview"))
    assert "PROOFSHEET_ALLOW_UNWALLED=1" in found["doctor"]
    assert "No wall stands around models here" in beside


def test_allowed_without_it_a_model_gets_out_and_the_pages_say_that(small_generator: Path, tmp_path: Path) -> None:
    found, beside = told(OLDEST, small_generator, tmp_path, PROOFSHEET_ALLOW_UNWALLED="1")
    assert (found["walled"], found["canary out"], found["open"], found["register"]) == (False, True, "", "")
    assert (tmp_path / "written").exists()
    for name in ("checkpoints", "extractors"):
        assert "bring only files that you trust" in found[name][0]
    assert all(found[f"beside {name}"] for name in ("checkpoints", "extractors", "overview"))
    assert "bring only files that you trust" in beside


def test_where_processes_cannot_be_copied_each_model_has_one_started_anew() -> None:
    """As on macOS, where there is no wall either."""
    zygote = Zygote("bare", "once")
    process = Walled(zygote, [ROOT / "tests"], "mine", Rules(1 << 30, unwalled=True), False)
    assert process.ask("tests.wall.escapes:echo", {"x": 1})[0] == {"x": 1}
    assert process.pid == zygote._process.pid
    process.close()
    assert not zygote.alive
