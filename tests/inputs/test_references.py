"""Reference sets from every kind of source, honest and hostile."""

import gzip
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core import archives, images, references
from core.errors import BadInput, NotFound
from core.workspace import Workspace
from storage.images import filled

SHARED = Path(__file__).parents[2] / "../shared/real/fashion-mnist"


def random(n: int, shape: tuple[int, ...] = (8, 8, 3), seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def pngs(n: int, folder: str = "") -> dict[str, bytes]:
    return {f"{folder}{i}.png": images.new_image(p).png for i, p in enumerate(random(n))}


def test_a_zip_becomes_a_set_with_labels_and_a_control(workspace: Workspace, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {**pngs(10, "cats/"), "dogs/bad.png": b"no", "readme.txt": b"x"})
    view = references.add(workspace, "pets", path, held_out=0.2)
    assert (view.label, view.n, view.m, view.held_out) == ("pets v1", 10, 8, 2)
    assert [r["name"] for r in view.refused] == ["dogs/bad.png"]
    loaded = images.load(workspace, view.set_id, 0, 10)
    assert sorted(p.tobytes() for p in loaded) == sorted(p.tobytes() for p in random(10))


def test_the_same_pictures_again_are_the_same_version_and_others_the_next(workspace: Workspace, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", random(6))
    np.save(tmp_path / "b.npy", random(6, seed=1))
    first = references.add(workspace, "x", tmp_path / "a.npy")
    assert references.add(workspace, "x", tmp_path / "a.npy") == first
    second = references.add(workspace, "x", tmp_path / "b.npy")
    assert second.version == 2
    assert references.find(workspace, "x") == second
    assert references.find(workspace, "x@1") == first
    assert references.get(workspace, first.set_id) == first
    assert references.every(workspace) == [second, first]


@pytest.mark.parametrize("text", ["nobody", "x@9", "x@two"])
def test_an_unknown_name_lists_the_known(workspace: Workspace, tmp_path: Path, text: str) -> None:
    np.save(tmp_path / "a.npy", random(3))
    references.add(workspace, "x", tmp_path / "a.npy")
    with pytest.raises(NotFound, match="there are: x"):
        references.find(workspace, text)


def test_equal_pictures_count_once(workspace: Workspace, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.concatenate([random(4), random(2)]))
    view = references.add(workspace, "x", tmp_path / "a.npy", held_out=0)
    assert view.n == 4
    assert all("same pixels as" in r["reason"] for r in view.refused)


@pytest.mark.parametrize("name", ["", "  ", "a@b"])
def test_names_that_cannot_be_found_again_are_refused(workspace: Workspace, tmp_path: Path, name: str) -> None:
    np.save(tmp_path / "a.npy", random(3))
    with pytest.raises(BadInput, match="no name"):
        references.add(workspace, name, tmp_path / "a.npy")


def test_one_picture_is_no_reference_set(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(images.new_image(random(1)[0]).png)
    with pytest.raises(BadInput, match=r"one.png: .* at least 2"):
        references.add(workspace, "x", tmp_path / "one.png")
    assert references.every(workspace) == []


def test_an_interrupted_import_leaves_no_set(workspace: Workspace, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", random(1200))

    def stop(done: int, total: int, message: str = "", session: object = None) -> None:
        if done > 600:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        references.add(workspace, "x", tmp_path / "a.npy", progress=stop)
    assert references.every(workspace) == []
    view = references.add(workspace, "x", tmp_path / "a.npy")
    with workspace.database.read() as session:
        assert filled(session, view.set_id) == 1200


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([[[0.0, 1.0]]] * 2, np.float32), [0, 255]),
        (np.array([[[-1.0, 1.0]]] * 2, np.float32), [0, 255]),
        (np.array([[[0, 200]]] * 2, np.int64), [0, 200]),
        (np.zeros((2, 3, 4, 4), np.uint8), [0] * 48),
    ],
)
def test_arrays_of_every_usual_range(tmp_path: Path, array: np.ndarray, expected: list[int]) -> None:
    np.save(tmp_path / "a.npy", array)
    total, found = archives.pictures(tmp_path / "a.npy")
    assert total == 2
    picture = next(found).picture
    assert isinstance(picture, np.ndarray)
    assert picture.ravel().tolist() == expected


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.array([[[np.nan]]]), "NaN"),
        (np.array([[[1e6]]]), "values from"),
        (np.zeros((3, 4)), "shape"),
        (np.zeros((0, 4, 4)), "shape"),
        (np.array([[["a"]]]), "type"),
        (np.array([{"a": 1}]), "plain NumPy"),
    ],
)
def test_arrays_that_are_no_pictures(tmp_path: Path, array: np.ndarray, sentence: str) -> None:
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(BadInput, match=sentence):
        archives.pictures(tmp_path / "a.npy")


def test_npz_labels_are_found(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=random(3), y=np.array([7, 8, 9]))
    assert [f.label for f in archives.pictures(tmp_path / "a.npz")[1]] == ["7", "8", "9"]


def test_a_truncated_zip_is_named(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "half.zip", pngs(5))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BadInput, match=r"half.zip: not a whole zip"):
        archives.pictures(path)


def test_members_that_lead_out_or_blow_up_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../out.png", pngs(1)["0.png"])
        archive.writestr("bomb.png", bytes(10_000_000))
        archive.writestr("good.png", pngs(1)["0.png"])
    found = {f.name: f.picture for f in archives.pictures(path)[1]}
    assert "leads out" in str(found["../out.png"])
    assert "zip bomb" in str(found["bomb.png"])
    assert isinstance(found["good.png"], np.ndarray)


def test_overlapping_members_are_a_bomb(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", pngs(2))
    data = bytearray(path.read_bytes())
    second = data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(bytes(data))
    with pytest.raises(BadInput, match="overlap"):
        archives.pictures(path)


def test_a_cut_idx_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(struct.pack(">HBBIII", 0, 8, 3, 10, 4, 4) + bytes(50)))
    with pytest.raises(BadInput, match=r"cut short: 50 of 160"):
        archives.pictures(path)


@pytest.mark.parametrize("name", ["nothing", "notes.txt"])
def test_what_is_no_source_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(BadInput, match=name):
        archives.pictures(tmp_path / name)


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared real data")
def test_fashion_mnist_comes_in_whole(workspace: Workspace) -> None:
    view = references.add(workspace, "fashion", SHARED / "t10k-images-idx3-ubyte.gz")
    assert (view.n, view.held_out) == (10_000, 1_000)
    assert view.refused == []
