"""onnxruntime sessions: as many threads as there are cores for this process, none of which waits by spinning."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def open_session(network: Path | bytes) -> Any:
    """A session on the processor, ready to run. Raises onnxruntime's own errors, which share no base class but
    Exception."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = cores()
    # Threads that spin between two calls take the cores from whatever else is at work: decoding pictures, storing them,
    # TensorFlow. On two busy cores EfficientNet saw twice the
    # pictures in the same processor time without.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    given = network if isinstance(network, bytes) else str(network)
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])


def cores() -> int:
    """How many this process may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
