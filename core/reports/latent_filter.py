"""Which latents to let through: accepted by a score of their pictures. The threshold is fitted on one bank and judged
on two fresh ones, and where the score looks at real pictures, against real pictures that it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import checkpoints, embeddings, images, latents, references, sampling, sets
from core.errors import BadInput
from core.extractors import Extractor
from core.generators import Generator
from core.latents import Allowed
from core.metrics.accepting import RATES, accepted, threshold
from core.progress import Progress
from core.reports import before_after, rules
from core.reports.report import ReportView
from core.reports.sampled import embed, keep, made_by, opened
from core.reports.sides import ticking
from core.workspace import Workspace
from storage import vectors

MOST_REAL = 5000
"""Real pictures that a score looks at, at most."""
HELD_OUT = 200
"""From so many held-out pictures on they judge; with fewer, the second half of the reference part does."""
LEAST = 100
"""Real pictures that judge, at least, and pictures at a point of the curve."""
SPARE = 1.1
"""Latents drawn for one that should be accepted, so that one drawing is mostly enough."""
MOST_DRAWN = 40
"""Latents drawn for one that is wanted, before the rule counts as too strict."""
SHOWN = 24
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class _Real:
    """Real pictures as vectors: what the score looks at, what judges, and that in words."""

    score: Vectors
    judge: Vectors
    said: str


@dataclass(frozen=True)
class _Chosen:
    """Pictures that people chose: ids and vectors."""

    ids: list[int]
    vectors: Vectors


@dataclass(frozen=True)
class _Bank:
    """Latents of one seed with their pictures' vectors and scores."""

    seed: int
    latents: Vectors
    labels: NDArray[np.int64]
    features: Vectors
    scores: NDArray[np.float64]
    pictures: Sequence[Any]


class _Filtering:
    """One report in the making."""

    def __init__(self, workspace: Workspace, arguments: dict[str, Any], progress: Progress) -> None:
        self.workspace, self.asked, self.progress = workspace, arguments, progress
        self.rule = rules.get(arguments["by"])
        self.generator: Generator = opened(workspace, arguments["checkpoint_id"], progress, 3 * arguments["n"])
        self.extractor = embeddings.build(workspace, arguments["extractor"], arguments["reference_set_id"])
        chosen = self._chosen() if self.rule.of == "pictures" else None
        self.real = _real(self.workspace, self.asked["reference_set_id"], self.extractor, chosen, progress)
        self.against = self.real.score

    def _chosen(self) -> _Chosen:
        number = self.asked["chosen_set_id"]
        if number is None:
            ids = rules.chosen(self.workspace, self.rule, self.asked["tag"])
            found = [images.picture(self.workspace, one) for one in ids]
            return _Chosen(ids, embed(self.extractor, found, self.progress, "features of the chosen pictures"))
        stored = embeddings.embed_set(self.workspace, number, self.extractor, progress=self.progress)
        rows = np.asarray(embeddings.load(self.workspace, stored))[:MOST_REAL]
        return _Chosen(sets.members(self.workspace, number).ids[: len(rows)].tolist(), rows)

    def bank(self, n: int, seed: int, start: int = 0, what: str = "") -> _Bank:
        """Latents `start` to n of a seed."""
        z, labels = latents.drawn(self.generator.spec, n, seed)
        z, labels = z[start:], labels[start:]
        made = latents.pictures(self.generator, z, labels, self.progress, f"making pictures{what}")
        features = embed(self.extractor, made, self.progress, f"features{what}")
        scores = self.rule.score(features, self.against, ticking(self.progress, f"scores{what}"))
        return _Bank(seed, z, labels, features, np.asarray(scores, np.float64), made)

    def until(self, wanted: int, at_least: float, share: float, seed: int) -> _Bank:
        """A bank long enough to hold `wanted` latents that pass. Raises BadInput when the rule is too strict."""
        size = int(np.ceil(SPARE * wanted / max(share, 1 / MOST_DRAWN)))
        found = self.bank(size, seed, what=", judged")
        while (passed := len(accepted(found.scores, at_least))) < wanted:
            if size >= MOST_DRAWN * wanted:
                raise BadInput(
                    f"Of {size:,} fresh latents {passed:,} pass this threshold, {wanted:,} were asked for; keep more, "
                    "or ask for fewer."
                )
            more = min(MOST_DRAWN * wanted, int(np.ceil(SPARE * size * wanted / max(passed, 1))))
            found, size = _joined(found, self.bank(more, seed, start=size, what=", judged")), more
        return found


def _joined(one: _Bank, two: _Bank) -> _Bank:
    def both(name: str) -> Any:
        return np.concatenate([getattr(one, name), getattr(two, name)])

    return _Bank(
        one.seed, both("latents"), both("labels"), both("features"), both("scores"), [*one.pictures, *two.pictures]
    )  # fmt: skip


def _real(
    workspace: Workspace, number: int, extractor: Extractor, chosen: _Chosen | None, progress: Progress
) -> _Real:  # fmt: skip
    view = references.get(workspace, number)
    stored = embeddings.embed_set(workspace, number, extractor, progress=progress)
    every = np.asarray(embeddings.load(workspace, stored))
    part, control = every[: view.m], every[view.m :]
    if chosen is not None:
        seen = np.isin(sets.members(workspace, number).ids[: view.m], chosen.ids)
        said = f"the reference part of {view.label}, which the rule did not look at"
        if seen.any():
            said = f"what the rule did not look at of the reference part of {view.label}, {(~seen).sum():,} pictures"
        return _enough(_Real(chosen.vectors, part[~seen], said))
    if len(control) >= HELD_OUT:
        said = f"the {len(control):,} held-out pictures of {view.label}, which the rule never saw"
        return _enough(_Real(part[:MOST_REAL], control, said))
    half = len(part) // 2
    said = f"the second half of {view.label}, which the rule never saw: it looked at the first"
    return _enough(_Real(part[:half][:MOST_REAL], part[half:], said))


