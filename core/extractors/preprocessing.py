"""What is done to a picture before an extractor sees it: crop, turn, grey. Asked for by name: `hog+centre-crop-80`."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow

from core.errors import NotFound
from core.images import Picture

VERSION = 1
"""Raise it when a step would give another picture."""
MOST = 4
"""Steps that one name may hold."""
PERCENT = 87
"""Of the shorter side, what a crop keeps: seven eighths, as is usual for ImageNet."""


def centre_crop(picture: Picture, percent: int) -> Picture:
    """The square in the middle whose side is `percent` of the shorter side."""
    return _square(picture, percent, 0.5, 0.5)


def random_crop(picture: Picture, percent: int) -> Picture:
    """Such a square anywhere. The place hangs on nothing but the grey levels, so a picture has one vector wherever it
    lies, and equal pictures are cropped alike."""
    rng = np.random.default_rng(zlib.crc32(np.ascontiguousarray(grey(picture, 0)).tobytes()))
    return _square(picture, percent, *rng.random(2))


def _square(picture: Picture, percent: int, down: float, right: float) -> Picture:
    height, width = picture.shape[:2]
    side = max(1, round(min(height, width) * percent / 100))
    top, left = round((height - side) * down), round((width - side) * right)
    return picture[top : top + side, left : left + side]


def rotate(picture: Picture, degrees: int) -> Picture:
    """Turned anticlockwise: exactly by quarter turns; by other angles bicubic, and cropped to the largest rectangle of
    the same shape in the middle that holds no corner from outside."""
    if degrees % 90 == 0:
        return np.ascontiguousarray(np.rot90(picture, degrees // 90))
    height, width, channels = picture.shape
    source = Pillow.fromarray(picture[:, :, 0] if channels == 1 else picture)
    turned = np.asarray(source.rotate(degrees, Pillow.Resampling.BICUBIC), np.uint8).reshape(height, width, channels)
    down, across = abs(math.sin(math.radians(degrees))), abs(math.cos(math.radians(degrees)))
    share = min(width / (width * across + height * down), height / (width * down + height * across))
    high, wide = max(1, int(height * share)), max(1, int(width * share))
    top, left = (height - high) // 2, (width - wide) // 2
    return np.ascontiguousarray(turned[top : top + high, left : left + wide])


def grey(picture: Picture, _unused: int) -> Picture:
    """Grey by Rec. 601, one channel."""
    if picture.shape[2] == 1:
        return picture
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)[:, :, None]


@dataclass(frozen=True)
class Step:
    """One thing that can be done. `default` is its number where none is named; None: it must be named, and 0 takes
    none."""

    name: str
    words: str
    low: int
    high: int
    default: int | None
    apply: Callable[[Picture, int], Picture]


STEPS = (
    Step("centre-crop", "centre {}%", 10, 99, PERCENT, centre_crop),
    Step("random-crop", "random {}%", 10, 99, PERCENT, random_crop),
    Step("rotate", "turned {}°", 1, 359, None, rotate),
    Step("grey", "grey", 0, 0, 0, grey),
)


@dataclass(frozen=True)
class Preprocessing:
    """Steps in the order in which they are done, each with its number."""

    steps: tuple[tuple[str, int], ...]

    def __call__(self, picture: Picture) -> Picture:
        """uint8 (H, W, C) to uint8 (h, w, c)."""
        for name, number in self.steps:
            picture = _line(name).apply(picture, number)
        return picture

    @property
    def words(self) -> str:
        return ", ".join(_line(name).words.format(number) for name, number in self.steps)

    def as_json(self) -> dict[str, Any]:
        """What the extractor's key holds."""
        return {"steps": [list(step) for step in self.steps], "version": VERSION}


def _line(name: str) -> Step:
    return next(step for step in STEPS if step.name == name)


def parse(names: Sequence[str]) -> Preprocessing:
    """From names such as "centre-crop-80" and "grey". Raises NotFound, saying what there is."""
    if len(names) > MOST:
        raise NotFound(f"{len(names)} steps of preprocessing are too many; name at most {MOST}.")
    return Preprocessing(tuple(_parsed(name) for name in names))


def _parsed(text: str) -> tuple[str, int]:
    for step in STEPS:
        found = re.fullmatch(rf"{step.name}(?:-([1-9][0-9]{{0,2}}))?", text)
        if found is None:
            continue
        number = int(found[1]) if found[1] else step.default
        written = number != step.default  # one spelling for one thing, since the name belongs to the key
        if number is not None and step.low <= number <= step.high and bool(found[1]) == written:
            return step.name, number
    raise NotFound(
        f"There is no preprocessing '{text}'; there are: centre-crop and random-crop (of {PERCENT}%, or say "
        "centre-crop-80), rotate-90 (1 to 359 degrees) and grey, joined by +."
    )
