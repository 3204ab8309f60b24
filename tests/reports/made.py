"""Made-up reference sets of which the answer is known."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from core import references
from core.images import Picture
from core.references import ReferenceView
from core.workspace import Workspace

COLOURS = np.array([[200, 60, 50], [60, 170, 70], [60, 80, 200], [190, 180, 60]], float)
ROWS, COLUMNS = np.mgrid[0:10, 0:10]


def bars(kind: int, rng: np.random.Generator) -> np.ndarray:
    """(10, 10) 0 or 1: stripes of one of four directions, at a random place."""
    along = (ROWS, COLUMNS, ROWS + COLUMNS, ROWS - COLUMNS)[kind]
    return ((along + rng.integers(0, 4)) % 4 < 2).astype(float)


def picture(ink: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> Picture:
    """The mask in a colour, on dark, with a little grain."""
    values = 30 + mask[:, :, None] * (ink - 30) + rng.normal(0, 6, (10, 10, 3))
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def by_colour(kind: int, rng: np.random.Generator) -> Picture:
    """The kind is the colour alone; the shape is any."""
    return picture(COLOURS[kind] + rng.normal(0, 8, 3), bars(int(rng.integers(4)), rng), rng)


def by_shape(kind: int, rng: np.random.Generator) -> Picture:
    """The kind is the direction of the stripes alone; the colour is any."""
    return picture(COLOURS[rng.integers(4)] + rng.normal(0, 8, 3), bars(kind, rng), rng)


def by_both(kind: int, rng: np.random.Generator) -> Picture:
    return picture(COLOURS[kind] + rng.normal(0, 8, 3), bars(kind, rng), rng)


def reference(
    workspace: Workspace, folder: Path, make: Callable[[int, np.random.Generator], Picture], n: int,
    labelled: bool = True, grey: bool = False,
) -> ReferenceView:  # fmt: skip
    """`n` different pictures in turn of four kinds, none held out."""
    rng = np.random.default_rng(0)
    pictures = np.stack([make(i % 4, rng) for i in range(n)])
    labels = np.array([f"kind {i % 4}" for i in range(n)])
    if grey:
        pictures = pictures[..., :1]
    path = folder / "made.npz"
    np.savez(path, images=pictures, **({"labels": labels} if labelled else {}))
    return references.add(workspace, "made", path, held_out=0)
