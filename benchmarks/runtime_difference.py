"""`python -m benchmarks.runtime_difference [FILE.h5 ...] [--n N]`: by how much do the metrics of a checkpoint move when
onnxruntime makes its pictures instead of TensorFlow?

The same latents through both, as bytes, measured against the built-in pictures by the default extractor: how many bytes
and pictures differ, and each metric's move beside its standard error. Without FILE, the trained generators beside the
checkout (docs/numbers.md has what they gave). Pictures of other sizes and colours are measured against the built-in
ones as well: it is the move that counts.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from benchmarks.runtime import REAL
from core import demo_data, extractors
from core.generators import ReadyMade, as_bytes
from core.generators.keras_files import KerasGenerator, open_keras
from core.generators.runtimes import BATCH
from core.images import Picture
from core.reports.before_after import ASKED, measure

FILES = ("fashion-dcgan-keras2.8.h5", "fashion-dcgan-keras2.3.h5", "anime-faces-keras3.9.h5")


def made(generator: KerasGenerator, n: int) -> list[Picture]:
    """The pictures of a bank, in the batches of sampling."""
    latents = np.random.default_rng(0).standard_normal((n, generator.spec.latent_size), dtype=np.float32)
    labels = np.zeros(n, np.int64)
    parts = [generator.floats(latents[a : a + BATCH], labels[a : a + BATCH]) for a in range(0, n, BATCH)]
    return list(as_bytes(np.concatenate(parts)))


def compare(path: Path, n: int) -> None:
    generator = open_keras(path)
    own = made(generator, n)
    print(f"{path.name}, n {n:,}: {generator.run_by('onnxruntime')}")
    other = made(generator, n)
    unlike = [i for i in range(n) if not np.array_equal(own[i], other[i])]
    differing = sum(int((own[i] != other[i]).sum()) for i in unlike)
    print(f"  {differing} of {n * own[0].size:,} bytes in {len(unlike)} pictures differ")
    with tempfile.TemporaryDirectory() as folder:
        embed = extractors.get(extractors.DEFAULT).build(Path(folder), None).embed
    real = np.concatenate([embed(part) for part in _batches(_real(n))])
    features = np.concatenate([embed(part) for part in _batches(own)])
    moved = features.copy()
    if unlike:
        moved[unlike] = embed([other[i] for i in unlike])
    before, after = measure(features, real), measure(moved, real)
    for name in ASKED:
        gap, error = after[name].value - before[name].value, before[name].standard_error
        share = f"{abs(gap) / error:.1e} of its standard error {error:.2g}" if error else "no standard error"
        print(f"  {name:<10} {before[name].value:.6g}, moves by {gap:.1e}: {share}", flush=True)


def _batches(pictures: list[Picture]) -> list[list[Picture]]:
    return [pictures[a : a + 256] for a in range(0, len(pictures), 256)]


def _real(n: int) -> list[Picture]:
    return [picture for picture, _ in ReadyMade(demo_data.path()).found(0, n)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--n", type=int, default=5000)
    asked = parser.parse_args()
    for file in asked.files or [REAL / name for name in FILES]:
        compare(file, asked.n)
