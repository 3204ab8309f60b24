"""A reference set with a held-out part, and generated pictures of which some are exact copies."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from core import images, references
from core.images import Picture
from core.references import ReferenceView
from core.workspace import Workspace
from storage.images import add, create_set, place


def crops(n: int, seed: int) -> list[Picture]:
    """Crops (48, 48, 3) of photographs."""
    rng, photographs = np.random.default_rng(seed), [data.astronaut(), data.coffee(), data.chelsea()]
    out = []
    for i in range(n):
        photograph = photographs[i % 3]
        top, left = (int(rng.integers(0, side - 48)) for side in photograph.shape[:2])
        out.append(np.ascontiguousarray(photograph[top : top + 48, left : left + 48]))
    return out


def sample_set(workspace: Workspace, pictures: list[Picture], key: str = "generated") -> int:
    with workspace.database.write() as session:
        set_id = create_set(session, "sample", key, len(pictures)).id
        place(session, set_id, 0, add(session, [images.new_image(p) for p in pictures]), [str(i) for i in range(5)] * 8)
    return set_id


@dataclass
class Sets:
    workspace: Workspace
    reference: ReferenceView
    sample_id: int
    generated: list[Picture]
    real: list[Picture]
    """In the order of the reference set, the control part last."""


@pytest.fixture
def sets(workspace: Workspace, tmp_path: Path) -> Sets:
    """60 real crops, 12 of them held out; of 40 generated, numbers 0 and 7 are copies of the reference's first two."""
    np.save(tmp_path / "real.npy", np.stack(crops(60, seed=1)))
    reference = references.add(workspace, "crops", tmp_path / "real.npy", held_out=0.2)
    real = images.load(workspace, reference.set_id, 0, 60)
    generated = crops(40, seed=2)
    generated[0], generated[7] = real[0], real[1]
    return Sets(workspace, reference, sample_set(workspace, generated), generated, real)
