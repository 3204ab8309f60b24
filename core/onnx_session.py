"""onnxruntime sessions: as many threads as there are cores for this process, none of which waits by spinning; and
batches cut in parts, a core for each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PART = 16
"""Rows of a part. From 8 to 64 a DCGAN of 28 px and one of 64 px were equally fast; fewer cost calls, and more leave a
core without work at the end of a batch."""


def open_session(network: Path | bytes, threads: int = 0) -> Any:
    """A session on the processor, ready to run; `threads` share the work inside every layer, as many as there are cores
    when it is 0. Raises onnxruntime's own errors, which share no base class but Exception."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads or cores()
    # Threads that spin between two calls take the cores from whatever else is at work: decoding pictures, storing them,
    # TensorFlow. On two busy cores EfficientNet saw twice the pictures in the same processor time without.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    given = network if isinstance(network, bytes) else str(network)
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])


class InParts:
    """A network whose batches are cut in parts, each run by one core alone. Threads that share the work inside a layer
    wait for each other at every picture of a transposed convolution: on two cores parts gave 1.6 times the pictures of
    a small generator, and 1.3 times as many a processor-second. A row must not depend on the others of its batch."""

    def __init__(self, network: bytes) -> None:
        self._network, self._alone = network, open_session(network, threads=1)
        self._names = [i.name for i in self._alone.get_inputs()]
        self._pool = ThreadPoolExecutor(cores())

    @cached_property
    def _together(self) -> Any:
        return open_session(self._network)

    def run(self, arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """The first output for one array an input, each with the batch first. A single row is no part: all cores share
        the work inside its layers."""
        n = len(arrays[0])
        if n <= 1:
            return self._made(self._together, arrays)
        step = min(PART, -(-n // cores()))
        parts = [[a[start : start + step] for a in arrays] for start in range(0, n, step)]
        return np.concatenate(list(self._pool.map(lambda part: self._made(self._alone, part), parts)))

    def _made(self, session: Any, arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
        return np.asarray(session.run(None, dict(zip(self._names, arrays, strict=True)))[0])


def cores() -> int:
    """How many this process may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
