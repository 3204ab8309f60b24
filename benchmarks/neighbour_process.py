"""`python -m benchmarks.neighbour_process ours|prdc FOLDER` (or `ours N D`): the values, and the memory they took."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import numpy as np

K = 5
Values = dict[str, float]
Rows = np.ndarray


def features(n: int, d: int, seed: int, scale: float = 1.0) -> Rows:
    """Never negative, correlated, with the falling spectrum of a network's features: plain random vectors have none."""
    mixing = np.random.default_rng(99).normal(size=(d // 2, d)).astype(np.float32)
    mixing *= (np.arange(1, d // 2 + 1, dtype=np.float32) ** -0.7)[:, None]
    rng, rows = np.random.default_rng(seed), np.empty((n, d), np.float32)
    for start in range(0, n, 2048):
        part = rows[start : start + 2048]
        part[:] = rng.standard_normal((len(part), d // 2), np.float32) @ mixing
        part += rng.standard_normal(part.shape, np.float32) * np.float32(0.1)
        np.maximum(part * np.float32(scale) + np.float32(0.2), 0, out=part)
    return rows


def ours(x: Rows, y: Rows) -> Values:
    from core.metrics.pairing import Pairing

    seen = Pairing(x, y).neighbours(K).across
    reference, generated = seen.reference_balls[K], seen.generated_balls[K]
    return {
        "precision": float((reference.closed > 0).mean()), "recall": float((generated.closed > 0).mean()),
        "density": float(reference.open.mean() / K), "coverage": float((reference.held > 0).mean()),
    }  # fmt: skip


def prdc(x: Rows, y: Rows) -> Values:
    from prdc import compute_prdc

    found = compute_prdc(real_features=y, fake_features=x, nearest_k=K)
    return {name: float(value) for name, value in found.items()}


def peak() -> float:
    """MB, of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    which, *given = sys.argv[1:]
    measure = {"ours": ours, "prdc": prdc}[which]
    measure(*(features(50, 16, seed) for seed in (1, 2)))  # what is imported is not charged
    if len(given) == 1:
        sides = [np.load(Path(given[0]) / f"{name}.npy") for name in ("generated", "reference")]
    else:
        sides = [features(int(given[0]), int(given[1]), seed) for seed in (1, 2)]
    before = peak()
    values = measure(*sides)
    print(json.dumps({"values": values, "extra": peak() - before}))
