"""Reads a legacy `.pth` of plain tensors without torch, admitting nothing else."""

from __future__ import annotations

import io
import pickle
import struct
from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Refused

KINDS: dict[str, np.dtype[Any]] = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


def _tensor(
    storage: tuple[str, str], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_rest: Any
) -> tuple[Any, ...]:
    return storage, offset, shape, strides


class _Reader(pickle.Unpickler):
    """Finds OrderedDict, the tensor marker and the two storage markers, and refuses every other name."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in KINDS:
            return name
        raise Refused(f"The weights file asks for {module}.{name}, which plain tensors do not need; get it anew.")

    def persistent_load(self, marker: Any) -> tuple[str, str]:
        _, kind, key, *_ = marker
        return kind, key


def read(data: bytes) -> dict[str, NDArray[Any]]:
    """Tensors by name from the bytes of a legacy (before 1.6) `torch.save`. Raises Refused for anything else."""
    stream = io.BytesIO(data)
    for _ in range(3):  # magic number, protocol, system facts
        _Reader(stream).load()
    tensors = _Reader(stream).load()
    kinds = {key: kind for (kind, key), *_ in tensors.values()}
    storages = {}
    for key in _Reader(stream).load():
        (count,) = struct.unpack("<q", stream.read(8))
        kind = KINDS[kinds[key]]
        storages[key] = np.frombuffer(stream.read(count * kind.itemsize), kind)
    return {name: _view(storages[key], *where) for name, ((_, key), *where) in tensors.items()}


def _view(storage: NDArray[Any], offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> NDArray[Any]:
    """Tensors converted from TensorFlow keep its order of axes in memory: the strides matter. `np.ndarray` refuses
    strides that lead out of the storage."""
    size = storage.itemsize
    try:
        return np.ndarray(shape, storage.dtype, storage, offset * size, tuple(s * size for s in strides)).copy()
    except (ValueError, TypeError) as error:
        raise Refused("A tensor of the weights file leads out of its storage; get the file anew.") from error
