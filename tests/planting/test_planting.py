"""Planted changes do what they say: closed forms where there are some, and the shape of every line of the table."""

import numpy as np
import pytest
from skimage import data, filters

from core.errors import NotFound
from core.planting import PLANTS, Plant, get, pictures, sets

COFFEE = np.ascontiguousarray(data.coffee()[100:164, 200:264])
GREY = np.ascontiguousarray(data.camera()[100:164, 200:264, None])
RNG = np.random.default_rng
on_pictures = pytest.mark.parametrize("plant", [p for p in PLANTS if p.change], ids=lambda p: p.name)


def changed(plant: Plant, strength: str, picture: np.ndarray) -> float:
    """Root mean squared change, in grey levels."""
    (after,) = plant.planted([picture], strength)
    return float(np.sqrt(((after.astype(float) - picture) ** 2).mean()))


@on_pictures
@pytest.mark.parametrize("picture", [COFFEE, GREY, GREY.repeat(3, axis=2), COFFEE[:5, :9]], ids=str)
def test_every_change_keeps_the_shape_and_is_the_same_twice(plant: Plant, picture: np.ndarray) -> None:
    before = picture.copy()
    for strength in plant.amounts:
        first, again = (plant.planted([picture, picture], strength, seed=3) for _ in range(2))
        assert [(p.shape, p.dtype) for p in first] == [(picture.shape, np.uint8)] * 2
        assert np.array_equal(first, again)
    assert np.array_equal(picture, before), "the original is left alone"


@on_pictures
def test_strong_changes_more_than_light(plant: Plant) -> None:
    if plant.acts == "pictures" and len(plant.amounts) == 2:
        assert 0.5 < changed(plant, "light", COFFEE) < changed(plant, "strong", COFFEE)
    assert plant.amounts.keys() == plant.says.keys()


@on_pictures
def test_one_picture_is_changed_alike_alone_and_in_company(plant: Plant) -> None:
    company = plant.planted([COFFEE, GREY], "strong", seed=5)
    assert np.array_equal(company[0], plant.planted([COFFEE], "strong", seed=5)[0])


def test_blur_is_a_gaussian_of_that_width() -> None:
    dot = np.zeros((41, 41, 1), np.uint8)
    dot[20, 20] = 255
    expected = filters.gaussian(dot[:, :, 0].astype(float), 0.06 * 41, truncate=4)
    assert np.abs(pictures.blur(dot, 0.06, RNG(0))[:, :, 0] - expected).max() <= 1
    flat = np.full((9, 9, 3), 77, np.uint8)
    assert np.array_equal(pictures.blur(flat, 0.06, RNG(0)), flat)


def test_noise_has_the_deviation_it_is_given() -> None:
    flat = np.full((200, 200, 3), 128, np.uint8)
    after = pictures.noise(flat, 8, RNG(0)).astype(float)
    assert abs(after.std() - np.sqrt(64 + 1 / 12)) < 0.1, "and a twelfth for rounding to whole levels"
    assert abs(after.mean() - 128) < 0.1


def test_hue_turns_red_to_green_and_leaves_grey_alone() -> None:
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 200
    assert np.array_equal(pictures.hue(red, 120, RNG(0)), np.roll(red, 1, axis=2))
    for grey in (GREY, GREY.repeat(3, axis=2)):
        assert np.array_equal(pictures.hue(grey, 120, RNG(0)), grey)


def test_flip_twice_and_a_crop_of_all_are_no_change() -> None:
    assert np.array_equal(pictures.flip(pictures.flip(COFFEE, 1, RNG(0)), 1, RNG(0)), COFFEE)
    assert np.array_equal(pictures.flip(COFFEE, 1, RNG(0))[:, 0], COFFEE[:, -1])
    assert np.array_equal(pictures.crop(COFFEE, 1, RNG(0)), COFFEE)


def test_crop_enlarges_a_window() -> None:
    slope = np.tile(np.arange(100, dtype=np.uint8), (100, 1))[:, :, None]
    row = pictures.crop(slope, 0.5, RNG(0))[50, 5:-5, 0].astype(float)
    assert np.allclose(np.diff(row).mean(), 0.5, atol=0.02)


def test_shift_moves_by_whole_pixels_and_draws_out_the_edge() -> None:
    after = pictures.moved(COFFEE, 2, -3)
    assert np.array_equal(after[2:, :-3], COFFEE[:-2, 3:])
    assert np.array_equal(after[0], after[2])
    found = pictures.shift(COFFEE, 0.12, RNG(0))
    assert any(np.array_equal(found, pictures.moved(COFFEE, a, b)) for a in (-8, 8) for b in (-8, 8))
    assert pictures.pixels(0.01, COFFEE) == 1


def test_jpeg_of_low_quality_loses_fine_detail() -> None:
    for picture in (COFFEE, GREY):
        gap = [np.abs(pictures.jpeg(picture, q, RNG(0)).astype(int) - picture).mean() for q in (95, 60, 10)]
        assert gap[0] < gap[1] < gap[2]


MODES = np.repeat([0, 1, 2, 3], [40, 40, 80, 240])


def test_a_dropped_mode_is_gone_and_the_rest_keep_their_proportions() -> None:
    found = sets.resampled(MODES, np.array([0, 1, 1, 1.0]), 90, RNG(0))
    assert np.bincount(MODES[found], minlength=4).tolist() == [0, 10, 20, 60]
    assert len(set(found)) == 90, "no picture twice while there are enough"
    one, half = (np.bincount(MODES[sets.dropped(MODES, s, 40, RNG(1))], minlength=4) for s in (0.0, 0.5))
    assert ((one == 0).sum(), (half == 0).sum()) == (1, 2)


def test_imbalance_makes_half_of_the_modes_rare() -> None:
    modes = np.arange(1000) % 10
    counts = np.sort(np.bincount(modes[sets.imbalanced(modes, 0.1, 330, RNG(0))]))
    assert counts.tolist() == [6] * 5 + [60] * 5


def test_a_mode_with_too_few_pictures_repeats_them_evenly() -> None:
    found = sets.resampled(np.array([0, 0, 1]), np.array([1.0, 0.0]), 5, RNG(0))
    assert sorted(np.bincount(found, minlength=3).tolist()) == [0, 2, 3]


def test_what_cannot_be_drawn_is_an_error() -> None:
    with pytest.raises(ValueError, match="one mode alone"):
        sets.dropped(np.zeros(9, int), 0.5, 4, RNG(0))
    with pytest.raises(ValueError, match="weight 0"):
        sets.resampled(MODES, np.zeros(4), 4, RNG(0))
    with pytest.raises(NotFound, match="blur, noise"):
        get("smudge")


def test_copies_take_the_share_they_are_given() -> None:
    assert len(sets.among(500, 0.02, RNG(0))) == len(set(sets.among(500, 0.02, RNG(0)))) == 10
    assert len(sets.among(20, 0.001, RNG(0))) == 1
