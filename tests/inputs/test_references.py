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
    assert [(r["name"], r["kind"]) for r in view.refused] == [("dogs/bad.png", "bad")]
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


@pytest.mark.parametrize(
    ("text", "there"),
    [("nobody", "there are: x. Add one"), ("x@9", "of 'x' there are: 1, 2"), ("x@two", "of 'x' there are: 1, 2")],
)
def test_an_unknown_name_or_version_lists_the_known(
    workspace: Workspace, tmp_path: Path, text: str, there: str
) -> None:
    np.save(tmp_path / "a.npy", random(3))
    for _ in range(2):
        references.add(workspace, "x", tmp_path / "a.npy")
        np.save(tmp_path / "a.npy", random(4))
    with pytest.raises(NotFound, match=there):
        references.find(workspace, text)


def test_equal_pictures_count_once(workspace: Workspace, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.concatenate([random(4), random(2)]))
    view = references.add(workspace, "x", tmp_path / "a.npy", held_out=0)
    assert view.n == 4
    assert [(r["name"], r["kind"]) for r in view.refused] == [("a.npy#4", "duplicate"), ("a.npy#5", "duplicate")]
    assert view.refused[0]["reason"] == "a.npy#4: the same pixels as a.npy#0; counted once."


def contents(workspace: Workspace, view: references.ReferenceView) -> list[tuple[int, int, str]]:
    return images.members(workspace, view.set_id)


def test_the_same_pictures_as_folder_and_as_zip_are_one_set(workspace: Workspace, tmp_path: Path) -> None:
    files = {**pngs(5, "cats/"), "dogs/x.png": images.new_image(random(1, seed=1)[0]).png}
    for name, data in files.items():
        (tmp_path / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pets" / name).write_bytes(data)
    first = references.add(workspace, "pets", tmp_path / "pets")
    assert references.add(workspace, "pets", make_zip(tmp_path / "other.zip", dict(reversed(files.items())))) == first
    renamed = {f"cats/{9 - i}.png": data for i, (name, data) in enumerate(files.items()) if name.startswith("cats")}
    renamed["dogs/y.png"] = files["dogs/x.png"]
    assert references.add(workspace, "pets", make_zip(tmp_path / "renamed.zip", renamed)) == first
    assert {images.origin(workspace, first.set_id, p) for p in range(6)} == set(files)


@pytest.mark.parametrize("options", [{"seed": 1}, {"held_out": 0.4}])
def test_another_split_is_another_version(workspace: Workspace, tmp_path: Path, options: dict[str, float]) -> None:
    np.save(tmp_path / "a.npy", random(10))
    np.save(tmp_path / "b.npy", random(10)[::-1])
    first = references.add(workspace, "x", tmp_path / "a.npy")
    other = references.add(workspace, "x", tmp_path / "a.npy", **options)  # type: ignore[arg-type]
    assert (first.version, other.version) == (1, 2)
    assert references.add(workspace, "x", tmp_path / "b.npy", **options) == other  # type: ignore[arg-type]
    order = [[image for _, image, _ in contents(workspace, view)] for view in (first, other)]
    assert sorted(order[0]) == sorted(order[1])
    assert (order[0] == order[1]) is ("seed" not in options)


def test_corrected_labels_are_a_new_version_in_the_same_order(workspace: Workspace, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=random(6), y=np.arange(6))
    np.savez(tmp_path / "b.npz", x=random(6), y=np.array([0, 1, 2, 3, 4, 9]))
    first, second = (references.add(workspace, "x", tmp_path / f"{name}.npz") for name in "ab")
    assert (first.version, second.version) == (1, 2)
    before, after = contents(workspace, first), contents(workspace, second)
    assert [row[:2] for row in before] == [row[:2] for row in after]
    assert {a[2] + b[2] for a, b in zip(before, after, strict=True) if a != b} == {"59"}


def test_which_twin_counts_does_not_hang_on_the_order(workspace: Workspace, tmp_path: Path) -> None:
    files = {**pngs(3), "dogs/a.png": pngs(1)["0.png"], "cats/b.png": pngs(1)["0.png"]}
    first = references.add(workspace, "x", make_zip(tmp_path / "a.zip", files), held_out=0)
    assert sorted(label for *_, label in contents(workspace, first)) == ["", "", "cats"]
    reasons = {r["name"]: r["reason"] for r in first.refused}
    assert reasons["dogs/a.png"].endswith(
        "the same pixels as cats/b.png; counted once with the label 'cats', not 'dogs'."
    )
    assert "0.png" in reasons


def test_archived_sets_leave_the_lists_and_stay_readable(workspace: Workspace, tmp_path: Path) -> None:
    for i in range(2):
        np.save(tmp_path / f"{i}.npy", random(4, seed=i))
    first, second = (references.add(workspace, "x", tmp_path / f"{i}.npy") for i in range(2))
    gone = references.archive(workspace, second.set_id, archived=True)
    assert gone.archived
    assert references.every(workspace) == [first]
    assert references.every(workspace, archived=True) == [gone, first]
    assert references.find(workspace, "x") == first
    assert references.find(workspace, "x@2") == references.get(workspace, second.set_id) == gone
    assert len(images.load(workspace, second.set_id, 0, 4)) == 4
    assert references.add(workspace, "x", tmp_path / "1.npy") == second
    assert references.archive(workspace, first.set_id, archived=False) == first
    with pytest.raises(NotFound, match="reference set 99"):
        references.archive(workspace, 99, archived=True)


def test_an_unknown_position_has_no_origin(workspace: Workspace, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", random(3))
    view = references.add(workspace, "x", tmp_path / "a.npy", source="my photos")
    assert view.source == "my photos"
    assert sorted(images.origin(workspace, view.set_id, p) for p in range(3)) == [f"my photos#{i}" for i in range(3)]
    with pytest.raises(NotFound, match="position 3"):
        images.origin(workspace, view.set_id, 3)


def test_progress_is_told_when_every_picture_is_bad(workspace: Workspace, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {f"{i}.png": b"no" for i in range(1200)})
    told: list[tuple[int, int, str]] = []
    with pytest.raises(BadInput, match="The first was refused"):
        references.add(workspace, "x", path, progress=lambda *report, session=None: told.append(report))
    assert told == [(done, 1200, "reading a.zip") for done in (0, 500, 1000, 1200)]


def test_slow_pictures_are_told_before_a_batch_is_full(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "SECONDS", 0.0)
    np.save(tmp_path / "a.npy", random(3))
    told: list[tuple[int, str]] = []
    references.add(workspace, "x", tmp_path / "a.npy", progress=lambda *r, session=None: told.append((r[0], r[2])))
    assert told[:4] == [(i, "reading a.npy") for i in range(4)]
    assert [message for _, message in told[4:]] == ["taking in 3 pictures", "3 pictures taken in"]


@pytest.mark.parametrize("name", ["", "  ", "a@b", "x" * 201, "a\udce9b", "a\nb"])
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
