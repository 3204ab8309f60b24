"""Reads TensorFlow's frozen graphs (GraphDef) without TensorFlow: nodes by name, constants as arrays.

The wire format is Protocol Buffers'; the numbers of the fields are those of tensorflow/core/framework/*.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput

DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 4: "u1", 9: "<i8", 10: "?"}
VALUES = {5: ("<f4", "f"), 6: ("<f8", "d"), 7: ("<i4", ""), 10: ("<i8", ""), 11: ("?", "")}
"""Fields of a TensorProto that list its values one by one: (dtype, struct code or "" for variable-length integers)."""


@dataclass(frozen=True)
class Node:
    """One operation. `inputs` are names of nodes, as "name" or "name:output"; those that only order are left out."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: dict[str, Any]
    """bytes, int, float, bool, a tuple of them, an array for a tensor; what is of no use here is left out."""


def read(data: bytes) -> dict[str, Node]:
    """The nodes of a serialised GraphDef by name. Raises BadInput for bytes that are none."""
    try:
        nodes = [_node(value) for field, value in fields(memoryview(data)) if field == 1]
    except (IndexError, ValueError, struct.error, UnicodeDecodeError, TypeError) as error:
        raise BadInput(f"Not a TensorFlow graph, or cut short ({error}); get the file anew.") from error
    return {node.name: node for node in nodes}


def fields(data: memoryview) -> Iterator[tuple[int, Any]]:
    """(field number, value) of a message: int, or a view of the bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        size = {1: 8, 5: 4}.get(kind, 0)
        if kind == 2:
            size, at = _varint(data, at)
        elif not size:
            raise ValueError(f"wire type {kind}")
        if not 0 <= size <= len(data) - at:
            raise ValueError("it ends too early")
        yield tag >> 3, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return (value - (1 << 64) if value >> 63 else value), at
        if shift > 63:
            raise ValueError("a number without an end")


def _text(data: memoryview) -> str:
    return bytes(data).decode()


def _node(data: memoryview) -> Node:
    name = op = ""
    inputs, attributes = [], {}
    for field, value in fields(data):
        if field == 1:
            name = _text(value)
        elif field == 2:
            op = _text(value)
        elif field == 3:
            inputs.append(_text(value))
        elif field == 5:
            entry = dict(fields(value))
            attributes[_text(entry[1])] = _attribute(entry.get(2, memoryview(b"")))
    return Node(name, op, tuple(i for i in inputs if not i.startswith("^")), attributes)


def _attribute(data: memoryview) -> Any:
    for field, value in fields(data):
        if field == 1:
            return tuple(_listed(value))
        if field == 2:
            return bytes(value)
        if field in (3, 6):
            return value
        if field == 4:
            return struct.unpack("<f", value)[0]
        if field == 5:
            return bool(value)
        if field == 8:
            return _tensor(value)
    return None


def _listed(data: memoryview) -> Iterator[Any]:
    for field, value in fields(data):
        if field == 2:
            yield bytes(value)
        elif field == 3:
            yield from [value] if isinstance(value, int) else _varints(value)


def _varints(data: memoryview) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _shape(data: memoryview) -> tuple[int, ...]:
    return tuple(int(dict(fields(size)).get(1, 0)) for field, size in fields(data) if field == 2)


def _tensor(data: memoryview) -> NDArray[Any] | None:
    """The array of a TensorProto; None for text. A single listed value stands for all of them."""
    kind, content = 0, b""
    shape: tuple[int, ...] = ()
    values: list[Any] = []
    for field, value in fields(data):
        if field == 1:
            kind = value
        elif field == 2:
            shape = _shape(value)
        elif field == 4:
            content = bytes(value)
        elif field in VALUES:
            dtype, code = VALUES[field]
            plain = isinstance(value, int)
            values += [value] if plain else np.frombuffer(value, dtype).tolist() if code else list(_varints(value))
    if kind not in DTYPES:
        return None
    if content:
        return np.frombuffer(content, DTYPES[kind]).reshape(shape)
    count = int(np.prod(shape))
    if not 0 <= count <= 1 << 28:
        raise ValueError(f"a constant of shape {shape}")
    filled = np.zeros(count, DTYPES[kind])
    filled[: len(values)] = values
    if values:
        filled[len(values) :] = values[-1]
    return filled.reshape(shape)
