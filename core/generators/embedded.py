"""A generator whose label input takes a vector for each class: a table of them makes it conditional."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import only_table
from core.errors import BadInput
from core.generators.spec import Generator, GeneratorSpec, InputSpec, read_output

MOST = 1 << 26
"""Numbers in a table."""
Table = NDArray[np.float32]


def read_table(path: Path) -> Table:
    """The vectors (classes, width) float32 of a `.npy` file, or of the one table in a `.npz`. Raises BadInput for what
    is no such table."""
    try:
        packed = path.suffix.lower() == ".npz"
        found = only_table(path, path.name) if packed else np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(f"{path.name}: no array of NumPy's ({str(error)[:100]}); save it with numpy.save.") from error
    if not isinstance(found, np.ndarray) or found.ndim != 2 or found.dtype.kind not in "fiu":
        raise BadInput(f"{path.name}: no table of vectors; save one array of numbers (classes, width).")
    if not 1 < len(found) <= 1_000_000 or not 0 < found.size <= MOST:
        raise BadInput(f"{path.name}: {len(found):,} vectors of {found.shape[1]:,} numbers cannot be used.")
    table = np.array(found, np.float32)
    if not np.isfinite(table).all():
        raise BadInput(f"{path.name}: has values that are not numbers; export the table again.")
    return table


class Embedded:
    """`generator` with the vector of each label's class given to one of its inputs: the one that was said to take it,
    else the one that was read as a label, else the only one of the table's width. Raises BadInput when there is none,
    or the model takes another label as well."""

    network = ""

    def __init__(self, generator: Generator, table: Table) -> None:
        found = generator.spec
        name = takes_table(found, table.shape[1])
        inner = tuple(InputSpec(i.name, i.shape) if i.name == name else i for i in found.inputs)
        if any(i.kind != "noise" for i in inner) or len(inner) < 2:
            raise BadInput("A table of vectors is for a model of latents and one vector for the class.")
        generator.spec = replace(found, inputs=inner, classes=0)
        outer = tuple(replace(i, kind="label", encoding="embedding") if i.name == name else i for i in inner)
        notes = tuple(note for note in found.notes if not note.startswith((f"'{name}' is read as", "the inputs ")))
        note = f"'{name}' takes one of {len(table)} vectors of {table.shape[1]} numbers, one for each class"
        self.spec = replace(found, inputs=outer, classes=len(table), notes=(*notes, note))
        self._generator, self._table = generator, table

    def raw(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[Any]:
        parts, start = [], 0
        for one in self.spec.inputs:
            if one.kind == "label":
                parts.append(self._table[labels])
                continue
            parts.append(latents[:, start : start + one.size])
            start += one.size
        return self._generator.raw(np.concatenate(parts, axis=1), labels)

    def floats(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
        return read_output(self.raw(latents, labels), self.spec)


def takes_table(spec: GeneratorSpec, width: int) -> str:
    """The input that takes vectors of this width. Raises BadInput, naming the inputs there are, when none or several
    could."""
    said = [i for i in spec.inputs if i.encoding == "embedding"]
    labels = said or [i for i in spec.inputs if i.encoding == "onehot"]
    fits = [i for i in labels or spec.inputs if i.size == width]
    if len(fits) != 1:
        there = ", ".join(f"'{i.name}' of {i.size}" for i in spec.inputs)
        raise BadInput(
            f"the table has vectors of {width} numbers, the inputs are {there}; give a table as wide as one of them, "
            "or say which one takes it (--input NAME=embedding, or on its page)."
        )
    return fits[0].name
