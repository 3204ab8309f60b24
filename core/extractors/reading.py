"""How a network that a team brings is read: from a picture to what it takes, and from what it gives to a vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from core.errors import BadInput
from core.extractors.resizing import coloured
from core.images import Picture

FILTERS = {
    "bicubic": Pillow.Resampling.BICUBIC, "bilinear": Pillow.Resampling.BILINEAR,
    "lanczos": Pillow.Resampling.LANCZOS, "box": Pillow.Resampling.BOX,
}  # fmt: skip
FITS = ("stretch", "crop")
COLOURS = ("RGB", "BGR", "grey")
RANGES = {"0..255": (1.0, 0.0), "0..1": (1 / 255, 0.0), "-1..1": (1 / 127.5, -1.0)}
"""Value range -> (factor, offset) of the bytes."""
LAYOUTS = ("NCHW", "NHWC")
POOLINGS = ("none", "cls", "mean", "average")
MOST_SIDE = 2048


@dataclass(frozen=True)
class Reading:
    """Everything beside the weights that decides a vector. Raises BadInput for what means nothing."""

    side: int
    """Pictures are `side` x `side`."""
    fit: str = "stretch"
    """'stretch' to the square, or 'crop' its middle out after the shorter side was brought to `resize_to`."""
    resize_to: int = 0
    """0: `side`."""
    filter: str = "bicubic"
    """Pillow's, which antialiases as it shrinks."""
    colour: str = "RGB"
    value_range: str = "0..1"
    mean: tuple[float, ...] = ()
    """Taken off each channel, in the units of the value range; none where empty."""
    sd: tuple[float, ...] = ()
    """Each channel is divided by it; 1 where empty."""
    layout: str = "NCHW"
    output: str = ""
    """Name of the output, or of a layer inside; empty: the first output."""
    pooling: str = "none"
    """'none' for rows, 'cls' the first token, 'mean' over the tokens, 'average' over the places of a map."""

    def __post_init__(self) -> None:
        for name, allowed in (("fit", FITS), ("filter", FILTERS), ("colour", COLOURS), ("value_range", RANGES),
                              ("layout", LAYOUTS), ("pooling", POOLINGS)):  # fmt: skip
            if getattr(self, name) not in allowed:
                raise BadInput(f"{name} '{getattr(self, name)}' is unknown; there are: {', '.join(allowed)}.")
        if not 8 <= self.side <= MOST_SIDE:
            raise BadInput(f"The input size {self.side} cannot be used; give 8 to {MOST_SIDE:,}.")
        if self.resize_to and not self.side <= self.resize_to <= 2 * MOST_SIDE:
            raise BadInput(f"resize_to {self.resize_to} is smaller than the picture of {self.side} that is cut out.")
        for name in ("mean", "sd"):
            found = getattr(self, name)
            if len(found) not in (0, 1, self.channels) or not np.isfinite(found).all():
                raise BadInput(
                    f"{name} has {len(found)} numbers; give one, or one for each of {self.channels} channels."
                )
        if any(value <= 0 for value in self.sd):
            raise BadInput("sd must be above 0 in every channel; it is what is divided by.")

    @property
    def channels(self) -> int:
        return 1 if self.colour == "grey" else 3

    def as_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def said(self) -> dict[str, Any]:
        """The parts that a protocol is told by, in the words that other extractors use."""
        cut = f", shorter side to {self.resize_to or self.side}, middle cut out" if self.fit == "crop" else ""
        norm = f", mean {list(self.mean)}, sd {list(self.sd)}" if self.mean or self.sd else ""
        return {
            "resize": f"Pillow {self.filter}, antialiased{cut}", "side": self.side, "colour": self.colour,
            "scale": f"{self.value_range}{norm}", "layout": self.layout, "layer": self.output, "pooling": self.pooling,
        }  # fmt: skip


def given(found: dict[str, Any], overrides: dict[str, Any]) -> Reading:
    """What was found in the model, and what a person said instead. Raises BadInput for what is no setting."""
    known = {field.name: field for field in fields(Reading)}
    wrong = sorted(overrides.keys() - known.keys())
    if wrong:
        raise BadInput(f"'{wrong[0]}' is no setting of an extractor; there are: {', '.join(known)}.")
    whole = {**found, **overrides}
    if "side" not in whole:
        raise BadInput("The model does not fix the size of its pictures; say it (--side 224).")
    for name in ("side", "resize_to"):
        if not isinstance(whole.get(name, 0), int) or isinstance(whole.get(name), bool):
            raise BadInput(f"{name} {whole[name]!r} is no whole number.")
    for name in ("mean", "sd"):
        value = whole.get(name, ())
        if not isinstance(value, list | tuple) or any(isinstance(v, bool | str) for v in value):
            raise BadInput(f"{name} {value!r} is no list of numbers.")
        whole[name] = tuple(float(v) for v in value)
    return Reading(**whole)


