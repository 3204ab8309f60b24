"""How alike two pictures are, pixel for pixel or keypoint for keypoint. Pictures are uint8 (H, W, 1 or 3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from core.similarity.measure import Kind

Picture = NDArray[np.uint8]
Plane = NDArray[Any]
MS_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW = 11
"""Side of MS-SSIM's Gaussian window, sigma 1.5."""
SIFT_SIDES = (128, 1024)
"""Smaller pictures are enlarged for SIFT, or they show no keypoints; larger ones are reduced, or it takes minutes."""
RATIO = 0.75


@dataclass(frozen=True)
class Alike:
    """`value` is None where the measure is not defined for these pictures; `note` then says why. The note also says
    what had to be done to the pictures before they could be compared."""

    value: float | None
    note: str = ""


@dataclass(frozen=True)
class PictureMeasure:
    name: str
    title: str
    kind: Kind
    compute: Callable[[Picture, Picture], Alike] = field(repr=False)


def matched(a: Picture, b: Picture) -> tuple[Picture, Picture, str]:
    """Both pictures at the size of the smaller one (antialiased bicubic) and with as many channels, and what was
    done, as a sentence; empty when nothing was."""
    notes = []
    if a.shape[2] != b.shape[2]:
        a, b = (p.repeat(3, axis=2) if p.shape[2] == 1 else p for p in (a, b))
        notes.append("grey was compared as RGB")
    if a.shape != b.shape:
        height, width, _ = min(a.shape, b.shape, key=lambda s: s[0] * s[1])
        a, b = _resized(a, width, height), _resized(b, width, height)
        notes.append(f"resized to {width} x {height}")
    return a, b, "; ".join(notes)


def _resized(picture: Picture, width: int, height: int) -> Picture:
    if picture.shape[:2] == (height, width):
        return picture
    source = Pillow.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture)
    out = np.asarray(source.resize((width, height), Pillow.Resampling.BICUBIC), dtype=np.uint8)
    return out.reshape(height, width, picture.shape[2])


def mse(a: Picture, b: Picture) -> Alike:
    """Mean squared difference of the pixels, 0 to 65,025."""
    a, b, note = matched(a, b)
    return Alike(_mse(a, b), note)


def _mse(a: Picture, b: Picture) -> float:
    return float(((a.astype(np.float64) - b) ** 2).mean())


def psnr(a: Picture, b: Picture) -> Alike:
    """10 log10(255^2 / MSE) in decibels; not defined (infinite) for equal pixels."""
    a, b, note = matched(a, b)
    error = _mse(a, b)
    if error == 0:
        return Alike(None, "infinite: the pixels are equal" + (f"; {note}" if note else ""))
    return Alike(float(10 * np.log10(255**2 / error)), note)


def ssim(a: Picture, b: Picture) -> Alike:
    """Structural similarity, -1 to 1 (Wang et al. 2004), scikit-image's: windows of 7 x 7, or smaller for pictures
    that are, mean over the channels."""
    from skimage.metrics import structural_similarity

    a, b, note = matched(a, b)
    side = min(a.shape[:2])
    if side < 3:
        return Alike(None, f"not defined for pictures of less than 3 pixels a side (here {side})")
    window = min(7, side - 1 + side % 2)
    if window < 7:
        note = "; ".join(filter(None, [note, f"windows of {window} x {window}"]))
    return Alike(float(structural_similarity(a, b, win_size=window, channel_axis=2, data_range=255)), note)


