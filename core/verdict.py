"""Better, worse or cannot tell: from the errors of two values to a verdict on each metric. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.result import Z95
from core.metrics.spread import CERTAIN, quantile, spread, together

ALPHA = 0.05
POWER = 0.8
HEADLINE_WEIGHT = 5.0
"""The metrics that make the answer may spend so many times as much of ALPHA as one of the others."""
BETTER, WORSE, CANNOT_TELL = VERDICTS = ("better", "worse", "cannot tell")
FEW = 10
"""Below so many effective degrees of freedom an error rests on a handful of pictures."""
Influence = NDArray[np.float64]


@dataclass(frozen=True)
class Measurement:
    """One value with its error: `generated` (n,) and `reference` (m,) influences where they are known (see
    `core.metrics.Result`), and the value's own interval."""

    value: float
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None
    generated: Influence | None = None
    reference: Influence | None = None


@dataclass(frozen=True)
class Gap:
    """B minus A with its variance, split by where it comes from. `freedom`: effective degrees of freedom; `holds`:
    False where the error is known to be too small."""

    difference: float
    generated: float
    reference: float
    freedom: float
    holds: bool = True

    @property
    def error(self) -> float:
        return float(np.sqrt(self.generated + self.reference))


@dataclass(frozen=True)
class Judged:
    """A gap after the correction. `p` is Holm's; the interval has confidence `level` and holds 0 exactly where the
    verdict is 'cannot tell'. A metric without a direction keeps the plain 95% interval and '' as its verdict."""

    p: float
    level: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True)
class Remedy:
    """What would settle a 'cannot tell'. `detectable`: the smallest difference found with 80% power at this n.
    `pictures`: generated pictures to be asked for, if the difference is as large as it looks now; None where no
    number of them is enough. `real`: reference pictures that it needs, when there are fewer; 0 otherwise."""

    detectable: float
    pictures: int | None
    real: int = 0


def gap(a: Measurement, b: Measurement, *, paired: bool, with_reference: bool = False) -> Gap:
    """B minus A on these reference pictures; `paired` when the generated ones come from the same latents too.

    What one picture adds to both values is a difference, picture by picture (Efron 1982); independent generated
    pictures add their variances. The reference pictures are the same on both sides, so their own chance is none of the
    difference's: taken as well, it would count what a generated and a reference picture do together twice. Say
    `with_reference` for the few metrics whose reference influences hold a part of how the generated ones fall.
    """
    generated = [_paired(a.generated, b.generated)] if paired else [spread(a.generated), spread(b.generated)]
    known = a.generated is not None and b.generated is not None
    reference = _paired(a.reference, b.reference) if with_reference or not known else (0.0, CERTAIN)
    parts = [*generated, reference]
    total = sum(variance for variance, _ in parts)
    difference = b.value - a.value
    if total == 0 and difference != 0:
        return Gap(difference, _own_variance(a) + _own_variance(b), 0.0, CERTAIN)
    return Gap(difference, sum(variance for variance, _ in generated), reference[0], together(*parts)[1])


def _paired(one: Influence | None, two: Influence | None) -> tuple[float, float]:
    if one is None or two is None:
        return spread(two if one is None else one)
    return spread(one - two)


def _own_variance(one: Measurement) -> float:
    """From the standard error alone; where that is 0, as of a share of exactly 0 or 1, from the interval."""
    if one.standard_error:
        return one.standard_error**2
    return ((one.high - one.low) / (2 * Z95)) ** 2 if one.low is not None and one.high is not None else 0.0


def chance(one: Gap) -> float:
    """Two-sided p of a difference at least this large if there were none: Student's t. 1 where no error is known, or
    only one that does not hold."""
    from scipy.special import stdtr

    if one.difference == 0 or one.error == 0 or not one.holds:
        return 1.0
    return float(min(1.0, 2 * stdtr(one.freedom, -abs(one.difference) / one.error)))


def judge(
    gaps: Sequence[Gap], directions: Sequence[str], weights: Sequence[float] | None = None, *, alpha: float = ALPHA
) -> list[Judged]:
    """The verdicts on B by Holm's weighted step-down rule (1979) over the metrics that have a direction: at most
    `alpha` of all comparisons of equals get any verdict but 'cannot tell'. `weights`: how much of `alpha` each may
    spend; equal ones are the usual rule.

    In the order of p / weight each is asked at alpha times its share of the weights not asked yet, until one fails;
    those after it share its step. So the interval at that level holds 0 exactly where the rule does not decide. What
    has no error that holds is not asked: 'cannot tell', with the plain 95% interval.
    """
    weight = [1.0] * len(gaps) if weights is None else list(weights)
    chances = [chance(one) for one in gaps]
    asked = [i for i, direction in enumerate(directions) if direction != "none" and gaps[i].holds]
    found = {
        i: _judged(gaps[i], chances[i], alpha, "" if direction == "none" else CANNOT_TELL)
        for i, direction in enumerate(directions) if i not in asked
    }  # fmt: skip
    left = step = sum(weight[i] for i in asked)
    corrected, failed = 0.0, False
    for i in sorted(asked, key=lambda i: chances[i] / weight[i]):
        step = step if failed else left
        corrected = max(corrected, min(1.0, chances[i] * left / weight[i]))
        failed = failed or chances[i] >= alpha * weight[i] / step
        better = (gaps[i].difference < 0) == (directions[i] == "lower")
        verdict = CANNOT_TELL if failed else BETTER if better else WORSE
        found[i] = _judged(gaps[i], corrected, alpha * weight[i] / step, verdict)
        left -= weight[i]
    return [found[i] for i in range(len(gaps))]


def _judged(one: Gap, p: float, share: float, verdict: str) -> Judged:
    reach = quantile(1 - share, one.freedom) * one.error
    return Judged(p, 1 - share, one.difference - reach, one.difference + reach, verdict)


def remedy(one: Gap, level: float, *, n: int, m: int, available: int, equal_sizes: bool) -> Remedy:
    """What it takes to find a difference of this size at this `level` with 80% power.

    Variances fall as 1/n and 1/m. An evaluation uses as many reference pictures as generated ones until the
    `available` ones are used up; `equal_sizes` metrics use no more generated pictures than reference ones.
    """
    reach = quantile(level, one.freedom) + quantile(2 * POWER - 1)
    detectable = reach * one.error
    if one.difference == 0 or one.error == 0:
        return Remedy(detectable, None)
    allowed = (one.difference / reach) ** 2
    together = int(np.ceil(max(n * one.generated + m * one.reference, 0.0) / allowed))
    if together <= available:
        return Remedy(detectable, max(together, n))
    left = allowed - one.reference * m / available
    if equal_sizes or left <= 0:
        return Remedy(detectable, None, together)
    return Remedy(detectable, int(np.ceil(n * one.generated / left)))
