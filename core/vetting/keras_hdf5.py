"""HDF5 files from strangers: walked object by object before anything is read out of them.

HDF5 can point to other files (external links, external storage, virtual datasets), declare more than it stores, and
unpack far more than it holds; Keras reads all of it (CVE-2026-1669, CVE-2026-0897).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadInput, Refused
from core.vetting.limits import MAX_CONFIG_BYTES, MAX_DEPTH, MAX_PARAMETERS, check_total
from core.vetting.words import shown

MAX_OBJECTS = 100_000
MAX_ATTRIBUTES = 1_000
MAX_RATIO = 500
"""Declared bytes to stored ones: weights barely compress, only those that are all alike do."""
SMALL = 1 << 20
"""Bytes that a dataset may declare whatever it stores."""
FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32", 5: "nbit", 6: "scaleoffset", 32000: "lzf"}
"""Built into h5py; others would be loaded as a plugin."""
MAX_TEXTS = 100_000
"""Names of layers or weights in one attribute."""
REMEDY = "save the model again with Keras"


def check_hdf5(path: Path, name: str) -> int:
    """The numbers that the datasets of the file declare, all together. Raises BadInput for no whole HDF5 file, Refused
    for what leads out of it and for what declares more than it stores. Reads no data."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return _Walk(name).group(file.id)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        said = str(error).replace(str(path), name).split("\n")[0][:200]
        raise BadInput(f"{name}: not a whole HDF5 file ({said}); it may be cut short: copy it again.") from error


class _Walk:
    def __init__(self, file: str) -> None:
        self.file = file
        self.seen: set[Any] = set()
        self.total = 0

    def refuse(self, what: str) -> Refused:
        return Refused(f"{self.file}: {what}; {REMEDY}.")

    def group(self, root: Any) -> int:
        """Walks without recursion: a stranger says how deep it goes."""
        waiting = [(root, "", 0)]
        while waiting:
            group, path, depth = waiting.pop()
            self.attributes(group, path or "the file")
            for child, label in self.children(group, path):
                if depth >= MAX_DEPTH:
                    raise self.refuse(f"holds groups more than {MAX_DEPTH} deep")
                waiting += self.entered(child, label, depth)
        return self.total

    def children(self, group: Any, path: str) -> Iterator[tuple[Any, str]]:
        import h5py

        for key in group:
            text = key.decode(errors="replace")
            label = f"{path}/{text}" if path else text
            if ".." in text.split("/") or len(text) > 1000:
                raise self.refuse(f"has an object named '{shown(label)}', which leads elsewhere")
            if group.links.get_info(key).type != h5py.h5l.TYPE_HARD:
                raise self.refuse(f"'{shown(label)}' is a link, not weights; links may lead to other files")
            yield h5py.h5o.open(group, key), label

    def entered(self, child: Any, label: str, depth: int) -> list[tuple[Any, str, int]]:
        import h5py

        info = h5py.h5o.get_info(child)
        identity = (info.fileno, info.addr)
        if identity in self.seen:
            return []
        self.seen.add(identity)
        if len(self.seen) > MAX_OBJECTS:
            raise self.refuse(f"holds more than {MAX_OBJECTS:,} objects")
        if isinstance(child, h5py.h5g.GroupID):
            return [(child, label, depth + 1)]
        if isinstance(child, h5py.h5d.DatasetID):
            self.attributes(child, label)
            self.dataset(child, label)
        return []

    def dataset(self, dataset: Any, label: str) -> None:
        import h5py

        made = dataset.get_create_plist()
        if made.get_external_count():
            raise self.refuse(f"'{shown(label)}' keeps its data in another file (HDF5 external storage)")
        if made.get_layout() == h5py.h5d.VIRTUAL:
            raise self.refuse(f"'{shown(label)}' is put together from other files (HDF5 virtual dataset)")
        odd = [f for f in (made.get_filter(i)[0] for i in range(made.get_nfilters())) if f not in FILTERS]
        if odd:
            raise self.refuse(f"'{shown(label)}' is packed by the HDF5 filter {odd[0]}, which is not read here")
        count = prod(int(n) for n in dataset.shape)
        self.dtype(dataset.dtype, count, label)
        stored, declared = dataset.get_storage_size(), count * int(dataset.dtype.itemsize)
        if declared > SMALL and declared > MAX_RATIO * stored:
            raise self.refuse(f"'{shown(label)}' declares {declared:,} bytes and stores {stored:,}, as in a bomb")
        self.total += count
        check_total(self.file, "weights", self.total, MAX_PARAMETERS)

    def dtype(self, dtype: np.dtype[Any], count: int, label: str) -> None:
        import h5py

        text = dtype.kind == "O" and h5py.check_string_dtype(dtype)
        if text and count > MAX_TEXTS:
            raise self.refuse(f"'{shown(label)}' holds {count:,} texts")
        if dtype.kind not in "biufcSU" and not text:
            raise self.refuse(f"'{shown(label)}' holds objects of type {dtype}, not numbers")

    def attributes(self, owner: Any, label: str) -> None:
        import h5py

        count = h5py.h5a.get_num_attrs(owner)
        if count > MAX_ATTRIBUTES:
            raise self.refuse(f"'{shown(label)}' has {count:,} attributes")
        for index in range(count):
            attribute = h5py.h5a.open(owner, index=index)
            self.dtype(attribute.dtype, prod(attribute.shape), label)
            size = prod(attribute.shape) * int(attribute.dtype.itemsize)
            if size > MAX_CONFIG_BYTES:
                raise self.refuse(f"'{shown(label)}' has an attribute of {size:,} bytes")
