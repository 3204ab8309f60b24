"""How every metric reacts to planted changes, over several random splits of one pool of real pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluate import Pairings
from core.metrics import Metric
from core.planting import Plant, get
from core.planting.sets import Positions, among
from core.progress import Progress

Material = dict[str, Any]
"""What metrics look at, under the names of `Metric.of`: arrays with a row a picture, or lists."""
UNCHANGED = "unchanged"
FAR = 99.0
"""Standard errors beyond which nobody counts."""


@dataclass(frozen=True)
class Case:
    """One plant at one strength; `material` is every picture changed, None where none is or nothing changes."""

    plant: Plant | None
    strength: str
    material: Material | None = None

    @property
    def name(self) -> str:
        return self.plant.name if self.plant else UNCHANGED


Drawn = list[tuple[Material, Positions]]
"""A set of pictures as rows of materials; their order means nothing to a metric."""
Differences = dict[tuple[str, str, str], list[tuple[float, float]]]
"""(metric, plant, strength) -> (value of the unchanged stand-in, value with the plant), a split each."""


def _drawn(
    case: Case, base: Material, thirds: Sequence[Positions], modes: Positions, rng: np.random.Generator
) -> Drawn:
    stand_in, spare, reference = thirds
    if case.plant is None:
        return [(base, spare)]
    assert case.material is not None
    amount = case.plant.amounts[case.strength]
    if case.plant.acts == "pictures":
        return [(case.material, stand_in)]
    if case.plant.draw is not None:
        pool = np.concatenate([stand_in, spare])
        return [(base, pool[case.plant.draw(np.unique(modes[pool], return_inverse=True)[1], amount, len(spare), rng)])]
    gone = among(len(stand_in), amount, rng)
    copied = rng.permutation(reference)[: len(gone)]
    return [(base, np.delete(stand_in, gone)), (case.material, copied)]


def reactions(
    base: Material, control: NDArray[np.float32], metrics: Sequence[Metric], cases: Sequence[Case], modes: Positions,
    splits: int, seed: int, progress: Progress,
) -> Differences:  # fmt: skip
    """Every metric on every case in every split. `control`: features of held-out real pictures, (K, D)."""
    found: Differences = {}
    n = len(modes) // 3
    for split in range(splits):
        order = np.random.default_rng([seed, split]).permutation(3 * n)
        thirds = [order[:n], order[n : 2 * n], order[2 * n :]]
        unchanged = _values(metrics, control, [(base, thirds[0])], [(base, thirds[2])])
        for number, case in enumerate(cases):
            done = split * len(cases) + number
            progress(done, splits * len(cases), f"measuring: {case.name}, {case.strength}")
            drawn = _drawn(case, base, thirds, modes, np.random.default_rng([seed, split, number]))
            values = _values(metrics, control, drawn, [(base, thirds[2])])
            for metric in metrics:
                at = (metric.name, case.name, case.strength)
                found.setdefault(at, []).append((unchanged[metric.name], values[metric.name]))
    return found


def _values(
    metrics: Sequence[Metric], control: NDArray[np.float32], generated: Drawn, reference: Drawn
) -> dict[str, float]:
    pairings = Pairings(control)
    return {m.name: pairings.compute(m, "value", _rows(generated, m.of), _rows(reference, m.of)).value for m in metrics}


def _rows(drawn: Drawn, of: str) -> Any:
    parts = [material[of][at] if isinstance(material[of], np.ndarray) else [material[of][i] for i in at]
             for material, at in drawn]  # fmt: skip
    return np.concatenate(parts) if isinstance(parts[0], np.ndarray) else [p for part in parts for p in part]


def standard_error(differences: NDArray[np.float64], share: float) -> float:
    """Of ONE difference, from those of several random splits of one pool that each use `share` of it a side.

    Splits overlap, so their spread is too small: two means over random n out of N pictures correlate by n / N, hence
    the division (after Nadeau & Bengio 2003). It does not shrink as splits are added: it says what one comparison of
    this size would see.
    """
    return float(differences.std(ddof=1) / np.sqrt(1 - share))


def cells(measured: Differences) -> list[dict[str, Any]]:
    """A row for each metric and case: what was measured, and how far it moved, in standard errors of one comparison.

    `errors` takes the error of the difference itself where a plant leaves the set the same pictures, as two checkpoints
    on one latent bank share theirs; `errors_unpaired`, and both where the pictures are others, that of the difference
    between two sets of real pictures in which nothing was planted."""
    gaps = {at: np.array([after - before for before, after in pairs]) for at, pairs in measured.items()}
    rows = []
    for (metric, plant, strength), pairs in measured.items():
        gap = gaps[metric, plant, strength]
        chance = standard_error(gaps[metric, UNCHANGED, "strong"], 1 / 3)
        before, after = np.mean(pairs, axis=0)
        error = standard_error(gap, 1 / 3) if _same_pictures(plant) else chance
        rows.append({
            "metric": metric, "plant": plant, "strength": strength, "unchanged": float(before), "value": float(after),
            "difference": float(gap.mean()), "standard_error": error, "errors": _errors(float(gap.mean()), error),
            "errors_unpaired": _errors(float(gap.mean()), chance),
        })  # fmt: skip
    return rows


def _same_pictures(plant: str) -> bool:
    return plant == UNCHANGED or get(plant).acts != "modes"


def _errors(difference: float, error: float) -> float:
    """The difference in standard errors; one that never varies is as far as can be counted."""
    if error <= 1e-12 * abs(difference):
        return float(np.sign(difference) * FAR)
    return float(np.clip(difference / error, -FAR, FAR))
