"""An extractor that a team brings: tried on pictures before it is believed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.errors import BadInput
from core.extractors import walled
from core.extractors.extractor import Embed, Extractor, Vectors
from core.extractors.onnx_models import BATCH
from core.extractors.reading import Reading, pooled, prepared
from core.images import Picture
from core.wall import Rules

CLOSE = 1e-3
"""How near a picture's vector must come to itself, alone and among others, relative to the largest number."""
LARGEST = 1e6
"""Numbers beyond this have no cubic kernel in float32, and soon no distances either."""
CLASSES = (10, 100, 1000, 1001, 1008, 21841, 21843)
"""Numbers of classes that classifiers are trained with."""


def own_extractor(
    name: str, version: int, file: Path, format: str, sha256: str, reading: Reading, dim: int,
    rules: Rules | None = None, brought: Path | None = None,
) -> Extractor:  # fmt: skip
    """The extractor of a file that `tried` accepted; its network runs behind the wall, under `rules`. `brought` is the
    Keras file that a 'converted' one was made from."""

    def by(file: Path, format: str) -> Embed:
        def embed(pictures: Sequence[Picture]) -> Vectors:
            found = vectors(file, format, reading, pictures, rules or Rules.from_env())
            if found.shape[1] != dim:
                raise BadInput(f"{name}: gave {found.shape[1]:,} numbers a picture, not the {dim:,} of its trial.")
            return found

        return embed

    shape, keras = {**reading.said(), "format": format}, file if format == "keras" else brought
    others = {} if keras is None else {"TensorFlow": by(keras, "keras"), "XLA": by(keras, "xla")}
    first = {"onnxruntime": by(file, format)} if format == "converted" else {}
    return Extractor(
        name, version, dim, shape, by(file, format), weights_sha256=sha256, worker_only=format == "keras",
        runtimes={**first, **others},
    )  # fmt: skip


def vectors(file: Path, format: str, reading: Reading, pictures: Sequence[Picture], rules: Rules) -> Vectors:
    """(n, D) float32 of pictures, batch by batch. Raises BadInput for numbers that are not finite, or too large
    to be measured."""
    output, parts = _output(format, reading), []
    for i in range(0, len(pictures), BATCH):
        given = prepared(pictures[i : i + BATCH], reading)
        parts.append(pooled(walled.run(file, format, output, given, rules), reading))
    found = np.concatenate(parts)
    if not np.isfinite(found).all():
        raise BadInput(
            f"{file.name}: gives numbers that are not finite; check value range, mean and sd, or the weights."
        )
    if found.size and (largest := float(np.abs(found).max())) > LARGEST:
        raise BadInput(
            f"{file.name}: gives numbers up to {largest:.1e}, too large to tell distances by (at most 1e6); choose "
            "another layer, check value range, mean and sd, or divide its output."
        )
    return found


def _output(format: str, reading: Reading) -> str:
    return "" if format == "converted" else reading.output  # the ONNX form was written up to that layer


def trial_pictures() -> list[Picture]:
    """Eight pictures unlike one another: noise, a ramp, stripes, discs, black and white."""
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 255, 96, dtype=np.uint8)
    across = np.broadcast_to(ramp[None, :, None], (96, 96, 3)).copy()
    stripes = np.where(np.arange(64)[None, :, None] % 8 < 4, 230, 20).astype(np.uint8)
    y, x = np.ogrid[-1:1:80j, -1:1:80j]
    disc = np.where((x**2 + y**2 < 0.4)[:, :, None], [200, 60, 30], [20, 90, 160]).astype(np.uint8)
    noise = rng.integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    plain = [np.full((48, 48, 1), level, np.uint8) for level in (0, 255)]
    return [
        *noise,
        across,
        across.transpose(1, 0, 2).copy(),
        stripes.repeat(64, axis=0).repeat(3, axis=2),
        disc,
        *plain,
    ]


def tried(file: Path, format: str, reading: Reading, name: str, rules: Rules) -> tuple[int, list[str]]:
    """(D, notes) of a network whose vectors of the trial pictures can be used. Raises BadInput, with the remedy: not
    finite, all alike, other numbers for the same picture, or a picture's numbers hang on the others in its batch."""
    pictures = trial_pictures()
    try:
        found = vectors(file, format, reading, pictures, rules)
    except BadInput as error:
        raise type(error)(str(error).replace(file.name, name)) from error
    dim = found.shape[1]
    if dim < 2:
        raise BadInput(f"{name}: gives one number a picture, as a discriminator does; take a layer before its end.")
    size = float(abs(found).max())
    if float(np.ptp(found, axis=0).max()) <= 1e-6 * max(size, 1e-30):
        raise BadInput(f"{name}: gives the same vector for every picture; choose another output or layer.")
    again = vectors(file, format, reading, pictures, rules)
    alone = np.concatenate([vectors(file, format, reading, [picture], rules) for picture in pictures])
    if abs(again - found).max() > CLOSE * size:
        raise BadInput(f"{name}: gives other numbers for the same pictures each time; export it in inference mode.")
    if abs(alone - found).max() > CLOSE * size:
        raise BadInput(
            f"{name}: a picture's vector hangs on the others in its batch (batch normalisation in training mode?); "
            "export it in inference mode."
        )
    return dim, _notes(found)


def _notes(found: Vectors) -> list[str]:
    """What a person should know of vectors that can be used."""
    if found.min() >= 0 and np.allclose(found.sum(axis=1), 1, atol=1e-3):
        return ["the vectors are class probabilities; a layer before them tells more of a picture"]
    if found.shape[1] in CLASSES:
        return [f"{found.shape[1]:,} numbers may be the scores of so many classes; a layer before them tells more"]
    return []
