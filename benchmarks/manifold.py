"""Metrics that count neighbours: time against the products they need and `prdc`, memory, and what sharing saves."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.neighbour_process import every, features, fill, four
from benchmarks.peers import PYTHON, ROOT, Peers, missing
from benchmarks.table import Line, side_by_side
from core.metrics.result import Vectors

N, LARGE = 10_000, 50_000
DIMS = (512, 2048)
TIMES = 3
GIGABYTE = 1000
SIDES = {"generated": (1, 1.1), "reference": (2, 1.0)}
"""Seed and scale of each."""
APART = ("frechet", "fd-infinity", "mean-cosine", "sliced-wasserstein", "vendi")
"""Metrics of features that no pair of pictures is looked at for."""
WORDS = {"four": "precision, recall, density, coverage", "all": "every metric of features"}


def lines() -> Iterator[Line | str]:
    for d in DIMS:
        with tempfile.TemporaryDirectory() as folder:
            yield from _against_others(Path(folder), *_written(Path(folder), N, d))
    yield from _sums(N, 1280, every(*(features(N, 1280, seed, scale) for seed, scale in SIDES.values())))


def large() -> Iterator[Line | str]:
    """Minutes: memory at the largest sizes, in processes of their own."""
    for what, d, most in (("four", 512, GIGABYTE), ("all", 2048, 4 * GIGABYTE)):
        with tempfile.TemporaryDirectory() as folder:
            _written(Path(folder), LARGE, d)
            found = _alone(sys.executable, what, folder)
        size = f"{WORDS[what]}, {LARGE:,} x {LARGE:,} x {d:,}"
        yield f"{size}: {found['seconds']:.0f} s"
        # Of all metrics the promise is about everything that the process holds, its matrices too.
        name, used = ("peak", found["peak"]) if what == "all" else ("beside the matrices", found["extra"])
        yield _memory(f"{name}, {LARGE:,} x {LARGE:,} x {d:,}", used, most, "the limit")
        if what == "all":
            yield from _sums(LARGE, d, found["values"])


def _written(folder: Path, n: int, d: int) -> list[Vectors]:
    sides = []
    for name, (seed, scale) in SIDES.items():
        path = folder / f"{name}.npy"
        side = np.lib.format.open_memmap(path, "w+", np.float32, (n, d))
        fill(side, seed, scale)
        side.flush()
        sides.append(np.load(path, mmap_mode="r"))
    return sides


def _against_others(folder: Path, *given: Vectors) -> Iterator[Line | str]:
    x, y = (np.array(side) for side in given)
    size, what = f"{len(x):,} x {len(y):,} x {x.shape[1]:,}", WORDS["four"]
    ours, three = partial(four, x, y), partial(_products, x, y)
    yield Line(f"{what}, {size}", *side_by_side(ours, three, TIMES), "its three products", 1.3)
    if missing():
        yield f"neighbours against prdc: {missing()}"
        return
    with Peers(folder) as peers:
        seconds = side_by_side(ours, partial(peers.call, "prdc"), TIMES)
        yield Line(f"{what}, {size}", *seconds, "prdc, four numbers", 1 / 3.5)
    found = [_alone(python, which, str(folder)) for python, which in ((sys.executable, "four"), (PYTHON, "prdc"))]
    for name, value in found[1]["values"].items():
        assert abs(found[0]["values"][name] - value) < 1e-9, (name, value, found[0]["values"][name])
    yield _memory(f"beside the matrices, {size}", found[0]["extra"], found[1]["extra"] / 6, "a sixth of prdc's")


def _products(x: Vectors, y: Vectors) -> None:
    for a, b in ((x, x), (y, y), (x, y)):
        a @ b.T


def _sums(n: int, d: int, seconds: Mapping[str, float]) -> Iterator[Line]:
    """Every metric of an evaluation that is about features against the dearest of them. Those that look at pairs of
    pictures have one pass together; all others are about moments, spectra or directions."""
    for words, chosen in (("of pairs", [m for m in seconds if m not in APART]), ("", list(seconds))):
        some = [seconds[name] for name in chosen]
        dearest = chosen[int(np.argmax(some))]
        name = f"all {len(chosen)} metrics {words} of {n:,} x {d:,}".replace("  ", " ")
        yield Line(name, sum(some), max(some), dearest, 1.3)


def _alone(python: object, *arguments: str) -> dict[str, Any]:
    """What a process of its own found, its seconds, and in MB its peak and what of it was beside the matrices."""
    command = [str(python), "-W", "ignore", "-m", "benchmarks.neighbour_process", *arguments]
    out = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def _memory(size: str, ours: float, most: float, other: str) -> str:
    kept = "kept" if ours <= most else "MISSED"
    return f"{'memory ' + size:<52} {ours:8.0f} MB  {other:<26} {most:8.0f} MB  {kept}"
