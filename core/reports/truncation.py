"""Quality against diversity: the same base latents pulled towards the middle by degrees, and what that does to the
numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import checkpoints, embeddings, latents, references, sampling
from core.errors import BadInput
from core.generators import GeneratorSpec
from core.latents import Allowed
from core.metrics.result import NARROW
from core.progress import Progress
from core.reports import before_after
from core.reports.report import ReportView
from core.reports.sampled import embed, keep, made_by, opened
from core.selection import ASKED, Candidate, choose
from core.workspace import Workspace

MODES = {
    "scale": ("ψ", "every latent times ψ"),
    "truncate": ("t", "numbers beyond ±t drawn again (Brock et al. 2019)"),
}
LEVELS = {
    "scale": (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.6),
    "truncate": (0.3, 0.5, 0.7, 1.0, 1.3, 1.6, 2.0, 3.0, np.inf),
}
"""From all alike to as the model was trained and, for a scale, beyond."""
USUAL = {"scale": 1.0, "truncate": np.inf}
SHOWN = 12
MOST = 20
"""Levels of one sweep."""


def moved(base: NDArray[np.float32], mode: str, level: float) -> NDArray[np.float32]:
    """Base latents (n, d), standard normal, at a level. 'scale' multiplies them; 'truncate' maps each number to the
    normal distribution cut at ±level by its quantile, which is distributed as drawing again would be and keeps latent i
    the same one at every level. Raises BadInput for another mode or a level that is not above 0."""
    if mode not in MODES or not level > 0:
        raise BadInput(f"'{mode}' at {level:g} is no way to move latents; use {' or '.join(MODES)} above 0.")
    if mode == "scale":
        return np.asarray(base * np.float32(level))
    if np.isinf(level):
        return base
    from scipy.special import ndtr, ndtri

    low, high = ndtr(-level), ndtr(level)
    return np.asarray(np.clip(ndtri(low + ndtr(base.astype(np.float64)) * (high - low)), -level, level), np.float32)


def make(workspace: Workspace, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """{"mode", "symbol", "points": [{"level", metrics with intervals, "rows": verdicts against the usual level,
    "pictures"}], "pick", ...}. Raises BadInput for ready-made pictures."""
    mode, n, seed = arguments["mode"], arguments["n"], arguments["seed"]
    if mode not in MODES:
        raise BadInput(f"'{mode}' is no way to move latents; use {' or '.join(MODES)}.")
    view = references.get(workspace, arguments["reference_set_id"])
    levels = _levels(mode, arguments["levels"])
    generator = opened(workspace, arguments["checkpoint_id"], progress, n * len(levels))
    extractor = embeddings.build(workspace, arguments["extractor"], view.set_id)
    stored = embeddings.embed_set(workspace, view.set_id, extractor, progress=progress)
    m = min(n, view.m)
    real = np.asarray(embeddings.load(workspace, stored)[:m])
    base, labels = latents.drawn(generator.spec, n, seed)
    found, shown = [], []
    for done, level in enumerate(levels):
        at = f" at {MODES[mode][0]} {said(level)} ({done + 1} of {len(levels)})"
        made = latents.pictures(generator, moved(base, mode, level), labels, progress, f"making pictures{at}")
        shown.append(keep(workspace, made[:SHOWN]))
        found.append(before_after.measure(embed(extractor, made, progress, f"features{at}"), real))
    usual = levels.index(USUAL[mode])
    others = [i for i in range(len(levels)) if i != usual]
    rows = before_after.verdicts(found[usual], [found[i] for i in others], paired=True)
    by_level = dict(zip(others, rows, strict=True))
    pick = _pick(found, levels, usual)
    checkpoint = checkpoints.get(workspace, arguments["checkpoint_id"])
    return {
        "checkpoint": checkpoint.label, "mode": mode, "made_by": made_by(generator),
        "symbol": MODES[mode][0], "n": n, "m": m, "seed": seed, "usual": _number(levels[usual]),
        "pick": _number(levels[pick]), "sentence": _sentence(mode, levels[pick], pick == usual, by_level.get(pick, [])),
        "points": [
            {"level": _number(level), "pictures": shown[i], "rows": by_level.get(i, []),
             **{name: before_after.told(one) for name, one in found[i].items()}}
            for i, level in enumerate(levels)
        ],
        "bank": sampling.bank_key(generator.spec, n, seed),
        "fingerprints": {
            "checkpoint": checkpoint.sha256, "reference": view.key, "extractor": extractor.key,
        },
    }  # fmt: skip


def _levels(mode: str, asked: Sequence[float]) -> tuple[float, ...]:
    """Those asked for and the usual one, ascending; LEVELS without any. Raises BadInput for one that is not above 0."""
    if not asked:
        return LEVELS[mode]
    if not all(isinstance(level, int | float) and level > 0 for level in asked) or len(asked) > MOST:
        raise BadInput(f"The levels {asked} cannot be swept; give up to {MOST} numbers above 0.")
    return tuple(sorted({*map(float, asked), USUAL[mode]}))


def _pick(found: list[Any], levels: tuple[float, ...], usual: int) -> int:
    """The level that no other beats on KID and coverage, the nearest to the usual one where several are alike."""

    def distance(i: int) -> float:
        return abs(1 / levels[i] - 1 / levels[usual])

    order = sorted(range(len(levels)), key=distance)
    candidates = [
        Candidate(
            {m: before_after.read(found[i][m]) for m in ASKED},
            narrow=frozenset(m for m in ASKED if NARROW in found[i][m].warning),
        )
        for i in order
    ]  # fmt: skip
    return order[choose(candidates).kept]


def _sentence(mode: str, level: float, usual: bool, rows: list[dict[str, Any]]) -> str:
    symbol = MODES[mode][0]
    if usual:
        return f"Leave the latents as they are: no other {symbol} beats {symbol} = {said(level)} on KID and coverage."
    return before_after.sentence(rows, f"{symbol} = {said(level)} against {said(USUAL[mode])}")


def _number(level: float) -> float | None:
    """JSON knows no infinity: None is a latent as it was drawn."""
    return None if np.isinf(level) else level


def said(level: float | None) -> str:
    """A level in words: ∞ for latents as they were drawn."""
    return "∞" if level is None or np.isinf(level) else f"{level:g}"


def allowed(workspace: Workspace, report: ReportView, level: float | None) -> Allowed:
    """The n latents of a report at one of its levels. Raises BadInput for a level that it does not have."""
    found = report.result
    if level not in [point["level"] for point in found["points"]]:
        raise BadInput(f"This report has no level {said(level)}; use one of its curve.")
    spec = GeneratorSpec.from_json(checkpoints.get(workspace, report.arguments["checkpoint_id"]).spec)
    base, labels = latents.drawn(spec, found["n"], found["seed"])
    z = moved(base, found["mode"], np.inf if level is None else level)
    rule = {"mode": found["mode"], "level": level, "checkpoint": found["checkpoint"], "report": report.id}
    return Allowed(
        z, labels, np.arange(found["n"], dtype=np.int64), found["seed"], found["bank"], rule, found["fingerprints"]
    )  # fmt: skip