def ms_ssim(a: Picture, b: Picture) -> Alike:
    """Multi-scale SSIM, 0 to 1 (Wang, Simoncelli & Bovik 2003). Five scales need 176 pixels a side; smaller pictures
    are compared on the scales they have, with the weights scaled to sum to 1."""
    a, b, note = matched(a, b)
    side = min(a.shape[:2])
    scales = sum(side >> i >= WINDOW for i in range(len(MS_WEIGHTS)))
    if scales == 0:
        return Alike(None, f"not defined for pictures of less than {WINDOW} pixels a side (here {side})")
    weights = np.array(MS_WEIGHTS[:scales]) / sum(MS_WEIGHTS[:scales])
    if scales < len(MS_WEIGHTS):
        note = "; ".join(filter(None, [note, f"{scales} of {len(MS_WEIGHTS)} scales"]))
    planes = [_ms_ssim(a[:, :, i].astype(float), b[:, :, i].astype(float), weights) for i in range(a.shape[2])]
    return Alike(float(np.mean(planes)), note)


def _ms_ssim(a: Plane, b: Plane, weights: Plane) -> float:
    value = 1.0
    for i, weight in enumerate(weights):
        luminance, contrast = _terms(a, b)
        last = i == len(weights) - 1
        # A negative term has no real power: taken as 0, as the published code and TensorFlow do.
        value *= max((luminance * contrast if last else contrast).mean(), 0.0) ** weight
        a, b = _halved(a), _halved(b)
    return value


def _terms(a: Plane, b: Plane) -> tuple[Plane, Plane]:
    """The luminance and the contrast-structure map of SSIM where the window lies wholly inside."""
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_a, mean_b = _smooth(a), _smooth(b)
    var_a, var_b = _smooth(a * a) - mean_a**2, _smooth(b * b) - mean_b**2
    covariance = _smooth(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    return luminance, (2 * covariance + c2) / (var_a + var_b + c2)


def _smooth(plane: Plane) -> Plane:
    edge = WINDOW // 2
    smooth: Plane = np.asarray(cv2.GaussianBlur(plane, (WINDOW, WINDOW), 1.5))
    return smooth[edge:-edge, edge:-edge]


def _halved(plane: Plane) -> Plane:
    plane = plane[: plane.shape[0] // 2 * 2, : plane.shape[1] // 2 * 2]
    half: Plane = plane.reshape(plane.shape[0] // 2, 2, plane.shape[1] // 2, 2).mean(axis=(1, 3))
    return half


def sift_matches(a: Picture, b: Picture) -> Alike:
    """Share of keypoints that match both ways under Lowe's ratio 0.75, of the picture with fewer keypoints, 0 to 1
    (Lowe 2004). Local geometry: pictures need not have one size."""
    found = [_keypoints(p) for p in (a, b)]
    fewest = min(len(f) for f in found)
    if fewest < 2:
        return Alike(None, f"not defined: a picture shows {fewest} keypoints, two are needed")
    # SIFT's values are whole numbers: squared distances are exact even in float32.
    norms = [(f**2).sum(axis=1) for f in found]
    distances = norms[0][:, None] + norms[1] - 2 * found[0] @ found[1].T
    there, back = _unmistakable(distances), _unmistakable(distances.T)
    rows = np.flatnonzero(there >= 0)
    return Alike(float((back[there[rows]] == rows).sum() / fewest), f"of {fewest} keypoints")


def _keypoints(picture: Picture) -> Plane:
    height, width, channels = picture.shape
    longest = max(height, width)
    factor = float(np.clip(longest, *SIFT_SIDES)) / longest
    small = _resized(picture, max(1, round(width * factor)), max(1, round(height * factor)))
    grey = small[:, :, 0] if channels == 1 else cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    _, found = cv2.SIFT.create().detectAndCompute(np.ascontiguousarray(grey), None)
    return np.empty((0, 128), np.float32) if found is None else np.asarray(found, np.float32)


def _unmistakable(distances: Plane) -> NDArray[np.int64]:
    """For each row of squared distances its nearest column, or -1 where the second nearest is nearly as near."""
    two = np.partition(distances, 1, axis=1)[:, :2]
    found: NDArray[np.int64] = np.where(two[:, 0] < RATIO**2 * two[:, 1], distances.argmin(axis=1), -1)
    return found
