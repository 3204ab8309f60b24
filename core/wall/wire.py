"""Messages between a walled process and ours: a JSON object and arrays of numbers, as bytes, no pickle. What comes in
is a stranger's: every size is checked before memory is taken for it."""

from __future__ import annotations

import json
import math
import os
import select
import struct
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput

Arrays = list[NDArray[Any]]
DTYPES = ("float16", "float32", "float64", "uint8", "int8", "uint16", "int16", "int32", "uint32", "int64", "bool")
MOST_HEADER = 1 << 20
MOST_ARRAYS = 8
TICK = 0.5
"""Seconds between two calls of `alive` while nothing comes."""


class Closed(Exception):  # noqa: N818
    """The other side is gone."""


class TooLong(Exception):  # noqa: N818
    """The time is over."""


class Lies(BadInput):
    """No message of ours looks like this."""


def _quiet() -> None:
    """Nobody asks in between."""


class Wire:
    """One end. Blocks where the file descriptor does; where it does not, `until` (monotonic seconds) raises TooLong,
    and `alive` is called twice a second and may raise."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._until, self._alive = math.inf, _quiet

    def send(
        self, header: dict[str, Any], arrays: Sequence[NDArray[Any]] = (), *, until: float = math.inf,
        alive: Callable[[], None] = _quiet,
    ) -> None:  # fmt: skip
        self._until, self._alive = until, alive
        shapes = [[a.dtype.name, list(a.shape)] for a in arrays]
        arrays = [np.ascontiguousarray(a) for a in arrays]
        head = json.dumps({**header, "arrays": shapes}).encode()
        self._write(memoryview(struct.pack("!I", len(head)) + head))
        for array in arrays:
            if array.size:
                self._write(_bytes(array))

    def receive(
        self, most: int, *, until: float = math.inf, alive: Callable[[], None] = _quiet
    ) -> tuple[dict[str, Any], Arrays]:
        """A message whose arrays have at most `most` bytes together. Raises Lies for any other, Closed, TooLong."""
        self._until, self._alive = until, alive
        (length,) = struct.unpack("!I", self._read(4))
        if not 2 <= length <= MOST_HEADER:
            raise Lies(f"a header of {length:,} bytes")
        try:
            header = json.loads(self._read(length))
            shapes = header.pop("arrays")
        except (ValueError, RecursionError, AttributeError, KeyError, TypeError) as error:
            raise Lies("no JSON object of ours") from error
        arrays: Arrays = []
        for dtype, shape in _believable(shapes, most):
            arrays.append(_room(dtype, shape))
            if arrays[-1].size:
                self._fill(_bytes(arrays[-1]))
        return header, arrays

    def _read(self, count: int) -> bytes:
        buffer = bytearray(count)
        self._fill(memoryview(buffer))
        return bytes(buffer)

    def _fill(self, view: memoryview) -> None:
        while view:
            try:
                done = os.readv(self.fd, [view])
            except BlockingIOError:
                self._wait(select.POLLIN)
                continue
            except OSError as error:
                raise Closed from error
            if not done:
                raise Closed
            view = view[done:]

    def _write(self, view: memoryview) -> None:
        while view:
            try:
                view = view[os.write(self.fd, view) :]
            except BlockingIOError:
                self._wait(select.POLLOUT)
            except OSError as error:
                raise Closed from error

    def _wait(self, event: int) -> None:
        poll = select.poll()
        poll.register(self.fd, event)
        while not poll.poll(max(0.0, min(TICK, self._until - time.monotonic())) * 1000):
            if time.monotonic() >= self._until:
                raise TooLong
            self._alive()


def _room(dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    try:
        return np.empty(shape, dtype)
    except ValueError as error:
        raise Lies("an array of no shape") from error


def _bytes(array: NDArray[Any]) -> memoryview:
    return memoryview(array.reshape(-1).view(np.uint8).data)


def _believable(shapes: Any, most: int) -> list[tuple[str, tuple[int, ...]]]:
    if not isinstance(shapes, list) or len(shapes) > MOST_ARRAYS:
        raise Lies("no list of arrays")
    found, left = [], most
    for one in shapes:
        if not (isinstance(one, list) and len(one) == 2 and one[0] in DTYPES and isinstance(one[1], list)):
            raise Lies("an array of no type that is known")
        if len(one[1]) > 8 or not all(type(s) is int and 0 <= s < 1 << 40 for s in one[1]):
            raise Lies("an array of no shape")
        left -= math.prod(one[1]) * np.dtype(one[0]).itemsize
        if left < 0:
            raise Lies(f"more than the {most:,} bytes that were asked for")
        found.append((one[0], tuple(one[1])))
    return found
