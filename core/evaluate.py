"""An evaluation: a checkpoint's pictures against a reference set under one extractor, as metric values."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core import checkpoints, embeddings, extractors, moments, references, sampling, scores, shelf
from core.embeddings import EmbeddingsView
from core.errors import BadInput
from core.images import Stored
from core.keys import key
from core.metrics import METRICS, Given, Metric, Result
from core.metrics.moments import Moments
from core.metrics.moments import moments as find_moments
from core.metrics.pairing import Pairing
from core.progress import Progress, silent
from core.references import ReferenceView
from core.workspace import Workspace
from storage import evaluations, images, vectors
from storage.tables import Evaluation, Fingerprint, ImageSet, MetricValue

LATENTS = "standard normal, numpy PCG64, version 1"
"""How every latent bank is drawn. The width of a latent belongs to the model, so it is no part of the protocol:
generators of unlike latent size are measured alike, but only checkpoints on one bank are compared in pairs."""
Rows = NDArray[np.float32]


def evaluate(
    workspace: Workspace,
    checkpoint_id: int,
    reference_set_id: int,
    *,
    extractor: str = extractors.DEFAULT,
    n: int = 2000,
    seed: int = 0,
    progress: Progress = silent,
) -> int:
    """Sample, embed both sides, measure. Every step is skipped when its result is there; asking again is free.

    As many reference pictures as generated ones are used (the first min(n, m) of the reference part); metrics that
    count neighbours also use no more generated pictures than reference ones. Values and per-image scores appear in
    one commit. Returns the evaluation's id. Raises BadInput when a metric needs more pictures.
    """
    reference = references.get(workspace, reference_set_id)
    shelf.usable(workspace, extractor)  # before minutes are spent on pictures
    check_size(n, reference, checkpoints.get(workspace, checkpoint_id).label)
    set_id = sampling.sample(workspace, checkpoint_id, n=n, seed=seed, progress=progress)
    built = embeddings.build(workspace, extractor, reference_set_id)
    m = min(n, reference.m)
    protocol = {
        "extractor": built.key, "extractor name": built.name, "reference": reference.key,
        "reference name": reference.label, "n": n, "m": m, "seed": seed, "latents": LATENTS,
    }  # fmt: skip
    found = given(workspace, set_id, reference, extractor, built.dim)
    measurable = [metric for metric in METRICS if not metric.applies(found)]
    protocols = {metric.name: _protocol(metric, protocol) for metric in measurable}
    with workspace.database.read() as session:
        evaluation_key = key("evaluation", evaluations.set_key(session, set_id), protocols)
        known = evaluations.by_key(session, evaluation_key)
        if known is not None:
            return known.id
    reference_view = embeddings.embed_set(workspace, reference_set_id, built, progress=progress)
    sample_view = embeddings.embed_set(workspace, set_id, built, progress=progress)
    generated = _sides(workspace, sample_view)
    real = _sides(workspace, reference_view)
    generated |= {name: s[:, None] for name, s in scores.of_pictures(workspace, set_id, progress).items()}
    real |= {name: s[:, None] for name, s in scores.of_pictures(workspace, reference_set_id, progress).items()}
    control = real["features"][reference.m :]
    real = {name: rows[: reference.m] for name, rows in real.items()}
    measured = []
    pairings = Pairings(control, progress, lambda rows: moments.of_rows(workspace, reference_view, rows))
    for done, metric in enumerate(measurable):
        progress(done, len(measurable), f"measuring: {metric.title}")
        sides = generated[metric.of], real[metric.of]
        measured.append(_measure(workspace, metric, protocols[metric.name], *sides, m, pairings))
    features, near = generated["features"], real["features"][:m]
    pairing = pairings.of("value features", features, near)
    columns = {score.name: score.against(pairing).astype(np.float32) for score in scores.SCORES if score.against}
    with workspace.database.write() as session:
        known = evaluations.by_key(session, evaluation_key)
        if known is not None:  # another process was faster: its numbers are the same
            return known.id
        row = Evaluation(
            key=evaluation_key, sample_set_id=set_id, reference_set_id=reference_set_id,
            extractor_id=sample_view.extractor_id, complete=True,
        )  # fmt: skip
        session.add(row)
        row.values.extend(_stored(session, value) for value in measured if not value[2].none)
        session.flush()
        for name, column in columns.items():
            scores.store(session, set_id, row.id, name, column)
        progress(len(measurable), len(measurable), "measured", session=session)
        return row.id


def check_size(n: int, reference: ReferenceView, what: str) -> None:
    """Raises BadInput when `n` pictures of `what` against that reference set are too few for a metric."""
    smallest = max(metric.minimum for metric in METRICS)
    if n < smallest or reference.m < 2 * smallest:
        raise BadInput(
            f"{what} with {n} pictures against {reference.label} with {reference.m}: at least {smallest} and "
            f"{2 * smallest} are needed; ask for more, or add some."
        )


def given(workspace: Workspace, set_id: int, reference: ReferenceView, extractor: str, dim: int) -> Given:
    """What the pictures of a sample set, a reference set and an extractor give a metric to measure on."""
    kind = shelf.get(workspace, extractor)
    with workspace.database.read() as session:
        sides = [images.smallest_side(session, one) for one in (set_id, reference.set_id)]
        n = session.get_one(ImageSet, set_id).n
    return Given(
        n, min(n, reference.m), reference.held_out, min(sides), kind.probabilities is not None, kind.inception, dim
    )  # fmt: skip


def _sides(workspace: Workspace, view: EmbeddingsView) -> dict[str, Any]:
    """What metrics may ask for of one side, under the names of `Metric.of`."""
    features: Rows = np.asarray(embeddings.load(workspace, view))
    found: dict[str, Any] = {"features": features, "pictures": Stored(workspace, view.set_id, range(view.n))}
    classify = shelf.get(workspace, view.extractor).probabilities
    if classify is not None:
        found["probabilities"] = classify(workspace.models)(features)
    return found


def _protocol(metric: Metric, protocol: dict[str, Any]) -> dict[str, Any]:
    n, m = protocol["n"], protocol["m"]
    effective = {"n": min(n, m)} if metric.equal_sizes else {}
    own = {"metric": metric.name, "version": metric.version, "parameters": metric.parameters}
    return {**protocol, **effective, **own}


Measured = tuple[Metric, dict[str, Any], Result, float | None, int]


class Pairings:
    """One Pairing for each two sets of pictures of an evaluation: the metrics that share find it here."""

    def __init__(
        self, control: Rows, progress: Progress = silent, known_moments: Callable[[Rows], Moments] = find_moments
    ) -> None:
        """`known_moments`: of the reference's first rows of features, which an earlier evaluation may have found."""
        self._control, self._moments, self._progress = control, known_moments, progress
        self._known: dict[tuple[str, int, int], Pairing] = {}

    def compute(self, metric: Metric, what: str, generated: Rows, reference: Rows) -> Result:
        """`what`: the value or its floor, which are about other pictures."""
        shared: dict[str, Any] = {"control": self._control} if metric.control else {}
        if metric.shares:
            shared["pairing"] = self.of(f"{what} {metric.of}", generated, reference)
        return metric.compute(generated=generated, reference=reference, **shared, **metric.parameters)

    def of(self, name: str, generated: Rows, reference: Rows) -> Pairing:
        """The pairing of this name and size; a long pass over it says where it is, and can be cancelled."""

        def tick(done: int, total: int) -> None:
            self._progress(done, total, f"distances: {name}")

        place = (name, len(generated), len(reference))
        known = partial(self._moments, reference) if name.endswith(" features") else None
        return self._known.setdefault(place, Pairing(generated, reference, tick, known))


