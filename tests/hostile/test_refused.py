"""The corpus is refused by a sentence before any library has seen a byte of it, and nothing of it happens."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import BadInput
from core.generators import open_generator
from tests.hostile.corpus import CORPUS, SECRET, Hostile, Place

each = pytest.mark.parametrize("hostile", CORPUS, ids=[h.name for h in CORPUS])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    return Place(tmp_path, tmp_path / "marker", secret)


@each
def test_is_refused_by_a_sentence(hostile: Hostile, place: Place) -> None:
    path = hostile.make(place)
    with pytest.raises(BadInput, match=hostile.says) as caught:
        open_generator(path, made_here=True)
    assert str(caught.value).startswith(f"{path.name}: ")
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 500
    assert SECRET not in str(caught.value)
    assert not place.marker.exists()


@pytest.mark.slow
def test_no_library_is_imported_to_find_out(tmp_path: Path) -> None:
    files = []
    for number, hostile in enumerate(CORPUS):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "secret").write_text(SECRET)
        files.append(str(hostile.make(Place(folder, folder / "marker", folder / "secret"))))
    program = (
        "import json, sys\nfrom pathlib import Path\nfrom core.errors import BadInput\n"
        "from core.generators import open_generator\n"
        "for path in json.loads(sys.stdin.read()):\n"
        "    try:\n        open_generator(Path(path), made_here=True)\n        print('opened', path)\n"
        "    except BadInput:\n        pass\n"
        "print(*sorted({'tensorflow', 'keras', 'onnxruntime', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(files), capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.strip() == ""
    assert not list(tmp_path.glob("*/marker"))


def test_every_number_is_one() -> None:
    numbers = [number for hostile in CORPUS for number in hostile.cve.split()]
    assert all(re.fullmatch(r"CVE-20\d\d-\d{4,5}", number) for number in numbers)
    assert len(set(numbers)) >= 14
