"""Latent banks and the pictures that checkpoints make from them; resumable at every batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from core import checkpoints
from core.errors import BadInput
from core.generators import GeneratorSpec, as_bytes
from core.images import new_image
from core.keys import key
from core.progress import Progress, silent
from core.workspace import Workspace
from storage import images, vectors
from storage.tables import LatentBank, SampleSet

VERSION = 1
"""Raise it when the same checkpoint and bank would give other pictures."""
BATCH = 128


def latent_bank(workspace: Workspace, spec: GeneratorSpec, n: int, seed: int) -> int:
    """The id of the bank of `n` standard normal latents for this kind of model; drawn from `seed` and stored once."""
    inputs = [{"name": i.name, "shape": list(i.shape)} for i in spec.inputs if i.kind == "noise"]
    sizes = [i["shape"] for i in inputs]
    bank_key = key("bank", sizes, n, seed, "normal", spec.classes)
    with workspace.database.write() as session:
        found = session.scalar(select(LatentBank).where(LatentBank.key == bank_key))
        if found is None:
            drawn = np.random.default_rng(seed).standard_normal((n, spec.latent_size), dtype=np.float32)
            found = LatentBank(
                key=bank_key, n=n, seed=seed, distribution="normal", inputs=inputs, classes=spec.classes,
                matrix_id=vectors.store(session, drawn),
            )  # fmt: skip
            session.add(found)
            session.flush()
        return found.id


def labels(classes: int, n: int) -> NDArray[np.int64]:
    """Balanced labels 0, 1, ..., classes-1, 0, 1, ... (n,); zeros for an unconditional model."""
    return np.arange(n) % max(classes, 1)


def sample(workspace: Workspace, checkpoint_id: int, *, n: int, seed: int = 0, progress: Progress = silent) -> int:
    """The id of the complete set of `n` pictures of a checkpoint; only what is missing is made. A batch's pictures,
    their places and the progress are one commit, so a killed process loses one batch at most and doubles none."""
    if not 1 <= n <= 1_000_000:
        raise BadInput(f"{n:,} pictures cannot be sampled; ask for 1 to 1,000,000.")
    view = checkpoints.get(workspace, checkpoint_id)
    generator = checkpoints.open_checkpoint(workspace, checkpoint_id)
    bank_id = latent_bank(workspace, generator.spec, n, seed)
    spec = generator.spec
    sampling = {"version": VERSION, "value_range": spec.value_range, "layout": spec.layout, "classes": spec.classes}
    with workspace.database.write() as session:
        bank = session.get_one(LatentBank, bank_id)
        set_key = key("sample", view.sha256, bank.key, sampling)
        image_set = images.find_set(session, set_key)
        if image_set is None:
            image_set = images.create_set(session, "sample", set_key, n)
            row = SampleSet(set_id=image_set.id, checkpoint_sha256=view.sha256, bank_id=bank_id, sampling=sampling)
            session.add(row)
        set_id, done = image_set.id, images.filled(session, image_set.id)
        latents = vectors.load(session, bank.matrix_id)
    chosen = labels(generator.spec.classes, n)
    for start in range(done, n, BATCH):
        stop = min(start + BATCH, n)
        pictures = as_bytes(generator.floats(latents[start:stop], chosen[start:stop]))
        new = [new_image(p) for p in pictures]
        names = [str(label) for label in chosen[start:stop]] if generator.spec.classes else None
        with workspace.database.write() as session:
            images.place(session, set_id, start, images.add(session, new), names)
            progress(stop, n, f"sampling {view.label}", session=session)
    return set_id
