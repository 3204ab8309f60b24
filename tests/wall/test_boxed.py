"""Where the kernel has no Landlock, bubblewrap takes its place: the same attempts, each refused in its box."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.wall import bubblewrap, state

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (state().walled and bubblewrap.found()),
        reason="needs the program bwrap (package bubblewrap) and user namespaces",
    ),
]
OLD = "from tests.wall.old_kernel import forget_landlock; forget_landlock(); "


def python(words: str) -> str:
    """What a process says in which no Landlock is left."""
    done = subprocess.run([sys.executable, "-c", OLD + words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_escape_is_refused_in_a_box_as_well() -> None:
    """Without the box each succeeds: that is tested where Landlock is."""
    wanted = "behind_the_wall or fill_shared or fill_the_disk or crash or gone_after"
    asked = ["-q", "-n", "0", "-p", "no:cacheprovider", "-k", wanted, "tests/wall/test_escapes.py"]
    said = python(f"import pytest, sys; sys.exit(pytest.main({asked!r}))")
    assert "passed" in said
    assert "skipped" not in said


def test_nothing_else_lies_there_and_nothing_new_can_be_laid(tmp_path: Path) -> None:
    """What only a box could leave open: its own root, its processes, memory that is called a file."""
    (tmp_path / "secret").write_text("mine")
    seen = python(f"""
import json
from pathlib import Path
from core.wall import Rules
from core.wall.process import Walled, Zygote
zygote = Zygote("bare")
process = Walled(zygote, [Path("tests").resolve()], "mine", Rules(1 << 28))
print(json.dumps(process.ask("tests.wall.inside:look_around", {{"secret": "{tmp_path}/secret"}})[0]))
zygote.close()
""")
    found = json.loads(seen)
    assert found["processes"] == ["1"]
    assert found["secret"] == "FileNotFoundError"
    assert found["written"] == ["scratch"]
    assert not {"home", "boot", "var", "run"} & set(found["root"])
