"""Known changes of single pictures. Pictures are uint8 (H, W, 1 or 3); what comes back has the same shape."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Random = np.random.Generator


def _shaped(values: NDArray[Any], like: Picture) -> Picture:
    """Rounded into 0..255; OpenCV drops the one channel of grey pictures, which comes back here."""
    whole: Picture = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return whole.reshape(like.shape)


def pixels(share: float, picture: Picture) -> int:
    """A share of the shorter side in whole pixels, at least 1."""
    shorter: int = min(picture.shape[:2])
    return max(1, round(share * shorter))


def blur(picture: Picture, share: float, _rng: Random) -> Picture:
    """Gaussian blur with sigma = `share` of the shorter side; flat pictures stay as they are."""
    return _shaped(cv2.GaussianBlur(picture, (0, 0), share * min(picture.shape[:2])), picture)


def noise(picture: Picture, deviation: float, rng: Random) -> Picture:
    """Independent Gaussian noise of this standard deviation, in grey levels, clipped to 0..255."""
    return _shaped(picture + rng.normal(0, deviation, picture.shape), picture)


def jpeg(picture: Picture, quality: float, _rng: Random) -> Picture:
    """Saved as JPEG of this quality (1 to 100) and read back."""
    bgr = picture if picture.shape[2] == 1 else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    if not done:
        raise ValueError(f"OpenCV could not write a JPEG of {picture.shape}")
    back = np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), np.uint8)
    return _shaped(back if back.ndim == 2 else cv2.cvtColor(back, cv2.COLOR_BGR2RGB), picture)


def hue(picture: Picture, degrees: float, _rng: Random) -> Picture:
    """Hue turned by this many degrees (HSV); grey has no hue and stays as it is."""
    if picture.shape[2] == 1:
        return picture.copy()
    hsv = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + degrees) % 360
    return _shaped(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255, picture)


def crop(picture: Picture, keep: float, rng: Random) -> Picture:
    """A window of `keep` of each side at a random place, enlarged (bicubic) to the old size."""
    height, width = picture.shape[:2]
    rows, columns = max(1, round(keep * height)), max(1, round(keep * width))
    top, left = int(rng.integers(0, height - rows + 1)), int(rng.integers(0, width - columns + 1))
    window = np.ascontiguousarray(picture[top : top + rows, left : left + columns])
    return _shaped(cv2.resize(window, (width, height), interpolation=cv2.INTER_CUBIC), picture)


def flip(picture: Picture, _amount: float, _rng: Random) -> Picture:
    """Left and right exchanged."""
    return np.ascontiguousarray(picture[:, ::-1])


def shift(picture: Picture, share: float, rng: Random) -> Picture:
    """Moved by `share` of the shorter side (at least a pixel), up or down and left or right; edges are drawn out."""
    by = pixels(share, picture)
    down, right = (int(step) for step in rng.choice([-by, by], 2))
    return moved(picture, down, right)


def moved(picture: Picture, down: int, right: int) -> Picture:
    """Moved by whole pixels; the pixels of the edge fill what becomes free."""
    height, width = picture.shape[:2]
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return np.ascontiguousarray(picture[rows][:, columns])


def near_copy(picture: Picture, quality: float, rng: Random) -> Picture:
    """What a copied picture looks like after a careless pipeline: moved by one pixel, then JPEG of this quality."""
    return jpeg(shift(picture, 0, rng), quality, rng)