def numbers(typed: dict[str, Any]) -> dict[str, Any]:
    """Settings as somebody typed them, with numbers as numbers. Raises BadInput for what is none."""
    said = dict(typed)
    for name in ("side", "resize_to"):
        if isinstance(said.get(name), str):
            if not (said[name].strip().isascii() and said[name].strip().isdigit()):
                raise BadInput(f"{name} '{said[name]}' is no whole number; write 224.")
            said[name] = int(said[name])
    for name in ("mean", "sd"):
        if isinstance(said.get(name), str):
            try:
                said[name] = [float(part) for part in said[name].split(",") if part.strip()]
            except ValueError as error:
                raise BadInput(f"'{said[name]}' is no list of numbers; write 0.485, 0.456, 0.406.") from error
    return said


def prepared(pictures: Sequence[Picture], reading: Reading) -> NDArray[np.float32]:
    """(n, C, side, side) or (n, side, side, C) float32, by the layout."""
    factor, offset = RANGES[reading.value_range]
    mean, sd = np.array(reading.mean or 0, np.float32), np.array(reading.sd or 1, np.float32)
    batch = np.stack([_resized(picture, reading) for picture in pictures]).astype(np.float32)
    batch = (batch * np.float32(factor) + np.float32(offset) - mean) / sd
    return np.ascontiguousarray(batch.transpose(0, 3, 1, 2) if reading.layout == "NCHW" else batch)


def _resized(picture: Picture, reading: Reading) -> NDArray[np.uint8]:
    image = Pillow.fromarray(coloured(picture))
    if reading.fit == "crop":
        scale = (reading.resize_to or reading.side) / min(image.size)
        width, height = (max(round(edge * scale), reading.side) for edge in image.size)
        image = _to(image, width, height, reading)
        left, top = (width - reading.side) // 2, (height - reading.side) // 2
        image = image.crop((left, top, left + reading.side, top + reading.side))
    else:
        image = _to(image, reading.side, reading.side, reading)
    pixels = np.asarray(image.convert("L") if reading.colour == "grey" else image, np.uint8)
    pixels = pixels[:, :, None] if pixels.ndim == 2 else pixels
    return pixels[:, :, ::-1] if reading.colour == "BGR" else pixels


def _to(image: Pillow.Image, width: int, height: int, reading: Reading) -> Pillow.Image:
    return image if image.size == (width, height) else image.resize((width, height), FILTERS[reading.filter])


def pooled(output: NDArray[Any], reading: Reading) -> NDArray[np.float32]:
    """(n, D) from what a network gave. Raises BadInput where its shape does not fit the pooling."""
    shape = "x".join(map(str, output.shape[1:])) or "one number"
    fits = {"none": 2, "cls": 3, "mean": 3, "average": 4}[reading.pooling]
    if reading.pooling == "none" and output.ndim > 2 and max(output.shape[1:]) == np.prod(output.shape[1:]):
        output = output.reshape(len(output), -1)
    if output.ndim != fits:
        remedy = {2: "none", 3: "cls or mean", 4: "average"}.get(output.ndim)
        raise BadInput(
            f"The output is {shape} a picture, which pooling '{reading.pooling}' makes no vector of; "
            + (f"choose {remedy}." if remedy else "choose another output or layer.")
        )
    if reading.pooling == "cls":
        output = output[:, 0]
    elif reading.pooling == "mean":
        output = output.mean(axis=1)
    elif reading.pooling == "average":
        output = output.mean(axis=(2, 3) if reading.layout == "NCHW" else (1, 2))
    return np.ascontiguousarray(output, np.float32)


def pooling_of(rank: int) -> str:
    """The likeliest pooling of an output with so many axes."""
    return {3: "cls", 4: "average"}.get(rank, "none")


@dataclass(frozen=True)
class Preset:
    """Published settings of a family of networks; they only fill in what a person may change."""

    name: str
    title: str
    settings: dict[str, Any]


PRESETS = (
    Preset("dinov2", "DINOv2 (Oquab et al. 2023)", {
        "side": 224, "fit": "crop", "resize_to": 256, "filter": "bicubic", "colour": "RGB", "value_range": "0..1",
        "mean": [0.485, 0.456, 0.406], "sd": [0.229, 0.224, 0.225],
    }),
    Preset("clip", "CLIP (Radford et al. 2021)", {
        "side": 224, "fit": "crop", "resize_to": 224, "filter": "bicubic", "colour": "RGB", "value_range": "0..1",
        "mean": [0.48145466, 0.4578275, 0.40821073], "sd": [0.26862954, 0.26130258, 0.27577711],
    }),
    Preset("imagenet", "ImageNet classifier of torchvision", {
        "side": 224, "fit": "crop", "resize_to": 256, "filter": "bilinear", "colour": "RGB", "value_range": "0..1",
        "mean": [0.485, 0.456, 0.406], "sd": [0.229, 0.224, 0.225],
    }),
)  # fmt: skip
