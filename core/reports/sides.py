"""What a report about a checkpoint looks at: the vectors of its pictures and of the two parts of a reference set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import checkpoints, embeddings, references, results
from core.errors import BadInput
from core.progress import Progress
from core.references import ReferenceView
from core.results import EvaluationView
from core.similarity.nearest import Tick
from core.workspace import Workspace

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Sides:
    """`generated` (n, D), `reference` (m, D), and the held-out `control` (c, D), float32, row i for position i of its
    part; c may be 0."""

    generated: Vectors
    reference: Vectors
    control: Vectors
    view: ReferenceView

    @property
    def real(self) -> Vectors:
        """Both parts, (m + c, D), in the order of the reference set."""
        return np.concatenate([self.reference, self.control])


def sides(workspace: Workspace, arguments: dict[str, Any], progress: Progress) -> Sides:
    """Of a report with the arguments `sample_set_id`, `reference_set_id` and `extractor`; vectors that are not there
    yet are made."""
    view = references.get(workspace, arguments["reference_set_id"])
    built = embeddings.build(workspace, arguments["extractor"], view.set_id)
    real, generated = (
        np.asarray(embeddings.load(workspace, embeddings.embed_set(workspace, number, built, progress=progress)))
        for number in (view.set_id, arguments["sample_set_id"])
    )
    return Sides(generated, real[: view.m], real[view.m :], view)


def ticking(progress: Progress, message: str) -> Tick:
    """`progress` for pure functions, which know how far they are but not what it is called."""
    return lambda done, total: progress(done, total, message)


def measured(
    workspace: Workspace, checkpoint_id: int, reference_set_id: int | None = None, extractor: str | None = None
) -> EvaluationView:
    """The newest evaluation of a checkpoint, against that reference set and under that extractor where they are given:
    what a report looks at. Raises BadInput, with the remedy, where there is none."""
    for view in results.every(workspace, checkpoint_id):
        if reference_set_id in (None, view.reference_set_id) and extractor in (None, view.extractor):
            return view
    against = "" if reference_set_id is None else f" against {references.get(workspace, reference_set_id).label}"
    under = "" if extractor is None else f" under {extractor}"
    label = checkpoints.get(workspace, checkpoint_id).label
    raise BadInput(f"{label} has not been measured{against}{under} yet; evaluate it first.")


def arguments(view: EvaluationView) -> dict[str, Any]:
    """What a report about what an evaluation measured is asked with."""
    return {
        "sample_set_id": view.set_id, "reference_set_id": view.reference_set_id, "extractor": view.extractor,
    }  # fmt: skip
