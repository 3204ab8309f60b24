"""Colour spaces, shape and VLAD by what they must see and must not."""

import numpy as np
import pytest
from skimage import color, data

from core import extractors
from core.extractors import colour, shape, sift_vlad, sift_words
from core.images import Picture


def plain(*rgb: int) -> Picture:
    return np.tile(np.array(rgb, np.uint8), (16, 16, 1))


def test_hellinger_normalised_vectors_have_the_hellinger_distance() -> None:
    from core.similarity.vectors import hellinger

    pictures = [data.astronaut(), data.coffee()]
    shares = extractors.get("colour-histogram").build(None, None).embed(pictures)  # type: ignore[arg-type]
    a, b = colour.hellinger().embed(pictures)
    assert np.linalg.norm(a) == pytest.approx(1, rel=1e-5)
    assert np.linalg.norm(a - b) / np.sqrt(2) == pytest.approx(float(hellinger(shares[:1], shares[1:])[0, 0]), rel=1e-4)


@pytest.mark.parametrize(
    ("rgb", "bins"),
    [((255, 0, 0), (0, 3, 3)), ((0, 255, 0), (5, 3, 3)), ((0, 0, 0), (0, 0, 0)), ((100, 0, 100), (13, 3, 1))],
)  # fmt: skip
def test_a_plain_picture_has_one_hsv_bin(rgb: tuple[int, int, int], bins: tuple[int, int, int]) -> None:
    (vector,) = colour.hsv().embed([plain(*rgb)])
    hue, saturation, value = bins
    assert vector[hue * 16 + saturation * 4 + value] == 1


def test_lab_bins_are_scikit_images() -> None:
    picture = data.coffee()[::8, ::8]
    lab = (color.rgb2lab(picture) + np.array([0, 128, 128])) / [100, 255, 255]
    index = np.minimum((lab * 8).astype(int), 7) @ [64, 8, 1]
    expected = np.bincount(index.ravel(), minlength=512) / index.size
    (vector,) = colour.lab().embed([picture])
    assert np.abs(vector - expected).sum() < 0.02  # pixels at the edge of a bin


def test_turning_a_picture_turns_its_edge_directions_and_leaves_hu_moments() -> None:
    picture = np.tril(np.full((64, 64), 255, np.uint8))[:, :, None]  # one slanting edge
    upright, turned = shape.edge_directions().embed([picture, np.rot90(picture)])
    # A quarter turn anticlockwise is nine of the 36 bins back: pixels count rows downward.
    assert np.abs(np.roll(upright[:36], -9) - turned[:36]).sum() < 0.1
    assert np.abs(upright - turned).sum() > 1
    picture = np.zeros((64, 64, 1), np.uint8)
    picture[12:30, 20:52] = 255
    picture[30:50, 20:28] = 200
    straight, quarter, shifted = shape.hu_moments().embed(
        [picture, np.rot90(picture), np.roll(picture, (5, 8), (0, 1))]
    )
    assert np.allclose(straight, quarter, atol=2e-3)
    assert np.allclose(straight, shifted, atol=1e-6)


def test_pictures_without_edges_have_the_last_bin() -> None:
    assert shape.edge_directions().embed([plain(9, 9, 9)])[0, -1] == 1
    assert not shape.hu_moments().embed([plain(0, 0, 0)]).any()


def test_vlad_is_the_sum_of_differences_to_the_nearest_word() -> None:
    photographs = [data.astronaut(), data.coffee()]
    words = sift_vlad.learn(photographs)
    assert words.shape == (16, 128)
    found = sift_words.descriptors(photographs[0]).astype(float)
    sums = np.zeros((16, 128))
    for one in found:
        word = ((words - one) ** 2).sum(axis=1).argmin()
        sums[word] += one - words[word]
    expected = (np.sign(sums) * np.sqrt(np.abs(sums))).ravel()
    vector, blank = sift_vlad.sift_vlad(words).embed([photographs[0], plain(7, 7, 7)])
    assert np.allclose(vector[:-1], expected / np.linalg.norm(expected), atol=1e-5)
    assert blank[-1] == 1
    assert np.count_nonzero(blank) == 1
