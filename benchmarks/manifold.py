"""Metrics that count neighbours: time against the products they need and `prdc`, memory, and what sharing saves."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.neighbour_process import features
from benchmarks.peers import PYTHON, ROOT, Peers, missing
from benchmarks.table import Line, side_by_side
from core.metrics import METRICS
from core.metrics.pairing import Pairing
from core.metrics.result import Vectors

N, LARGE = 10_000, 50_000
DIMS = (512, 2048)
TIMES = 3
GIGABYTE = 1000


def lines() -> Iterator[Line | str]:
    for d in DIMS:
        with tempfile.TemporaryDirectory() as folder:
            sides = [features(N, d, seed, scale) for seed, scale in ((1, 1.1), (2, 1.0))]
            for name, rows in zip(("generated", "reference"), sides, strict=True):
                np.save(Path(folder) / f"{name}.npy", rows)
            yield from _against_others(Path(folder), *sides)
    yield _shared(*(features(N, 1280, seed, scale) for seed, scale in ((1, 1.1), (2, 1.0))))
    extra = _alone(sys.executable, "ours", str(LARGE), "512")["extra"]
    yield _memory(f"{LARGE:,} x {LARGE:,} x 512", extra, GIGABYTE, "the limit")


def _against_others(folder: Path, x: Vectors, y: Vectors) -> Iterator[Line | str]:
    size = f"{len(x):,} x {len(y):,} x {x.shape[1]:,}"
    ours, three = partial(_all_neighbours, x, y), partial(_products, x, y)
    yield Line(f"everything about neighbours, {size}", *side_by_side(ours, three, TIMES), "its three products", 1.3)
    if missing():
        yield f"neighbours against prdc: {missing()}"
        return
    with Peers(folder) as peers:
        seconds = side_by_side(ours, partial(peers.call, "prdc"), TIMES)
        yield Line(f"everything about neighbours, {size}", *seconds, "prdc, four numbers", 1 / 3.5)
    found = [_alone(python, which, str(folder)) for python, which in ((sys.executable, "ours"), (PYTHON, "prdc"))]
    for name, value in found[1]["values"].items():
        assert abs(found[0]["values"][name] - value) < 1e-9, (name, value, found[0]["values"][name])
    yield _memory(size, found[0]["extra"], found[1]["extra"] / 6, "a sixth of prdc's")


def _all_neighbours(x: Vectors, y: Vectors) -> Pairing:
    pairing = Pairing(x, y)
    pairing.neighbours()
    return pairing


def _products(x: Vectors, y: Vectors) -> None:
    for a, b in ((x, x), (y, y), (x, y)):
        a @ b.T


def _shared(x: Vectors, y: Vectors) -> Line:
    """Every metric of an evaluation that is about features, on one pairing, against the dearest of them: the first that
    asks for what is shared bears it, as it would alone."""
    metrics = [m for m in METRICS if m.of == "features" and not m.control]
    pairing, seconds = Pairing(x, y), []
    for metric in metrics:
        given: dict[str, Any] = {"pairing": pairing} if metric.shares else {}
        start = time.perf_counter()
        metric.compute(generated=x, reference=y, **given, **metric.parameters)
        seconds.append(time.perf_counter() - start)
    dearest = metrics[int(np.argmax(seconds))].name
    return Line(f"all {len(metrics)} metrics of {len(x):,} x {x.shape[1]:,}", sum(seconds), max(seconds), dearest, 1.3)


def _alone(python: object, *arguments: str) -> dict[str, Any]:
    """What a process of its own found, and how much memory it took beyond its matrices, in MB."""
    command = [str(python), "-W", "ignore", "-m", "benchmarks.neighbour_process", *arguments]
    out = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def _memory(size: str, ours: float, most: float, other: str) -> str:
    kept = "kept" if ours <= most else "MISSED"
    return f"{'memory beside the matrices, ' + size:<52} {ours:8.0f} MB  {other:<26} {most:8.0f} MB  {kept}"