def _enough(real: _Real) -> _Real:
    if len(real.judge) < LEAST:
        raise BadInput(
            f"{len(real.judge):,} real pictures are left to judge by, {LEAST} are needed; add more real pictures."
        )
    return real


def make(workspace: Workspace, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Fit the threshold on the bank of `seed`, accept `n` latents of the bank of `seed` + 1, and compare their pictures
    with n of the bank of `seed` + 2, unfiltered. Raises BadInput for ready-made pictures, too few real ones, or a rule
    that lets nothing through."""
    n, seed, share = arguments["n"], arguments["seed"], arguments["keep"]
    if not 0 < share <= 1:
        raise BadInput(f"A share of {share:g} cannot be kept; give more than 0 and at most 1.")
    work = _Filtering(workspace, arguments, progress)
    fitted = work.bank(n, seed, what=", fitted")
    given = arguments["threshold"]
    at_least = threshold(fitted.scores, share) if given is None else float(given)
    share = float((fitted.scores >= at_least).mean())
    pool = work.until(n, at_least, share, seed + 1)
    plain = work.bank(n, seed + 2, what=", unfiltered")
    passed = accepted(pool.scores, at_least)
    m = min(n, len(work.real.judge))
    progress(0, 2, "measuring before and after")
    before = before_after.measure(plain.features, work.real.judge[:m])
    after = before_after.measure(pool.features[passed[:n]], work.real.judge[:m])
    (rows,) = before_after.verdicts(before, [after], paired=False)
    with workspace.database.write() as session:
        matrix_id = vectors.store(session, pool.latents[passed])
    left = np.setdiff1d(np.arange(len(pool.scores)), passed)
    strays = left[np.argsort(pool.scores[left], kind="stable")]
    order = passed[np.argsort(-pool.scores[passed], kind="stable")]
    checkpoint = checkpoints.get(workspace, arguments["checkpoint_id"])
    return {
        "checkpoint": checkpoint.label, "rule": work.rule.name,
        "unit": work.rule.unit, "threshold": at_least, "share": share, "n": n, "m": m,
        "made_by": made_by(work.generator), "judged_by": work.real.said,
        "seeds": {"fit": seed, "judge": seed + 1, "before": seed + 2},
        "drawn": len(pool.scores), "accepted": len(passed), "rows": rows,
        "sentence": before_after.sentence(rows, f"Keeping {len(passed) / len(pool.scores):.0%} of the latents"),
        "curve": _curve(fitted.scores, pool, work.real.judge, progress),
        "matrix_id": matrix_id, "labels": pool.labels[passed].tolist(), "positions": passed.tolist(),
        "bank": sampling.bank_key(work.generator.spec, len(pool.scores), seed + 1),
        "fingerprints": {
            "checkpoint": checkpoint.sha256,
            "reference": references.get(workspace, arguments["reference_set_id"]).key,
            "extractor": work.extractor.key,
        },
        "best": keep(workspace, [pool.pictures[i] for i in order[:SHOWN]]),
        "worst": keep(workspace, [pool.pictures[i] for i in strays[:SHOWN]]),
        "scores": np.quantile(fitted.scores, np.linspace(0, 1, 101)).tolist(),
    }  # fmt: skip


def _curve(fitted: NDArray[np.float64], pool: _Bank, judge: Vectors, progress: Progress) -> list[dict[str, Any]]:
    """What every share brings, at equal n: {"rate", "threshold", "accepted", "n", metrics with their intervals}."""
    marks = [(rate, at, accepted(pool.scores, at)) for rate in RATES for at in [threshold(fitted, rate)]]
    marks = [one for one in marks if len(one[2]) >= LEAST]
    if not marks:
        return []
    n = min(len(passed) for _, _, passed in marks)
    points = []
    for done, (rate, at, passed) in enumerate(marks):
        progress(done, len(marks), "the curve of acceptance")
        names = ("kid", "precision", "coverage")
        found = before_after.measure(pool.features[passed[:n]], judge[: max(n, LEAST)], names)
        mean = float(pool.scores[passed].mean())
        points.append(
            {"rate": rate, "threshold": at, "accepted": len(passed) / len(pool.scores), "n": n, "score": mean}
            | {name: before_after.told(one) for name, one in found.items()}
        )
    return points


def allowed(workspace: Workspace, report: ReportView) -> Allowed:
    """The latents that a report of this kind let through."""
    found = report.result
    with workspace.database.read() as session:
        z = vectors.load(session, found["matrix_id"])
    rule = {name: found[name] for name in ("checkpoint", "rule", "unit", "threshold", "share", "seeds", "judged_by")}
    return Allowed(
        np.asarray(z, np.float32), np.asarray(found["labels"], np.int64), np.asarray(found["positions"], np.int64),
        found["seeds"]["judge"], found["bank"], rule | {"report": report.id}, found["fingerprints"],
    )  # fmt: skip
