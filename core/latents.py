"""Latents outside a stored bank: drawn as a bank is, turned into pictures, and kept as a list of allowed ones."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import sampling
from core.generators import Generator, GeneratorSpec, as_bytes
from core.generators.runtimes import batch_size
from core.images import Picture
from core.progress import Progress, silent

Latents = NDArray[np.float32]
Labels = NDArray[np.int64]


def drawn(spec: GeneratorSpec, n: int, seed: int) -> tuple[Latents, Labels]:
    """The latents (n, latent_size) and balanced labels (n,) of the bank of this seed: those that an evaluation with
    this seed uses, in its order."""
    return sampling.noise(spec, n, seed), sampling.labels(spec.classes, n)


def pictures(
    generator: Generator,
    latents: Latents,
    labels: Labels,
    progress: Progress = silent,
    message: str = "making pictures",
) -> list[Picture]:
    """uint8 (H, W, C) pictures of these latents, a batch at a time."""
    made: list[Picture] = []
    step = batch_size(generator.spec)
    for start in range(0, len(latents), step):
        progress(start, len(latents), message)
        part = slice(start, start + step)
        made += list(as_bytes(generator.floats(latents[part], labels[part])))
    return made


@dataclass(frozen=True)
class Allowed:
    """Latents that a rule let through, in the order of their bank: `latents` (n, latent_size), `labels` (n,), their
    `positions` (n,) in the bank of `seed`, the `rule` in words and numbers, and the fingerprints of what it looked at
    (checkpoint, reference set, extractor)."""

    latents: Latents
    labels: Labels
    positions: NDArray[np.int64]
    seed: int
    bank: str
    rule: Mapping[str, Any] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)

    def npz(self) -> bytes:
        """The bytes of an `.npz` that needs no pickle: arrays, and `rule` and `fingerprints` as JSON text."""
        stream = io.BytesIO()
        np.savez_compressed(
            stream, latents=self.latents, labels=self.labels, positions=self.positions, seed=np.int64(self.seed),
            bank=np.str_(self.bank), rule=np.str_(json.dumps(dict(self.rule), sort_keys=True)),
            fingerprints=np.str_(json.dumps(dict(self.fingerprints), sort_keys=True)),
        )  # fmt: skip
        return stream.getvalue()
