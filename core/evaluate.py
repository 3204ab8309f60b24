"""An evaluation: a checkpoint's pictures against a reference set under one extractor, as metric values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import checkpoints, embeddings, extractors, references, sampling
from core.errors import BadInput
from core.keys import key
from core.metrics import METRICS, Metric, Result
from core.progress import Progress, silent
from core.workspace import Workspace
from storage import vectors
from storage.tables import Evaluation, Fingerprint, ImageSet, LatentBank, MetricValue, SampleSet


@dataclass(frozen=True)
class ValueView:
    """A number with everything needed to read it."""

    metric: str
    title: str
    direction: str
    value: float
    low: float | None
    high: float | None
    floor: float | None
    n: int
    m: int
    fingerprint: str
    warning: str


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

    As many reference pictures as generated ones are used (the first min(n, m) of the reference part). The values
    appear in one commit. Returns the evaluation's id. Raises BadInput when a metric needs more pictures.
    """
    reference = references.get(workspace, reference_set_id)
    smallest = max(metric.minimum for metric in METRICS)
    if n < smallest or reference.m < 2 * smallest:
        raise BadInput(
            f"{checkpoints.get(workspace, checkpoint_id).label} with {n} pictures against {reference.label} with "
            f"{reference.m}: at least {smallest} and {2 * smallest} are needed; ask for more, or add some."
        )
    built = embeddings.build(workspace, extractor, reference_set_id)
    set_id = sampling.sample(workspace, checkpoint_id, n=n, seed=seed, progress=progress)
    reference_view = embeddings.embed_set(workspace, reference_set_id, built, progress=progress)
    sample_view = embeddings.embed_set(workspace, set_id, built, progress=progress)
    m = min(n, reference.m)
    protocol = {
        "extractor": built.key, "extractor name": built.name, "reference": reference.key, "n": n, "m": m,
        "seed": seed, "bank": _bank_key(workspace, set_id),
    }  # fmt: skip
    evaluation_key = key("evaluation", _set_key(workspace, set_id), protocol, [(x.name, x.version) for x in METRICS])
    with workspace.database.read() as session:
        known = session.scalar(select(Evaluation).where(Evaluation.key == evaluation_key))
        if known is not None:
            return known.id
    generated = np.asarray(embeddings.load(workspace, sample_view))
    real = np.asarray(embeddings.load(workspace, reference_view))[: reference.m]
    measured: list[tuple[Metric, Result, float]] = []
    for done, metric in enumerate(METRICS):
        progress(done, len(METRICS), f"measuring: {metric.title}")
        result = metric.compute(generated=generated, reference=real[:m], **metric.parameters)
        measured.append((metric, result, _floor(metric, real, m)))
    with workspace.database.write() as session:
        known = session.scalar(select(Evaluation).where(Evaluation.key == evaluation_key))
        if known is not None:  # another process was faster: its numbers are the same
            return known.id
        row = Evaluation(
            key=evaluation_key, sample_set_id=set_id, reference_set_id=reference_set_id,
            extractor_id=sample_view.extractor_id, complete=True,
        )  # fmt: skip
        session.add(row)
        for metric, result, floor in measured:
            row.values.append(_stored(session, protocol, metric, result, floor))
        progress(len(METRICS), len(METRICS), "measured", session=session)
        session.flush()
        return row.id


def _stored(session: Session, protocol: dict[str, Any], metric: Metric, result: Result, floor: float) -> MetricValue:
    whole = {**protocol, "metric": metric.name, "version": metric.version, "parameters": metric.parameters}
    fingerprint = key(whole)
    session.merge(Fingerprint(sha256=fingerprint, protocol=whole))
    influence = result.influence
    return MetricValue(
        metric=metric.name, version=metric.version, value=result.value, low=result.low, high=result.high,
        standard_error=result.standard_error, n=protocol["n"], m=protocol["m"], floor=floor,
        parameters=result.parameters, fingerprint=fingerprint, warning=result.warning,
        influence_id=None if influence is None else vectors.store(session, influence.astype(np.float32)[:, None]),
    )  # fmt: skip


def _floor(metric: Metric, real: Any, m: int) -> float:
    """The same metric of reference half against reference half, with n as near to `m` as two halves allow."""
    half = min(m, len(real) // 2)
    return metric.compute(generated=real[-half:], reference=real[:half], **metric.parameters).value


def _bank_key(workspace: Workspace, set_id: int) -> str:
    with workspace.database.read() as session:
        query = select(LatentBank.key).join(SampleSet, SampleSet.bank_id == LatentBank.id)
        return session.scalars(query.where(SampleSet.set_id == set_id)).one()


def _set_key(workspace: Workspace, set_id: int) -> str:
    with workspace.database.read() as session:
        return session.get_one(ImageSet, set_id).key


def values(workspace: Workspace, evaluation_id: int) -> list[ValueView]:
    """The metric values of an evaluation, in the order of METRICS."""
    with workspace.database.read() as session:
        rows = session.scalars(select(MetricValue).where(MetricValue.evaluation_id == evaluation_id)).all()
    found = {row.metric: row for row in rows}
    return [
        ValueView(
            metric.name, metric.title, metric.direction, row.value, row.low, row.high, row.floor, row.n, row.m,
            row.fingerprint, row.warning,
        )
        for metric in METRICS
        if (row := found.get(metric.name)) is not None
    ]  # fmt: skip
