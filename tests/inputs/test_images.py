"""The written rule for each odd kind of picture."""

import io
import resource
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core import images
from core.errors import BadInput
from core.workspace import Workspace
from storage.images import add


def saved(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def random(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("shape", [(7, 5, 1), (7, 5, 3)])
def test_stored_pictures_come_back_equal(shape: tuple[int, ...]) -> None:
    picture = random(shape)
    new = images.new_image(picture)
    assert np.array_equal(images.from_png(new.png), picture)
    assert np.array_equal(images.decode(new.png, "a.png"), picture)
    assert (new.height, new.width, new.channels) == shape


def test_the_key_tells_shapes_apart() -> None:
    flat = np.zeros((2, 8, 1), np.uint8)
    assert images.new_image(flat).sha256 != images.new_image(flat.reshape(4, 4, 1)).sha256


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    values = np.array([[0, 257, 32_896, 65_535]], np.uint16)
    assert images.decode(saved(Image.fromarray(values)), "deep.png").ravel().tolist() == [0, 1, 128, 255]


def deep_png(values: np.ndarray, colour_type: int, before: bytes = b"", after: bytes = b"") -> bytes:
    """A 16-bit PNG by the specification; Pillow cannot write one with colour."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, colour_type, 0, 0, 0)
    pixels = before + chunk(b"IDAT", zlib.compress(rows)) + after
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + pixels + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_sixteen_bit_colour_is_exact_for_every_value() -> None:
    values = np.arange(65_536 * 3, dtype=np.uint32).reshape(256, 256, 3) % 65_536
    gamma = chunk(b"gAMA", struct.pack(">I", 45_455))
    decoded = images.decode(deep_png(values, 2, gamma), "deep.png")
    assert np.array_equal(decoded, np.round(values / 257))


@pytest.mark.parametrize(("colour_type", "channels"), [(4, 2), (6, 4)])
def test_sixteen_bit_alpha_is_laid_over_white(colour_type: int, channels: int) -> None:
    values = np.random.default_rng(0).integers(0, 65_536, (40, 30, channels)).astype(float)
    alpha = values[..., -1:] / 65_535
    expected = np.round((values[..., :-1] * alpha + 65_535 * (1 - alpha)) / 257)
    decoded = images.decode(deep_png(values, colour_type), "deep.png")
    assert np.array_equal(decoded, expected)


@pytest.mark.parametrize(("colour_type", "clear"), [(0, [7]), (2, [7, 8, 9])])
def test_a_sixteen_bit_colour_that_means_transparent_becomes_white(colour_type: int, clear: list[int]) -> None:
    values = np.array([[clear, [40_000] * len(clear)]])
    decoded = images.decode(deep_png(values, colour_type, chunk(b"tRNS", struct.pack(f">{len(clear)}H", *clear))), "a")
    assert decoded.tolist() == [[[255] * len(clear), [156] * len(clear)]]


def test_a_sixteen_bit_file_that_lies_about_a_chunk_allocates_nothing() -> None:
    lie = struct.pack(">I4s", 0xFFFF_FF00, b"zTXt")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadInput, match=r"lie.png: the file is damaged"):
        images.decode(deep_png(np.zeros((9, 9, 3)), 2, after=lie), "lie.png")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10


def test_a_picture_too_long_to_be_stored_is_refused() -> None:
    with pytest.raises(BadInput, match=r"long.png: 70000 x 1 pixels .* on one side"):
        images.decode(saved(Image.new("L", (70_000, 1))), "long.png")


def test_alpha_is_laid_over_white() -> None:
    clear = Image.new("RGBA", (2, 2), (255, 0, 0, 0))
    assert images.decode(saved(clear), "clear.png").tolist() == [[[255, 255, 255]] * 2] * 2


def test_cmyk_becomes_rgb() -> None:
    picture = Image.new("CMYK", (4, 4), (0, 255, 255, 0))
    red = images.decode(saved(picture, "JPEG"), "print.jpg")[0, 0]
    assert red[0] > 200
    assert red[1] < 60


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (saved(Image.fromarray(random((64, 64, 3))))[:-500], "damaged or cut short"),
        (saved(Image.fromarray(random((64, 64, 3))), "JPEG")[:900], "damaged or cut short"),
        (b"not a picture", "not a picture"),
        (b"", "not a picture"),
        (saved(Image.fromarray(np.zeros((3, 3), np.float32)), "TIFF"), "floating-point"),
        (
            saved(Image.new("L", (3, 3)), "GIF", save_all=True, append_images=[Image.new("L", (3, 3), 255)]),
            "animation",
        ),
    ],
)
def test_what_cannot_be_used_is_named(data: bytes, sentence: str) -> None:
    with pytest.raises(BadInput, match=f"odd.png: .*{sentence}"):
        images.decode(data, "odd.png")


def test_a_huge_picture_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 100)
    with pytest.raises(BadInput, match=r"big.png: 20 x 20 pixels"):
        images.decode(saved(Image.new("L", (20, 20))), "big.png")


@pytest.mark.parametrize(("asked", "side"), [(-5, 16), (16, 16), (100, 100), (10**9, 1024)])
def test_thumbnails_stay_between_16_and_1024(workspace: Workspace, asked: int, side: int) -> None:
    with workspace.database.write() as session:
        (number,) = add(session, [images.new_image(random((2000, 500, 3)))])
    thumbnail = images.from_png(images.thumbnail(workspace, number, asked))
    assert thumbnail.shape == (side, side // 4, 3)
