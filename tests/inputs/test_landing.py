"""A file that is still being written lacks something; a whole one lacks nothing."""

import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from core import landing


@pytest.fixture(params=["h5", "h5-latest", "keras", "onnx"])
def whole(request: pytest.FixtureRequest, tmp_path: Path, small_generator: Path) -> Path:
    if request.param == "onnx":
        return small_generator
    path = tmp_path / f"model.{request.param.partition('-')[0]}"
    if request.param == "keras":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", "{}")
        return path
    with h5py.File(path, "w", libver="latest" if "latest" in request.param else "earliest") as file:
        file["weights"] = np.arange(1000)
    return path


def test_a_whole_file_lacks_nothing_and_a_piece_of_it_does(whole: Path) -> None:
    assert landing.missing(whole) == ""
    data = whole.read_bytes()
    for share in (0.3, 0.7, 0.95):
        whole.write_bytes(data[: int(len(data) * share)])
        assert landing.missing(whole), share


def test_a_folder_waits_for_its_data_files(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    (saved / "variables").mkdir(parents=True)
    (saved / "variables" / "variables.data-00000-of-00002").write_bytes(b"x")
    assert landing.missing(saved) == "saved_model.pb"
    (saved / "saved_model.pb").write_bytes(b"x")
    assert landing.missing(saved) == "variables/variables.index"
    (saved / "variables" / "variables.index").write_bytes(b"x")
    assert landing.missing(saved) == "1 of the 2 data files of variables"
    (saved / "variables" / "variables.data-00001-of-00002").write_bytes(b"x")
    assert landing.missing(saved) == ""


def test_one_of_several_tensorflow_checkpoints_has_its_own_files(tmp_path: Path) -> None:
    for name in ("ckpt-1.data-00000-of-00001", "ckpt-1.index", "ckpt-2.index", "ckpt-12.data-00000-of-00001"):
        (tmp_path / name).write_bytes(b"x")
    assert landing.missing(tmp_path / "ckpt-1.index") == ""
    assert [f.name for f in landing.files(tmp_path / "ckpt-1.index")] == ["ckpt-1.index", "ckpt-1.data-00000-of-00001"]
    assert landing.missing(tmp_path / "ckpt-2.index") == "1 of the 1 data files of ckpt-2"
    assert landing.missing(tmp_path / "gone.keras") == "the file, which was moved meanwhile"
