"""Zips and folders from strangers: names in any coding, damage in any place, bombs of every kind."""

import io
import os
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core import archives, images, references
from core.errors import BadInput
from core.workspace import Workspace


def png(seed: int = 0) -> bytes:
    return images.new_image(np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)).png


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def renamed(path: Path, old: bytes, new: bytes, flag: int) -> Path:
    """Write raw bytes where zipfile would only write names it likes, and set the name's coding."""
    data = path.read_bytes().replace(old, new)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(signature, at + 1)) >= 0:
            data = data[: at + offset] + struct.pack("<H", flag) + data[at + offset + 2 :]
    path.write_bytes(data)
    return path


def found(path: Path) -> dict[str, archives.Found]:
    return {item.name: item for item in archives.pictures(path)[1]}


@pytest.mark.parametrize(
    ("raw", "flag", "label"),
    [
        ("Käfer".encode("cp437"), 0, "Käfer"),
        ("Käfer".encode(), 0, "Käfer"),
        ("Käfer".encode(), 0x800, "Käfer"),
        (b"cats\\in", 0, "in"),
    ],
)
def test_names_in_every_coding_are_read(tmp_path: Path, raw: bytes, flag: int, label: str) -> None:
    old = b"x" * len(raw)
    path = zipped(tmp_path / "a.zip", {f"{old.decode()}/{i}.png": png(i) for i in range(3)})
    items = list(found(renamed(path, old, raw, flag)).values())
    assert [item.label for item in items] == [label] * 3
    assert all(isinstance(item.picture, np.ndarray) for item in items)


@pytest.mark.parametrize("flag", [0, 0x800])
def test_names_that_are_no_utf8_are_read_or_refused(tmp_path: Path, flag: int) -> None:
    path = renamed(zipped(tmp_path / "a.zip", {"xx.png": png()}), b"xx", b"\xff\xfe", flag)
    if flag:
        with pytest.raises(BadInput, match=r"a.zip: not a whole zip"):
            archives.pictures(path)
    else:
        assert all(isinstance(item.picture, np.ndarray) for item in found(path).values())


def test_every_method_of_packing_is_read_or_refused_by_name(tmp_path: Path) -> None:
    methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2)
    read = [found(zipped(tmp_path / f"{m}.zip", {"a.png": png()}, m))["a.png"].picture for m in methods]
    assert all(isinstance(picture, np.ndarray) for picture in read[:3])
    assert "a.png: packed with a method" in str(read[3])


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("at", range(45, 115, 5))
def test_damage_is_named_and_the_rest_is_taken(tmp_path: Path, method: int, at: int) -> None:
    path = zipped(tmp_path / "a.zip", {"a.png": png(0), "b.png": png(1)}, method)
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(bytes(data))
    items = found(path)
    assert "a.png: damaged inside the zip" in str(items["a.png"].picture)
    assert isinstance(items["b.png"].picture, np.ndarray)


@pytest.mark.slow
def test_a_member_that_hides_its_size_is_not_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.png": bytes(128 << 20)}, zipfile.ZIP_LZMA)
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", 128 << 20), struct.pack("<I", 20_000)))
    tracemalloc.start()
    items = found(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(items["a.png"].picture, BadInput)
    assert peak < 96 << 20


def test_members_without_a_name_are_passed_over(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.png": png(), "x": b""})
    data = path.read_bytes()
    path.write_bytes(data.replace(b"x", b"\0"))
    assert list(found(path)) == ["a.png"]


def in_folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


TREE = {
    "top.png": png(0), "cats/a.png": png(1), "cats/old/b.png": png(2), ".hidden.png": png(3), "__MACOSX/._a.png": b"x",
    "a.b/c.png": png(4), "a/c.png": png(5), "notes.txt": b"x",
}  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "pets/"])
def test_a_folder_and_its_zip_hold_the_same(tmp_path: Path, prefix: str) -> None:
    folder = found(in_folder(tmp_path / "pets", TREE))
    packed = found(zipped(tmp_path / "pets.zip", {prefix + name: data for name, data in TREE.items()}))
    labels = {"top.png": "", "cats/a.png": "cats", "cats/old/b.png": "old", "a.b/c.png": "a.b", "a/c.png": "a"}
    assert {name: item.label for name, item in folder.items()} == labels
    assert {name: item.label for name, item in packed.items()} == {prefix + n: label for n, label in labels.items()}
    assert [name.removeprefix(prefix) for name in packed] == list(folder)


def test_a_zip_of_one_class_keeps_its_label(tmp_path: Path) -> None:
    assert found(zipped(tmp_path / "pets.zip", {"cats/a.png": png()}))["cats/a.png"].label == "cats"


def test_names_that_are_no_text_are_shown_with_replacement_characters(workspace: Workspace, tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)  # noqa: PTH102
    for i in range(3):
        Path(os.fsdecode(folder + b"/\xff%d.png" % i)).write_bytes(png(i))
    Path(os.fsdecode(folder + b"/bad\xff.png")).write_bytes(b"no")
    view = references.add(workspace, "x", Path(os.fsdecode(folder)))
    assert (view.source, view.refused[0]["name"]) == ("caf\ufffd", "bad\ufffd.png")
    assert images.origin(workspace, view.set_id, 0).startswith("\ufffd")
    with pytest.raises(BadInput, match="caf\ufffd"):
        archives.pictures(Path(os.fsdecode(folder + b"/none")))


def as_zip(path: Path, files: dict[str, bytes]) -> Path:
    return zipped(path.with_suffix(".zip"), files)


@pytest.mark.parametrize("make", [in_folder, as_zip])
def test_what_should_be_unpacked_is_named(tmp_path: Path, make: Callable[[Path, dict[str, bytes]], Path]) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.png", png())
    items = found(make(tmp_path / "a", {"inside/more.zip": inner.getvalue(), "b.png": png(), "x-ubyte.gz": b"1"}))
    assert isinstance(items["b.png"].picture, np.ndarray)
    assert "inside/more.zip: packed pictures inside a folder or zip; unpack it" in str(items["inside/more.zip"].picture)
    assert "unpack it" in str(items["x-ubyte.gz"].picture)
    with pytest.raises(BadInput, match=r"b(.zip)?: no pictures in it; unpack more.zip, or add it by itself"):
        archives.pictures(make(tmp_path / "b", {"more.zip": inner.getvalue()}))


def test_links_are_named_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png())
    folder = in_folder(tmp_path / "a", {"a.png": png()})
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    os.mkfifo(folder / "pipe.png")
    items = found(folder)
    assert "link.png: a link or a device" in str(items["link.png"].picture)
    assert "pipe.png: a link or a device" in str(items["pipe.png"].picture)


def test_a_path_that_no_system_knows_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        archives.pictures(tmp_path / ("x" * 5000))


def test_stand_ins_for_pictures_are_called_what_they_are(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    items = found(zipped(tmp_path / "a.zip", {"a.png": png(), "b.png": pointer, "c.png": b""}))
    assert "b.png: a Git LFS pointer" in str(items["b.png"].picture)
    assert "c.png: an empty file" in str(items["c.png"].picture)
    for name in ("whole.zip", "whole.npy", "whole-ubyte.gz"):
        (tmp_path / name).write_bytes(pointer)
        with pytest.raises(BadInput, match=f"{name}: a Git LFS pointer.*git lfs pull"):
            archives.pictures(tmp_path / name)
