"""A small workspace with all that pages show, filled by the calls that the command line and the worker make."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core import checkpoints, evaluate, jobs, references, results, review, worker
from core.review import Subject
from core.settings import Settings
from core.workspace import Workspace
from tests.onnx_models import linear

EVIL = "![x](http://evil/x.png)"
GRID = np.linspace(-1, 1, 16)
SMOOTH = np.stack([np.cos(k * np.pi * GRID)[:, None] * np.cos(j * np.pi * GRID) for k in (0, 1) for j in (0, 1)])


@dataclass(frozen=True)
class Full:
    """A workspace with two evaluated checkpoints of the run `blobs`, one of a run with an evil name, one that was
    refused, a failed job, a vote, a note and a tag."""

    workspace: Workspace
    reference: int
    noisy: int
    true: int
    evil: int
    refused: int
    sets: dict[int, int]
    """Checkpoint -> its sample set."""


def generator(path: Path, noise: float, output: tuple[int, ...] = (16, 16, 1)) -> Path:
    """8 latents -> smooth pictures with `noise` on top -> tanh."""
    weights = np.concatenate([SMOOTH, noise * np.random.default_rng(1).normal(size=(4, 16, 16))]).reshape(8, 256)
    return linear(path, weights[:, : int(np.prod(output))], output)


def real_pictures(folder: Path) -> Path:
    """80 smooth pictures in two labelled folders, and one that is broken."""
    latents = np.random.default_rng(0).normal(size=(80, 4))
    pictures = np.round((np.tanh(np.einsum("nk,khw->nhw", latents, SMOOTH)) + 1) * 127.5).astype(np.uint8)
    for number, picture in enumerate(pictures):
        label = folder / ("light" if picture.mean() > 127 else "dark")
        label.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(label / f"![{number}](http:evil).png")
    (folder / "dark" / "broken.png").write_bytes(b"\x89PNG nothing more")
    return folder


def fill(folder: Path, material: Path) -> dict[str, Any]:
    """Make the workspace at `folder` out of files written to `material`; gives the fields of Full but the first."""
    place = Workspace(Settings(workspace=folder))
    reference = references.add(place, "blobs", real_pictures(material / "real"), held_out=0.1).set_id
    made = {"reference": reference, "sets": {}}
    for name, run, step, noise in (
        ("noisy", "blobs", 1, 0.5), ("true", "blobs", 2, 0.0), ("evil", EVIL, 3, 0.1)
    ):  # fmt: skip
        path = generator(material / f"{name}-<img src=x>.onnx", noise)
        made[name] = checkpoints.register(place, path, run=run, step=step).id
        number = evaluate.evaluate(place, made[name], reference, extractor="hog", n=64)
        made["sets"][made[name]] = results.get(place, number).set_id
    bad = generator(material / "![y](evil).onnx", 0.1, (1,))
    made["refused"] = checkpoints.register(place, bad, run="blobs", step=3).id
    checkpoints.inspect(place, made["refused"])
    jobs.submit(place, "evaluate", {"checkpoint_id": made["refused"], "reference_set_id": reference, "n": 32})
    worker.run(place, until_idle=True)
    review.vote(place, Subject(checkpoint_id=made["true"]), "approve")
    review.set_tags(place, Subject(checkpoint_id=made["true"]), [EVIL])
    review.add_note(place, Subject(checkpoint_id=made["true"]), f"see {EVIL} <script>alert(1)</script>")
    place.close()
    return made
