"""Extractors of installed packages: a real package folder with its metadata, in processes of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = """
import numpy as np
from core.extractors import Extractor, Kind

def build(folder, state):
    return Extractor("mean-colour", 1, 3, {"resize": "none"}, lambda pictures: np.stack(
        [np.broadcast_to(p.mean(axis=(0, 1)), 3) for p in pictures]).astype(np.float32))

KIND = Kind("mean-colour", "Mean colour", build)

def made():
    return Kind("mean-colour-again", "Mean colour, again", build)

TAKEN = Kind("hog", "Not HOG", build)
NOTHING = 3
"""
POINTS = """[proofsheet.extractors]
mean-colour = colour_means:KIND
again = colour_means:made
taken = colour_means:TAKEN
nothing = colour_means:NOTHING
broken = no_such_module:KIND
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder on the path, as an installer leaves it."""
    site = tmp_path / "site"
    info = site / "colour_means-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "colour_means.py").write_text(PACKAGE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: colour-means\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    return site


def python(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": f"{site}:{ROOT}", "PATH": ""}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip


@pytest.mark.slow
def test_an_installed_package_brings_extractors_and_a_broken_one_takes_nothing_down(
    installed: Path, tmp_path: Path
) -> None:
    code = (
        "from pathlib import Path; import numpy as np\n"
        "from core import embeddings, shelf; from core.extractors import outside\n"
        "from core.settings import Settings; from core.workspace import Workspace\n"
        f"w = Workspace(Settings(workspace=Path({str(tmp_path / 'workspace')!r})))\n"
        "assert [k.name for k in shelf.known(w)][-2:] == ['mean-colour', 'mean-colour-again']\n"
        "assert shelf.get(w, 'hog').title != 'Not HOG'\n"
        "found = embeddings.embed_picture(w, 'mean-colour', np.full((4, 4, 3), [3, 5, 9], np.uint8))\n"
        "assert found.tolist() == [3, 5, 9]\n"
        "assert next(v for v in shelf.every(w) if v.name == 'mean-colour').origin == 'package colour-means'\n"
        "print(outside.left_out())\n"
    )
    done = python(installed, "-c", code)
    assert done.returncode == 0, done.stderr
    for words in ("'taken': 'colour-means: the name hog is taken'", "gives a int", "No module named 'no_such_module'"):
        assert words in done.stdout


@pytest.mark.slow
def test_the_command_line_lists_them_and_says_what_is_left_out(installed: Path, tmp_path: Path) -> None:
    done = python(installed, "-m", "core.cli", "extractor", "list", "--json", "--workspace", str(tmp_path / "w"))
    assert done.returncode == 0, done.stderr
    assert '"mean-colour"' in done.stdout
    assert "the extractor broken is left out, colour-means: No module named 'no_such_module'" in done.stderr