def _measure(
    workspace: Workspace, metric: Metric, protocol: dict[str, Any], generated: Rows, real: Rows, m: int,
    pairings: Pairings,
) -> Measured:  # fmt: skip
    """The metric's value, its floor (None where real pictures have none), and the pictures a side it was made with."""
    result = pairings.compute(metric, "value", generated[: protocol["n"]], real[:m])
    with workspace.database.read() as session:
        known = evaluations.floor(session, key(protocol))
    if known is not None and known.floor is not None:
        return metric, protocol, result, known.floor, known.floor_n or 0
    half = min(m, len(real) // 2)
    floor = pairings.compute(metric, "floor", real[-half:], real[:half])
    return metric, protocol, result, None if floor.none else floor.value, half


def _stored(session: Session, measured: Measured) -> MetricValue:
    metric, protocol, result, floor, half = measured
    fingerprint = key(protocol)
    session.merge(Fingerprint(sha256=fingerprint, protocol=protocol))
    return MetricValue(
        metric=metric.name, version=metric.version, value=result.value, low=result.low, high=result.high,
        standard_error=result.standard_error, n=protocol["n"], m=protocol["m"], floor=floor,
        floor_n=half, parameters=result.parameters, fingerprint=fingerprint, warning=result.warning,
        influence_id=_store_influence(session, result, protocol["n"], protocol["m"]),
    )  # fmt: skip


def _store_influence(session: Session, result: Result, n: int, m: int) -> int | None:
    """One column of n + m rows: what each generated picture, then each reference picture adds to the error."""
    if result.influence is None and result.reference_influence is None:
        return None
    parts = (
        np.zeros(n) if result.influence is None else result.influence,
        np.zeros(m) if result.reference_influence is None else result.reference_influence,
    )
    return vectors.store(session, np.concatenate(parts).astype(np.float32)[:, None])
