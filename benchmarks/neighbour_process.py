"""`python -m benchmarks.neighbour_process WHAT FOLDER`: values of the matrices in a folder, the memory that they took
beside the matrices, and the time. WHAT: `four` (precision, recall, density, coverage), `all` (the seconds of every
metric of features, on one pairing as an evaluation has them), or `prdc`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

K, LONG = 5, 20_000
Values = dict[str, float]
Rows = np.ndarray


def features(n: int, d: int, seed: int, scale: float = 1.0) -> Rows:
    """Never negative, correlated, with the falling spectrum of a network's features: plain random vectors have none."""
    rows = np.empty((n, d), np.float32)
    fill(rows, seed, scale)
    return rows


def fill(rows: Rows, seed: int, scale: float) -> None:
    """The same in the place of (n, d) float32, which may be a memory map."""
    n, d = rows.shape
    mixing = np.random.default_rng(99).normal(size=(d // 2, d)).astype(np.float32)
    mixing *= (np.arange(1, d // 2 + 1, dtype=np.float32) ** -0.7)[:, None]
    rng = np.random.default_rng(seed)
    for start in range(0, n, 2048):
        part = rng.standard_normal((min(2048, n - start), d // 2), np.float32) @ mixing
        part += rng.standard_normal(part.shape, np.float32) * np.float32(0.1)
        rows[start : start + 2048] = np.maximum(part * np.float32(scale) + np.float32(0.2), 0)


def four(x: Rows, y: Rows) -> Values:
    """With one k, as prdc has them."""
    from core.metrics import get
    from core.metrics.pairing import Pairing

    pairing = Pairing(x, y, only_balls=True)
    names = ("precision", "recall", "density", "coverage")
    return {name: get(name).compute(generated=x, reference=y, k=K, pairing=pairing).value for name in names}


def every(x: Rows, y: Rows) -> Values:
    """Seconds of each; of many rows seconds and peak go to standard error, metric by metric. The first that asks for
    what is shared bears it, as it would alone."""
    from core.metrics import METRICS
    from core.metrics.pairing import Pairing

    seconds, pairing = {}, Pairing(x, y)
    for metric in METRICS:
        if metric.of == "features" and not metric.control:
            start, shared = time.perf_counter(), {"pairing": pairing} if metric.shares else {}
            assert np.isfinite(metric.compute(generated=x, reference=y, **shared, **metric.parameters).value)
            seconds[metric.name] = time.perf_counter() - start
            if len(x) > LONG:
                line = f"  {metric.name:<20} {seconds[metric.name]:8.1f} s, peak {peak():6.0f} MB"
                print(line, file=sys.stderr, flush=True)
    return seconds


def prdc(x: Rows, y: Rows) -> Values:
    from prdc import compute_prdc

    found = compute_prdc(real_features=y, fake_features=x, nearest_k=K)
    return {name: float(value) for name, value in found.items()}


def peak() -> float:
    """MB that this process has held at most since `forget_peak`."""
    return _status("VmHWM")


def forget_peak() -> float:
    """From here on the peak is what is held from here on; MB held now. By the kernel's own count (proc(5)), without
    which what making the matrices took would hide all that comes after it."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) / 1024


MEASURES: dict[str, Callable[[Rows, Rows], Values]] = {"four": four, "all": every, "prdc": prdc}

if __name__ == "__main__":
    measure = MEASURES[sys.argv[1]]
    measure(*(features(200, 16, seed) for seed in (1, 2)))  # what is imported is not charged
    paths = [Path(sys.argv[2]) / f"{name}.npy" for name in ("generated", "reference")]
    # Mapped, as an evaluation has them, and read whole before anything is charged.
    sides = [np.asarray(np.load(path, mmap_mode="r")) for path in paths]
    read = [float(side[start : start + 1024].max()) for side in sides for start in range(0, len(side), 1024)]
    assert np.isfinite(read).all()
    held = forget_peak()
    began = time.perf_counter()
    values = measure(*sides)
    seconds = time.perf_counter() - began
    print(json.dumps({"values": values, "extra": peak() - held, "peak": peak(), "seconds": seconds}))
