"""Zipped folders of TensorFlow's are unpacked with care, or refused by name."""

import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from core import checkpoints
from core.errors import BadInput
from core.unpacked import unpacked
from core.workspace import Workspace


def saved_model(folder: Path) -> Path:
    (folder / "variables").mkdir(parents=True)
    for name in ("saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"):
        (folder / name).write_bytes(name.encode() * 10)
    return folder


def test_a_zip_is_the_folder_in_it(workspace: Workspace, tmp_path: Path) -> None:
    folder = saved_model(tmp_path / "saved")
    inside = Path(shutil.make_archive(str(tmp_path / "inside"), "zip", folder))
    around = Path(shutil.make_archive(str(tmp_path / "around"), "zip", tmp_path, "saved"))
    with zipfile.ZipFile(around, "a") as archive:
        archive.writestr("__MACOSX/saved/._saved_model.pb", b"x")
    plain = checkpoints.register(workspace, folder, run="r", step=1)
    for path in (inside, around):
        view = checkpoints.register(workspace, path, run="r", step=1)
        assert (view.id, view.sha256, view.format) == (plain.id, plain.sha256, "saved-model")
        assert view.name == path.name
    assert list(workspace.uploads.iterdir()) == []


def test_what_is_no_such_zip_stays_as_it_is(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", b"x")
    with unpacked(workspace, path) as whole:
        assert whole == path


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"../out": b"x"}, "leads out of the zip"),
        ({"other/saved_model.pb": b"x"}, "holds 2 models"),
        ({"readme.txt": b"x"}, "lies beside the model"),
        ({"saved/SAVED_MODEL.pb": b"x"}, "have one name"),
    ],
)
def test_hostile_and_muddled_zips_are_refused(
    workspace: Workspace, tmp_path: Path, more: dict[str, bytes], sentence: str
) -> None:
    saved_model(tmp_path / "saved")
    path = Path(shutil.make_archive(str(tmp_path / "zip"), "zip", tmp_path, "saved"))
    with zipfile.ZipFile(path, "a") as archive:
        for name, content in more.items():
            archive.writestr(name, content)
    with pytest.raises(BadInput, match=sentence):
        checkpoints.register(workspace, path, run="r", step=1)
    assert list(workspace.uploads.iterdir()) == []


def test_a_bomb_and_a_link_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("saved_model.pb", bytes(40 << 20))
    with pytest.raises(BadInput, match="zip bomb"):
        checkpoints.register(workspace, path, run="r", step=1)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("saved_model.pb", b"x")
        link = zipfile.ZipInfo("variables")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc")
    with pytest.raises(BadInput, match="holds a link"):
        checkpoints.register(workspace, path, run="r", step=1)
