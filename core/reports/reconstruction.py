"""How well an autoencoder gives real pictures back: errors with intervals, and the worst and best side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from core import checkpoints, encoders, images, references, sets
from core.errors import BadInput
from core.extractors.efficientnet import float_features
from core.generators import Generator, GeneratorSpec, as_bytes
from core.generators.spec import as_given
from core.generators.walled_encoder import WalledEncoder
from core.images import Picture
from core.metrics.result import mean_result
from core.progress import Progress
from core.reports.sampled import keep
from core.similarity import pictures as measures
from core.similarity.vectors import unit
from core.workspace import Workspace

BATCH, SHOWN, SIDE = 64, 6, 96
CEILING = 100.0
"""Decibels that count for equal pixels, whose PSNR is infinite."""
MEASURES: tuple[tuple[str, str, bool], ...] = (
    ("ssim", "SSIM", True),
    ("psnr", "PSNR (dB)", True),
    ("rmse", "Root mean square error, 0 to 255", False),
    ("perceptual", f"Distance of EfficientNet-Lite0 features at {SIDE} px, 0 to 2", False),
)
"""(name, title, whether higher is better)"""
Columns = dict[str, NDArray[np.float64]]


def make(workspace: Workspace, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """{"checkpoint", "n", "measures": [{"measure", "title", "higher", "value", "low", "high", "median",
    "mean_picture"}], "best", "worst": [{"position", "real", "rebuilt", "ssim"}]}, over the first n pictures of the
    reference part at the model's own size. `mean_picture`: the same measure for the mean of these pictures given back
    for each of them, which needs no model. "encoder" names one in a file of its own (`core.encoders.take`) for a
    checkpoint that is a decoder; "notes" tells which of its outputs was the latent. Raises BadInput for a model that
    takes no pictures and has no encoder."""
    view = checkpoints.get(workspace, arguments["checkpoint_id"])
    reference = references.get(workspace, arguments["reference_set_id"])
    n = min(arguments["n"], reference.m)
    if n < 2:
        raise BadInput(f"{n} pictures are too few to tell how well {view.label} gives them back; ask for 2 or more.")
    progress(0, n, "opening the checkpoint")
    generator = checkpoints.open_checkpoint(workspace, view.id, rebuilds=True)
    encoder = _encoder(workspace, view, generator.spec, arguments["encoder"])
    real = [at_size(p, generator.spec) for p in images.load(workspace, reference.set_id, 0, n)]
    rows: Iterable[NDArray[np.float32]] = _as_given(generator.spec, real)
    if encoder is not None:
        rows = _latents(generator.spec, encoder, real, progress)
    with checkpoints.blamed(workspace, view):
        rebuilt = _rebuilt(generator, rows, n, progress)
    mean = np.mean(np.stack(real), axis=0).round().astype(np.uint8)
    features = float_features(SIDE, workspace.models)
    errors = _errors(real, rebuilt, features, progress)
    plain = _errors(real, [mean] * n, features, progress)
    order = np.argsort(errors["ssim"], kind="stable")
    ids = sets.members(workspace, reference.set_id).ids
    return {
        "checkpoint": view.label, "n": n, "notes": [encoder.note] if encoder else [],
        "measures": [_row(*line, errors, plain) for line in MEASURES],
        **{name: _shown(workspace, which, ids, rebuilt, errors["ssim"])
           for name, which in (("worst", order[:SHOWN]), ("best", order[::-1][:SHOWN]))},
    }  # fmt: skip


def at_size(picture: Picture, spec: GeneratorSpec) -> Picture:
    """A uint8 picture as large and as coloured as the model's: antialiased bicubic, grey by ITU-R 601."""
    source = Pillow.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture)
    source = source.convert("L" if spec.channels == 1 else "RGB")
    if source.size != (spec.width, spec.height):
        source = source.resize((spec.width, spec.height), Pillow.Resampling.BICUBIC)
    return np.asarray(source, np.uint8).reshape(spec.height, spec.width, spec.channels)


