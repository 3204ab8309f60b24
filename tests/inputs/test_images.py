"""The written rule for each odd kind of picture."""

import io

import numpy as np
import pytest
from PIL import Image

from core import images
from core.errors import BadInput


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
