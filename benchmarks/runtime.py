"""Pictures of a generator by the runtime that sampling takes, against `model.predict`: time, and bytes that differ; and
every runtime against the others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.table import Bound, Line
from core.generators.alike import LEVELS, SHARE, apart
from core.generators.keras_files import KerasGenerator, open_keras
from core.generators.runtimes import Measured, fastest, in_turns
from core.generators.spec import read_output
from core.training.models import get

REAL = Path(__file__).parents[2] / "shared" / "real" / "checkpoints"
MOST = {1: 1 / 20, 64: 1 / 3, 256: 1 / 3}
"""Pictures at once -> largest part of the time of `model.predict` that was promised."""
TIMES = 25
MANY = 50_000


def lines() -> Iterator[Line | Bound | str]:
    """The demo's generator and, where they lie beside the checkout, two that other people trained."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "DCGAN of the demo.keras"
        get("dcgan").build_generator(28, 1, 100).save(path)
        others = (REAL / "fashion-dcgan-keras2.8.h5", REAL / "anime-faces-keras3.9.h5")
        for file in (path, *(other for other in others if other.exists())):
            yield from _of(file.stem, open_keras(file))


def _of(name: str, generator: KerasGenerator) -> Iterator[Line | Bound | str]:
    """TensorFlow's own traced function, then what was measured to be the fastest for many pictures: the same that makes
    few at once."""
    size = f"{name}, {generator.spec.height} px"
    found = generator.measure()
    yield from (f"  {_said(one, found[0])}" for one in found)
    chosen = fastest(found, MANY)
    yield f"  {generator.run_by(chosen)}"
    for n, most in MOST.items():
        yield from _at_once(size, generator, n, most)
    yield _pays(found)


def _at_once(size: str, generator: KerasGenerator, n: int, most: float) -> Iterator[Line | Bound | str]:
    spec = generator.spec
    latents = np.random.default_rng(n).standard_normal((n, spec.latent_size), dtype=np.float32)
    labels = np.zeros(n, np.int64)

    def ours() -> np.ndarray:
        return generator.raw(latents, labels)

    def predict() -> np.ndarray:
        return np.asarray(generator.model.predict(latents, batch_size=len(latents), verbose=0))

    gap = apart(read_output(ours(), spec), read_output(predict(), spec))
    (clock, processor), (their_clock, their_processor) = in_turns([ours, predict], TIMES)
    yield Line(f"{size}: {n} at once", clock, their_clock, "model.predict", most)
    if n == max(MOST):
        said = f"{gap.different} of {gap.of:,} bytes differ, by {gap.levels} level at most, floats by {gap.floats:.1g}"
        yield Bound(f"{size}: bytes unlike model.predict's", gap.different / gap.of, SHARE, said)
        assert gap.levels <= LEVELS, f"a byte is {gap.levels} levels off"
    yield f"  {processor / their_processor:.2f} of its processor time"


def _pays(found: list[Measured]) -> str:
    """From how many pictures on the fastest runtime is chosen, its preparation included."""
    if (name := fastest(found, MANY)) == found[0].name:
        return f"  {name} makes them all"
    few = next(n for n in range(100, MANY, 100) if fastest(found, n) == name)
    return f"  {name} from {few:,} pictures on, by {found[0].name} below"


def _said(one: Measured, reference: Measured) -> str:
    if one.why:
        return f"{one.name:<12} cannot run it: {one.why}"
    faster, cheaper = reference.seconds / one.seconds, reference.processor / one.processor
    return (
        f"{one.name:<12} {1 / one.seconds:8,.0f} pictures/s, {faster:5.2f} times TensorFlow's, {cheaper:5.2f} times a "
        f"processor-second, ready in {one.start:4.1f} s, {one.different} bytes differ, floats by {one.apart:.1g}"
    )
