"""A reference set of real pictures with a held-out part; generated are other real pictures, and planted copies."""

from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.datasets import load_digits

from core import images, references
from core.images import Picture
from core.planting import pictures as plants
from core.references import ReferenceView
from core.settings import Settings
from core.workspace import Workspace
from storage.images import add, create_set, place

COPIES = 8
EXTRACTOR = "pixels"


def sample_set(workspace: Workspace, pictures: list[Picture], key: str, labels: list[str] | None = None) -> int:
    """A set of generated pictures, whoever made them."""
    with workspace.database.write() as session:
        number = create_set(session, "sample", key, len(pictures)).id
        place(session, number, 0, add(session, [images.new_image(p) for p in pictures]), labels)
    return number


@dataclass
class Digits:
    """`planted` ("exact", "flip", "moved", "jpeg" -> positions) of `generated` are copies of the reference's first."""

    workspace: Workspace
    reference: ReferenceView
    generated: int
    planted: dict[str, list[int]]
    real: list[Picture]
    """What is left of the real pictures, with `labels`."""
    labels: list[str]

    def asked(self, set_id: int | None = None) -> dict[str, object]:
        return {
            "sample_set_id": set_id or self.generated, "reference_set_id": self.reference.set_id,
            "extractor": EXTRACTOR,
        }  # fmt: skip


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Digits:
    """Handwritten digits, enlarged to 24 x 24: 700 real ones, 140 of them held out; 400 others in the place of
    generated ones, 32 of which are copies in four ways."""
    folder = tmp_path_factory.mktemp("digits")
    values, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    whole = np.round(values[order].reshape(-1, 8, 8) * 15.9).astype(np.uint8).repeat(3, 1).repeat(3, 2)
    names = [f"digit {k}" for k in labels[order]]
    np.savez(folder / "digits.npz", images=whole[:700], labels=np.array(names[:700]))
    workspace = Workspace(Settings(workspace=folder / "workspace"))
    reference = references.add(workspace, "digits", folder / "digits.npz", held_out=0.2)
    generated = [p[:, :, None] for p in whole[700:1100]]
    real = images.load(workspace, reference.set_id, 0, 4 * COPIES)
    rng, planted = np.random.default_rng(1), {}
    ways = {
        "exact": lambda p: p, "flip": lambda p: plants.flip(p, 1, rng), "moved": lambda p: plants.moved(p, 2, -1),
        "jpeg": lambda p: plants.jpeg(p, 75, rng),
    }  # fmt: skip
    for start, (name, change) in zip(range(0, 4 * COPIES, COPIES), ways.items(), strict=True):
        planted[name] = list(range(11 * start, 11 * start + 11 * COPIES, 11))
        for position, original in zip(planted[name], real[start : start + COPIES], strict=True):
            generated[position] = change(original)
    rest = [p[:, :, None] for p in whole[1100:]]
    return Digits(workspace, reference, sample_set(workspace, generated, "planted"), planted, rest, names[1100:])
