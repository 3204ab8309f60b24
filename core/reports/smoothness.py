"""How smoothly a checkpoint's pictures follow its latents: measured on the model itself, with pictures as floats."""

from __future__ import annotations

from typing import Any

import numpy as np

from core import checkpoints, sampling
from core.errors import BadInput
from core.extractors.efficientnet import float_features
from core.metrics.smoothness import BATCH, EPS, root_pixels, smoothness, speeds
from core.progress import Progress
from core.similarity.vectors import unit
from core.workspace import Workspace

SIDE = 96
SPACES = {
    "pixels": "root mean square pixel, 0 to 1",
    "perceptual": f"direction of EfficientNet-Lite0's features at {SIDE} px",
}
"""What a step of the latent is measured in."""


def make(workspace: Workspace, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """{"checkpoint", "n", "seed", "eps", "spaces": [{"space", "title", "value", "low", "high", "standard_error",
    "median"}]}. Raises BadInput for ready-made pictures, which come from no latents."""
    view = checkpoints.get(workspace, arguments["checkpoint_id"])
    progress(0, arguments["n"], "opening the checkpoint")
    generator = checkpoints.open_checkpoint(workspace, view.id)
    if generator.spec.pictures:
        raise BadInput(f"{view.label} ({view.name}) holds ready-made pictures, which come from no latents.")
    features = float_features(SIDE, workspace.models)
    rng, n = np.random.default_rng(arguments["seed"]), arguments["n"]
    latents, directions = (rng.standard_normal((n, generator.spec.latent_size), dtype=np.float32) for _ in range(2))
    labels = sampling.labels(generator.spec.classes, n)
    spaces = {"pixels": root_pixels, "perceptual": lambda pictures: unit(features(pictures))}
    parts = []
    with checkpoints.blamed(workspace, view):
        for part in speeds(generator.floats, latents, directions, labels, spaces):
            parts.append(part)
            progress(min(len(parts) * BATCH, n), n, "stepping through latents")
        found = {name: smoothness(np.concatenate([part[name] for part in parts])) for name in SPACES}
    return {
        "checkpoint": view.label, "n": n, "seed": arguments["seed"], "eps": EPS,
        "spaces": [
            {"space": name, "title": title, "value": r.value, "low": r.low, "high": r.high,
             "standard_error": r.standard_error, "median": r.parameters["median"]}
            for name, title in SPACES.items() for r in [found[name]]
        ],
    }  # fmt: skip
