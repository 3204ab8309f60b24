"""`python -m benchmarks.training_signal [--workspace DIR] [--seeds N] [--epochs N]`: does similarity as a training
signal make a better generator at equal steps?

A GAN with and without feature matching, a VAE with and without perceptual loss, on the built-in pictures, several seeds
each; the two last checkpoints of a seed are compared on the same latents as on the page Compare, and the seeds are
pooled. `--extractor hog` measures the same checkpoints by features that no training has seen: the perceptual loss is
made of the network that measures by default. Prints Markdown tables (docs/training.md has them). Stopped at any time it
goes on where it was. The weights of the options were chosen with a seed that is not among these.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from core import compare, demo_data, evaluate, extractors, references, training
from core.compare import Difference
from core.settings import Settings
from core.workspace import Workspace

N = 2000
METRICS = ("frechet", "kid", "coverage", "precision", "recall")
PAIRS = {
    "GAN: feature matching": ({"architecture": "dcgan"}, {"feature_matching": 100.0}),
    "VAE: perceptual loss": ({"architecture": "vae", "latent_size": 32}, {"perceptual": 0.1}),
}
"""Title -> settings of the plain run, and what the other has beside them."""


def last(workspace: Workspace, run: str, set_id: int, epochs: int, seed: int, **settings: object) -> int:
    """Train and measure, or find it done; the id of the last checkpoint."""
    asked = {"reference_set_id": set_id, "epochs": epochs, "checkpoint_every": epochs, "seed": seed,
             "evaluate_n": N, **settings}  # fmt: skip
    made = training.train(workspace, training.TrainingSettings(run=f"{run}-{seed}", **asked))
    number: int = made["checkpoints"][-1]["id"]
    return number


def pooled(rows: list[Difference]) -> tuple[float, float, float]:
    """Mean difference over seeds and its 95% interval by Student's t: what another seed would give is the chance that
    counts, and it is larger than that of the pictures sampled."""
    from scipy.special import stdtrit

    differences = np.array([row.difference for row in rows])
    half = stdtrit(len(rows) - 1, 0.975) * differences.std(ddof=1) / np.sqrt(len(rows))
    return differences.mean(), differences.mean() - half, differences.mean() + half


def verdict(direction: str, low: float, high: float) -> str:
    if low <= 0 <= high:
        return "cannot tell"
    return "better" if (low > 0) == (direction == "higher") else "worse"


def tables(workspace: Workspace, epochs: int, seeds: int, extractor: str) -> Iterator[str]:
    set_id = references.add(workspace, "fashion", demo_data.path()).set_id
    for title, (plain, more) in PAIRS.items():
        found = []
        for seed in range(seeds):
            a = last(workspace, f"{plain['architecture']}-plain", set_id, epochs, seed, **plain)
            b = last(workspace, f"{plain['architecture']}-similar", set_id, epochs, seed, **plain, **more)
            for number in (a, b):
                evaluate.evaluate(workspace, number, set_id, extractor=extractor, n=N)
            rows_ = compare.compare(workspace, a, b, extractor=extractor).rows
            found.append({row.metric: row for row in rows_})
        weight = ", ".join(f"{name} {value:g}" for name, value in more.items())
        yield f"\n**{title}** (`{weight}`, {epochs} epochs, measured by {extractor})\n"
        yield "| metric | seed | plain | with it | difference | its interval | verdict |"
        yield "|---|---|---:|---:|---:|---|---|"
        for name in METRICS:
            rows = [one[name] for one in found]
            for seed, row in enumerate(rows):
                yield (
                    f"| {row.title} | {seed} | {row.a.value:.3g} | {row.b.value:.3g} | {row.difference:+.3g} | "
                    f"{row.low:+.3g} to {row.high:+.3g} | {row.verdict} |"
                )
            mean, low, high = pooled(rows)
            one, two = (float(np.mean([getattr(row, side).value for row in rows])) for side in "ab")
            yield (
                f"| **{rows[0].title}** | **all** | **{one:.3g}** | **{two:.3g}** | **{mean:+.3g}** | "
                f"{low:+.3g} to {high:+.3g} | **{verdict(rows[0].direction, low, high)}** |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_signal", description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path("training-signal-workspace"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--extractor", default=extractors.DEFAULT)
    asked = parser.parse_args()
    for line in tables(Workspace(Settings(workspace=asked.workspace)), asked.epochs, asked.seeds, asked.extractor):
        print(line, flush=True)


if __name__ == "__main__":
    main()
