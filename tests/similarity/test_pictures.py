"""Measures of two pictures: identity, symmetry, closed forms, unlike sizes, and no keypoints."""

import cv2
import numpy as np
import pytest
from skimage import data

from core.similarity import PICTURE_MEASURES, PictureMeasure
from core.similarity.pictures import matched, ms_ssim, mse, psnr, sift_matches, ssim

CAT, COFFEE = data.chelsea()[:200, :220], data.coffee()[:200, :220]
GREY = data.camera()[:200, :220, None]
each = pytest.mark.parametrize("measure", PICTURE_MEASURES, ids=lambda m: m.name)


@each
def test_identity_symmetry_and_range(measure: PictureMeasure) -> None:
    own = measure.compute(CAT, CAT)
    a, b = measure.compute(CAT, COFFEE), measure.compute(COFFEE, CAT)
    assert a.value is not None
    assert b.value is not None
    assert a.value == pytest.approx(b.value, rel=1e-9, abs=1e-12)
    if measure.name == "psnr":
        assert own.value is None
        assert "equal" in own.note
    elif measure.kind == "distance":
        assert own.value == 0 < a.value
    else:
        assert own.value == pytest.approx(1, abs=0.02)  # SIFT: a few keypoints are each other's double
        assert a.value < 0.9


def test_closed_forms() -> None:
    grey = np.full((32, 32, 1), 100, np.uint8)
    assert mse(grey, grey + 10).value == 100
    assert psnr(grey, grey + 10).value == pytest.approx(20 * np.log10(25.5))
    c1 = (0.01 * 255) ** 2  # flat pictures differ in luminance alone
    luminance = (2 * 100 * 110 + c1) / (100**2 + 110**2 + c1)
    assert ssim(grey, grey + 10).value == pytest.approx(luminance, rel=1e-6)
    weights = np.array([0.0448, 0.2856])
    found = ms_ssim(grey, grey + 10)
    assert found.value == pytest.approx(luminance ** (weights[1] / weights.sum()), rel=1e-6)
    assert "2 of 5 scales" in found.note


def test_a_turned_picture_keeps_its_keypoints_and_loses_its_pixels() -> None:
    turned = np.ascontiguousarray(np.rot90(CAT))
    assert (sift_matches(CAT, turned).value or 0) > 0.5
    assert (sift_matches(CAT, COFFEE).value or 0) < 0.1


@each
def test_unlike_sizes_and_channels_are_compared_and_said(measure: PictureMeasure) -> None:
    small = np.asarray(cv2.resize(CAT, (110, 100), interpolation=cv2.INTER_AREA))
    alike, unlike = measure.compute(CAT, small), measure.compute(COFFEE, small)
    assert alike.value is not None
    assert unlike.value is not None
    assert (alike.value < unlike.value) == (measure.kind == "distance")
    mixed = measure.compute(GREY, small)
    assert mixed.value is not None
    if measure.name != "sift-matches":
        assert "110 x 100" in alike.note
        assert "RGB" in mixed.note


def test_the_smaller_size_is_the_common_one() -> None:
    a, b, note = matched(np.zeros((10, 40, 1), np.uint8), np.zeros((30, 30, 3), np.uint8))
    assert a.shape == b.shape == (10, 40, 3)
    assert note == "grey was compared as RGB; resized to 40 x 10"


@each
@pytest.mark.parametrize("side", [1, 2, 5, 8, 28])
def test_plain_and_tiny_pictures_give_a_number_or_a_reason(measure: PictureMeasure, side: int) -> None:
    flat, white = np.zeros((side, side, 1), np.uint8), np.full((side, side, 1), 255, np.uint8)
    for other in (flat, white):
        found = measure.compute(flat, other)
        assert (found.value is not None and np.isfinite(found.value)) or found.note
    assert sift_matches(flat, white).value is None
    assert "0 keypoints" in sift_matches(flat, white).note


@pytest.mark.tensorflow
def test_ms_ssim_equals_tensorflow() -> None:
    import tensorflow as tf

    expected = tf.image.ssim_multiscale(CAT[None], COFFEE[None], 255).numpy()[0]
    blurred = np.asarray(cv2.GaussianBlur(CAT, (5, 5), 2))
    close = tf.image.ssim_multiscale(CAT[None], blurred[None], 255).numpy()[0]
    assert ms_ssim(CAT, COFFEE).value == pytest.approx(float(expected), abs=2e-3)
    assert ms_ssim(CAT, blurred).value == pytest.approx(float(close), abs=2e-3)
