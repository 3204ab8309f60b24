"""What can run a Keras generator on this machine: TensorFlow's traced function, onnxruntime.

The traced function is Keras' own inference to the last bit of every float, and what the others are held against.
Another one is used only where it was measured to be clearly faster, pays for its preparation, and makes the same bytes
but for the few that `core.generators.alike` allows, which are counted and told. XLA is not among them: on eight trained
generators it was slower than onnxruntime each time, and its compiler takes a second.
"""

from __future__ import annotations

import logging
import platform
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.generators.alike import Differs, apart, fits
from core.generators.spec import GeneratorSpec
from core.keys import key
from core.onnx_session import InParts, cores
from core.vetting.words import first_line

BATCH = 128
BATCH_VALUES = 16 << 20
"""Large pictures come in smaller batches: no more values at once than this."""
CLEARLY = 1.25
"""How many times faster than the reference another one must be: below that it may be chance."""
TURNS = 7
"""Batches that each makes by the clock, in turns, so that a busy moment of the machine hits all."""

Run = Callable[[list[NDArray[Any]]], NDArray[Any]]
"""One array for each input of the model, in its order -> its output."""


@dataclass(frozen=True)
class Runtime:
    """`prepare(model)` gives what runs it, for batches of any size."""

    name: str
    prepare: Callable[[Any], Run]


@dataclass(frozen=True)
class Measured:
    """A runtime on one network. `seconds` by the clock for a picture in a full batch, `processor` seconds of all cores
    (0 where they are not counted); `start` seconds before the first one, the trial against the reference included.
    `different` bytes of `of` of the trial pictures, by `levels` of 255 at most; `apart` by how much floats lie apart at
    most, of the range; `why` it cannot be used."""

    name: str
    seconds: float
    processor: float
    start: float
    different: int = 0
    apart: float = 0.0
    why: str = ""
    of: int = 0
    levels: int = 0

    @property
    def differs(self) -> Differs:
        return {"bytes": self.different, "of": self.of, "levels": self.levels}


@runtime_checkable
class Measurable(Protocol):
    """A generator that several runtimes can run; `network` is the key of what their speed depends on."""

    network: str
    spec: GeneratorSpec

    def measure(self) -> list[Measured]: ...

    def run_by(self, name: str) -> str: ...

    def floats(self, latents: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]: ...


