"""Pictures of a generator against `model.predict`, picture by picture equal; and every runtime against the others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.table import Line
from core.generators import as_bytes
from core.generators.keras_files import KerasGenerator, open_keras
from core.generators.runtimes import Measured, fastest, in_turns
from core.generators.spec import read_output
from core.training.models import get

REAL = Path(__file__).parents[2] / "shared" / "real" / "checkpoints"
MOST = {1: 1 / 20, 64: 1 / 3, 256: 1 / 3}
"""Pictures at once -> largest part of the time of `model.predict` that was promised."""
TIMES = 15
MANY = 50_000


def lines() -> Iterator[Line | str]:
    """The demo's generator and, where they lie beside the checkout, two that other people trained."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "DCGAN of the demo.keras"
        get("dcgan").build_generator(28, 1, 100).save(path)
        others = (REAL / "fashion-dcgan-keras2.8.h5", REAL / "anime-faces-keras3.9.h5")
        for file in (path, *(other for other in others if other.exists())):
            yield from _of(file.stem, open_keras(file))


def _of(name: str, generator: KerasGenerator) -> Iterator[Line | str]:
    spec = generator.spec
    size = f"{name}, {spec.height} px"
    for n, most in MOST.items():
        latents = np.random.default_rng(n).standard_normal((n, spec.latent_size), dtype=np.float32)
        labels = np.zeros(n, np.int64)

        def ours(latents: np.ndarray = latents, labels: np.ndarray = labels) -> np.ndarray:
            return generator.raw(latents, labels)

        def predict(latents: np.ndarray = latents) -> np.ndarray:
            return np.asarray(generator.model.predict(latents, batch_size=len(latents), verbose=0))

        own, theirs = ours(), predict()
        (clock, processor), (their_clock, their_processor) = in_turns([ours, predict], TIMES)
        yield Line(f"{size}: {n} at once", clock, their_clock, "model.predict", most)
        different = int((as_bytes(read_output(own, spec)) != as_bytes(read_output(theirs, spec))).sum())
        yield (
            f"  {processor / their_processor:.2f} of its processor time, {different} of {own.size:,} bytes differ, "
            f"floats by {abs(own - theirs).max():.1g} at most"
        )
    found = generator.measure()
    yield from (f"  {_said(one, found[0])}" for one in found)
    yield f"  soonest for {MANY:,} pictures: {fastest(found, MANY)}"


def _said(one: Measured, reference: Measured) -> str:
    if one.why:
        return f"{one.name:<12} cannot run it: {one.why}"
    faster, cheaper = reference.seconds / one.seconds, reference.processor / one.processor
    return (
        f"{one.name:<12} {1 / one.seconds:8,.0f} pictures/s, {faster:5.2f} times TensorFlow's, {cheaper:5.2f} times a "
        f"processor-second, ready in {one.start:4.1f} s, {one.different} bytes differ, floats by {one.apart:.1g}"
    )
