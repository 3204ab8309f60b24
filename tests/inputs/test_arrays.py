"""Arrays: values, shapes and sizes, honest and not."""

import gzip
import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core import archives, arrays, images
from core.errors import BadInput


def saved(path: Path, array: np.ndarray) -> Path:
    np.save(path, array)
    return path


def idx(path: Path, shape: tuple[int, ...], data: bytes) -> Path:
    raw = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + data
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def test_booleans_become_black_and_white(tmp_path: Path) -> None:
    masks = np.array([[[True, False]], [[False, True]]])
    _, found = archives.pictures(saved(tmp_path / "a.npy", masks))
    assert [f.picture.ravel().tolist() for f in found] == [[255, 0], [0, 255]]  # type: ignore[union-attr]


@pytest.mark.parametrize("shape", [(3, 0, 4), (3, 4, 0), (0, 4, 4), (3, 4, 0, 3), (3, 1, 70_000), (2, 9000, 9000)])
def test_shapes_that_hold_no_picture_are_named(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.lib.format.open_memmap(tmp_path / "a.npy", "w+", np.uint8, shape)
    with pytest.raises(BadInput, match=r"a.npy: "):
        archives.pictures(tmp_path / "a.npy")


@pytest.mark.parametrize("shape", [(3, 0, 4), (0, 4, 4), (9, 9, 9, 9, 9, 0), (5,)])
def test_idx_files_without_pictures_are_named(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match=r"t-images-idx3-ubyte: "):
        archives.pictures(idx(tmp_path / "t-images-idx3-ubyte", shape, bytes(5)))


def test_values_are_the_same_in_blocks_as_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "BLOCK", 100)
    values = np.random.default_rng(0).uniform(-1, 1, (25, 3, 5, 4))
    _, found = archives.pictures(saved(tmp_path / "a.npy", values))
    expected = np.round((values.transpose(0, 2, 3, 1).astype(np.float32) + 1) * 127.5)
    assert np.abs(np.stack([f.picture for f in found]) - expected).max() <= 1  # type: ignore[arg-type]


def peak_of(path: Path) -> tuple[str, int]:
    tracemalloc.start()
    with pytest.raises(BadInput) as raised:
        archives.pictures(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return str(raised.value), peak


def test_an_npz_bomb_is_refused_unread(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros((100_000, 30, 30), np.uint8))
    sentence, peak = peak_of(tmp_path / "a.npz")
    assert sentence.startswith("a.npz: x.npy: unpacks to 90,000,128 bytes")
    assert peak < 5 << 20


def test_a_large_npz_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((100, 30, 30), np.uint8))
    monkeypatch.setattr(arrays, "MAX_BYTES", 80_000)
    assert "unpacks to 90,128 bytes" in peak_of(tmp_path / "a.npz")[0]


def test_an_npz_that_declares_more_than_it_holds_is_refused_unread(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (4000, 500, 500)})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", header.getvalue() + bytes(100))
    sentence, peak = peak_of(tmp_path / "a.npz")
    assert "x.npy is pickled or cut short" in sentence
    assert peak < 5 << 20


def test_sorted_labels_may_pack_as_well_as_they_like(tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (20_000, 4, 4), dtype=np.uint8)
    np.savez_compressed(tmp_path / "a.npz", x=pictures, y=np.repeat([b"cat", b"dog"], 10_000))
    labels = [f.label for f in archives.pictures(tmp_path / "a.npz")[1]]
    assert labels == ["cat"] * 10_000 + ["dog"] * 10_000


def test_labels_that_are_no_text_can_be_stored(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((2, 4, 4), np.uint8), y=np.array(["\ud800", "b"]))
    assert [f.label for f in archives.pictures(tmp_path / "a.npz")[1]] == ["?", "b"]


def test_idx_bombs_are_refused_unread(tmp_path: Path) -> None:
    path = idx(tmp_path / "t-images-idx3-ubyte.gz", (100_000, 30, 30), bytes(90_000_000))
    sentence, peak = peak_of(path)
    assert "declares 90,000,000 bytes" in sentence
    assert peak < 5 << 20
    assert "declares 2,000,000,000 bytes" in peak_of(idx(tmp_path / "u-idx3-ubyte", (2, 10**9, 1), b""))[0]


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "t-images-idx3-ubyte.gz", "a.zip"])
def test_bytes_of_noise_give_a_sentence(tmp_path: Path, name: str) -> None:
    """Damaged headers make NumPy, gzip and zipfile raise a dozen kinds of errors."""
    path = tmp_path / name
    if name == "a.npy":
        saved(path, np.zeros((4, 5, 5)))
    elif name == "a.npz":
        np.savez(path, x=np.zeros((4, 5, 5)), y=np.arange(4))
    elif name == "a.zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.png", images.new_image(np.zeros((4, 4, 1), np.uint8)).png)
    else:
        idx(path, (4, 3, 3), bytes(36))
    rng, honest, refused = np.random.default_rng(0), path.read_bytes(), 0
    for _ in range(300):
        data = bytearray(honest)
        for at in rng.integers(0, len(data), 2):
            data[at] = rng.integers(0, 256)
        path.write_bytes(bytes(data))
        try:
            refused += sum(isinstance(f.picture, BadInput) for f in archives.pictures(path)[1])
        except BadInput:
            refused += 1
    assert refused > 0