def batch_size(spec: GeneratorSpec) -> int:
    """Pictures that are made at once."""
    return max(1, min(BATCH, BATCH_VALUES // (spec.height * spec.width * spec.channels)))


def traced(model: Any, _batch: int = BATCH) -> Run:
    """Keras' own inference as one traced function, for batches of every size."""
    import tensorflow as tf

    signature = [tf.TensorSpec((None, *t.shape[1:]), t.dtype) for t in model.inputs]
    call = tf.function(_inference(model), input_signature=signature)
    return lambda arrays: call(*arrays).numpy()


def compiled(model: Any, batch: int) -> Run:
    """By XLA, which compiles anew for every size: full batches only, the rest by the traced function."""
    import tensorflow as tf

    call, plain = tf.function(_inference(model), jit_compile=True), traced(model)
    return lambda arrays: call(*arrays).numpy() if len(arrays[0]) == batch else plain(arrays)


def rewritten(model: Any) -> Run:
    """As ONNX, by onnxruntime, a part of the batch on each core. Raises what `as_onnx` does."""
    return InParts(as_onnx(model)).run


def as_onnx(model: Any) -> bytes:
    """A Keras model as ONNX. Raises whatever the converter does for layers that it does not know."""
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")  # the converter's words about NumPy concern nobody here
        # Keras exports only what was called once.
        _inference(model)(*(np.zeros((1, *t.shape[1:]), t.dtype) for t in model.inputs))
        file = Path(folder) / "model.onnx"
        model.export(str(file), format="onnx", verbose=False)
        return file.read_bytes()


def _inference(model: Any) -> Callable[..., Any]:
    return lambda *arrays: model(list(arrays) if len(arrays) > 1 else arrays[0], training=False)


RUNTIMES = (Runtime("tf.function", traced), Runtime("onnxruntime", rewritten))
REFERENCE = RUNTIMES[0].name


def network(model: Any, layers: Iterator[Any]) -> str:
    """sha256 over what the speed depends on: kinds of layers and shapes, the machine, and who runs it. The checkpoints
    of a run have it in common."""
    shapes = [(type(layer).__name__, [list(w.shape) for w in layer.weights]) for layer in layers]
    sides = [[list(t.shape), str(t.dtype)] for t in (*model.inputs, *model.outputs)]
    return key(shapes, sides, machine())


def machine() -> list[Any]:
    """What speed depends on beside the network. Raise the first number when a runtime comes to run otherwise."""
    versions = [metadata.version(name) for name in ("keras", "numpy", "onnxruntime")]
    return [2, versions, platform.machine(), _processor(), cores()]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def measured(
    model: Any, arrays: list[NDArray[Any]], pictures: Callable[[NDArray[Any]], NDArray[np.float32]]
) -> list[Measured]:
    """Every runtime on the same full batch, the reference first. `pictures` reads an output as floats in [0, 1]. The
    quickest turn counts: a busy machine only ever adds, and what is measured in a busy moment is kept for long."""
    starts, tried = [], []
    for runtime in RUNTIMES:
        began = time.perf_counter()
        tried.append(_prepared(runtime, model, arrays))
        starts.append(time.perf_counter() - began)
    (_, own, reason), *_ = tried
    assert own is not None, reason
    seconds = iter(in_turns([partial(run, arrays) for run, _, _ in tried if run], TURNS, min))
    found, reference, n = [], pictures(own), len(arrays[0])
    for runtime, start, (_, output, why) in zip(RUNTIMES, starts, tried, strict=True):
        if output is None:
            found.append(Measured(runtime.name, 0.0, 0.0, start, why=why))
            continue
        gap = apart(pictures(output), reference)
        clock, processor = next(seconds)
        ready = start + found[0].seconds * n if found else start  # the trial is made by the reference as well
        found.append(
            Measured(runtime.name, clock / n, processor / n, ready, gap.different, gap.floats, of=gap.of,
                     levels=gap.levels)
        )  # fmt: skip
    return found


def _prepared(runtime: Runtime, model: Any, arrays: list[NDArray[Any]]) -> tuple[Run | None, NDArray[Any] | None, str]:
    try:
        run = runtime.prepare(model)
        return run, run(arrays), ""
    except Exception as error:  # converters fail in ways of their own for some layers
        return None, None, first_line(error)


def in_turns(
    runs: Sequence[Callable[[], object]], turns: int, of: Callable[[Iterable[float]], float] = statistics.median
) -> list[tuple[float, float]]:
    """The median seconds of each, or what `of` makes of them, by the clock and of this process on all cores."""
    seconds: list[list[tuple[float, float]]] = [[] for _ in runs]
    for _ in range(turns):
        for run, kept in zip(runs, seconds, strict=True):
            start, used = time.perf_counter(), time.process_time()
            run()
            kept.append((time.perf_counter() - start, time.process_time() - used))
    return [(of(clock for clock, _ in kept), of(processor for _, processor in kept)) for kept in seconds]


def believed(found: Any) -> list[Measured]:
    """What another process measured. Raises BadInput or TypeError for what can be no such thing."""
    rows = [Measured(**row) for row in found]
    sums = ("seconds", "processor", "start", "different", "apart", "of", "levels")
    numbers = [getattr(row, name) for row in rows for name in sums]
    if [row.name for row in rows] != [runtime.name for runtime in RUNTIMES] or rows[0].why:
        raise BadInput("other runtimes")
    if not all(type(x) in (int, float) and 0 <= x < 1e12 for x in numbers):
        raise BadInput("numbers that are none")
    if not all(isinstance(row.why, str) and len(row.why) <= 300 for row in rows):
        raise BadInput("reasons that are none")
    return rows


def fastest(found: list[Measured], n: int) -> str:
    """The name of the runtime that makes `n` pictures soonest, its preparation included: the reference unless another
    makes the same bytes as far as is asked, is clearly faster, and takes no more processor time. On busy cores one with
    a single thread seems faster by the clock than it is on idle ones."""
    reference = found[0]
    fit = [
        m for m in found[1:]
        if not m.why and fits(m.different, m.of, m.levels) and m.seconds * CLEARLY <= reference.seconds
        and m.processor <= reference.processor
    ]  # fmt: skip
    best = min(fit, key=lambda m: m.start + m.seconds * n, default=reference)
    return best.name if best.start + best.seconds * n < reference.seconds * n else reference.name
