"""Pictures that somebody else's program made: a checkpoint without a model."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import archives
from core.errors import BadInput
from core.generators.spec import GeneratorSpec
from core.images import Picture


class ReadyMade:
    """A folder, zip, array or IDX file of pictures of any size, in a fixed order. `spec` has the size of the first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        count, found = archives.pictures(path)
        first = next(found, None)
        if first is None or isinstance(first.picture, BadInput):
            raise BadInput(f"{path.name}: no pictures in it." if first is None else str(first.picture))
        note = f"{count:,} ready-made pictures in a fixed order; nothing is generated, so there are no latents to share"
        self.spec = GeneratorSpec("pictures", (), *_size(first.picture), "byte", notes=(note,), pictures=count)

    def found(self, start: int, stop: int) -> Iterator[tuple[Picture, str]]:
        """Pictures start..stop with their labels. Raises BadInput, naming it, for one that cannot be used: leaving it
        out in silence would change what is measured."""
        _, found = archives.pictures(self._path)
        for one in islice(found, start, stop):
            if isinstance(one.picture, BadInput):
                raise one.picture
            yield one.picture, one.label

    def raw(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[Any]:
        raise BadInput("Ready-made pictures cannot be made from latents; register the model itself.")

    floats = raw


def _size(picture: NDArray[np.uint8]) -> tuple[int, int, int]:
    height, width, channels = picture.shape
    return height, width, channels
