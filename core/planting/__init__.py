"""Planted changes: what is known to be wrong, in order to see who notices. Graded, seeded, pure functions of uint8
pictures (H, W, 1 or 3) and of positions in a set. One new change = one function, one line here, one test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.named import named
from core.planting import pictures, sets
from core.planting.pictures import Picture


@dataclass(frozen=True)
class Plant:
    """A change in up to two strengths. `acts` says on what: 'pictures' (each of them), 'modes' (which kinds there
    are, how often) or 'copies' (reference pictures among the others)."""

    name: str
    title: str
    acts: str
    amounts: dict[str, float]
    """Strength -> what the function takes; the words of a strength are in `says`."""
    says: dict[str, str]
    change: Callable[..., Picture] | None = field(default=None, repr=False)
    """change(picture, amount, rng) -> picture."""
    draw: Callable[..., sets.Positions] | None = field(default=None, repr=False)
    """draw(modes, amount, n, rng) -> positions."""

    def planted(self, originals: Sequence[Picture], strength: str, seed: int = 0) -> list[Picture]:
        """Every picture changed; picture i gets the same change whatever stands before it."""
        assert self.change is not None, "only changes of pictures"
        amount = self.amounts[strength]
        return [self.change(p, amount, np.random.default_rng([seed, i])) for i, p in enumerate(originals)]


def _both(light: str, strong: str) -> dict[str, str]:
    return {"light": light, "strong": strong}


def _amounts(light: float, strong: float) -> dict[str, float]:
    return {"light": light, "strong": strong}


# fmt: off
PLANTS = (
    Plant("blur", "Blur", "pictures", _amounts(0.02, 0.06),
          _both("Gaussian, sigma 2% of the side", "Gaussian, sigma 6% of the side"), pictures.blur),
    Plant("noise", "Noise", "pictures", _amounts(8, 40),
          _both("Gaussian, 8 grey levels", "Gaussian, 40 grey levels"), pictures.noise),
    Plant("jpeg", "JPEG", "pictures", _amounts(60, 10),
          _both("quality 60", "quality 10"), pictures.jpeg),
    Plant("hue", "Colour shift", "pictures", _amounts(20, 120),
          _both("hue turned by 20°", "hue turned by 120°"), pictures.hue),
    Plant("crop", "Crop", "pictures", _amounts(0.92, 0.7),
          _both("a window of 92% of each side", "a window of 70% of each side"), pictures.crop),
    Plant("shift", "Shift", "pictures", _amounts(0.03, 0.12),
          _both("by 3% of the side, both ways", "by 12% of the side, both ways"), pictures.shift),
    Plant("flip", "Mirror", "pictures", {"strong": 1.0}, {"strong": "left and right exchanged"}, pictures.flip),
    Plant("drop", "Missing modes", "modes", _amounts(0.0, 0.5),
          _both("one mode left out", "half of the modes left out"), draw=sets.dropped),
    Plant("imbalance", "Unbalanced modes", "modes", _amounts(0.5, 0.1),
          _both("half of the modes half as frequent", "half of the modes a tenth as frequent"), draw=sets.imbalanced),
    Plant("copies", "Exact copies", "copies", _amounts(0.02, 0.2),
          _both("2% are reference pictures", "20% are reference pictures")),
    Plant("near-copies", "Near copies", "copies", _amounts(0.02, 0.2),
          _both("2% are reference pictures, moved by a pixel, JPEG 75", "20% are such near copies"),
          lambda picture, _share, rng: pictures.near_copy(picture, 75, rng)),
)
# fmt: on


def get(name: str) -> Plant:
    """Raises NotFound, listing the names there are."""
    return named(PLANTS, name, "planted change")


__all__ = ["PLANTS", "Plant", "get", "pictures", "sets"]