def _encoder(
    workspace: Workspace, view: checkpoints.CheckpointView, spec: GeneratorSpec, name: str
) -> WalledEncoder | None:  # fmt: skip
    if not name and not spec.takes_pictures:
        raise BadInput(
            f"{view.label} ({view.name}) takes no pictures; give the file of its encoder (--encoder PATH), or register "
            "the encoder and decoder as one model (of a VAE trained here: training/RUN/autoencoder-STEP.keras in the "
            "workspace)."
        )
    if name and spec.takes_pictures:
        raise BadInput(f"{view.label} ({view.name}) is encoder and decoder as one model; leave the encoder out.")
    return encoders.opened(workspace, name, spec) if name else None


def _as_given(spec: GeneratorSpec, real: list[Picture]) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(real), BATCH):
        part = np.stack(real[start : start + BATCH]).astype(np.float32) / np.float32(255)
        yield as_given(part, spec)


def _latents(
    spec: GeneratorSpec, encoder: WalledEncoder, real: list[Picture], progress: Progress
) -> list[NDArray[np.float32]]:  # fmt: skip
    """What the encoder gives for each batch; it gets pictures in the value range that the decoder gives them in."""
    found = []
    try:
        for rows in _as_given(replace(spec, layout=encoder.layout), real):
            found.append(encoder.latents(rows))
            progress(sum(map(len, found)), len(real), "encoding pictures")
    finally:
        encoder.close()
    return found


def _rebuilt(
    generator: Generator, rows: Iterable[NDArray[np.float32]], n: int, progress: Progress
) -> list[Picture]:  # fmt: skip
    """`rows`: what the model is given, batch by batch."""
    found: list[Picture] = []
    for part in rows:
        found.extend(as_bytes(generator.floats(part, np.zeros(len(part), np.int64))))
        progress(len(found), n, "giving pictures back")
    return found


def _errors(
    real: list[Picture], rebuilt: list[Picture], features: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    progress: Progress,
) -> Columns:  # fmt: skip
    """Each measure for each picture, (n,)."""
    found: dict[str, list[float]] = {name: [] for name in ("ssim", "psnr", "rmse")}
    distances = []
    for start in range(0, len(real), BATCH):
        progress(start, len(real), "measuring reconstructions")
        a, b = real[start : start + BATCH], rebuilt[start : start + BATCH]
        left, right = (unit(features(np.stack(side).astype(np.float32) / np.float32(255))) for side in (a, b))
        distances.append(np.linalg.norm(left - right, axis=1))
        for one, other in zip(a, b, strict=True):
            found["ssim"].append(measures.ssim(one, other).value or 0.0)
            found["psnr"].append(min(measures.psnr(one, other).value or CEILING, CEILING))
            found["rmse"].append(float(np.sqrt(measures.mse(one, other).value or 0.0)))
    columns = {name: np.array(values) for name, values in found.items()}
    return {**columns, "perceptual": np.concatenate(distances).astype(np.float64)}


def _row(name: str, title: str, higher: bool, errors: Columns, plain: Columns) -> dict[str, Any]:
    result = mean_result(errors[name])
    return {
        "measure": name, "title": title, "higher": higher, "value": result.value, "low": result.low,
        "high": result.high, "median": float(np.median(errors[name])), "mean_picture": float(plain[name].mean()),
    }  # fmt: skip


def _shown(
    workspace: Workspace, which: NDArray[np.intp], ids: NDArray[np.int32], rebuilt: list[Picture],
    ssim: NDArray[np.float64],
) -> list[dict[str, Any]]:  # fmt: skip
    kept = keep(workspace, [rebuilt[i] for i in which])
    return [
        {"position": int(i), "real": int(ids[i]), "rebuilt": number, "ssim": float(ssim[i])}
        for i, number in zip(which, kept, strict=True)
    ]
