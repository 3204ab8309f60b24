"""The shape of a metric and of its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.metrics.spread import spread

Vectors = NDArray[np.float32]
Z95 = 1.959963984540054
CHUNK = 1024
"""Rows looked at together: flags of all would be a quarter of the vectors more."""
NARROW = "the interval is too narrow"
"""What the warning of a value says when its interval does not hold: no verdict comes from such a metric."""
ROUGH = "of 100 cases, not in 95"
"""What it says when its interval holds somewhat less often, or more often, than it should: it is judged all the same.
How often is what the study found (docs/study.md)."""


@dataclass(frozen=True)
class Result:
    """A value and its 95% interval.

    `influence` (n,) and `reference_influence` (m,) float64: what each generated and each reference picture adds to
    the value's error, with mean 0, so that error^2 = var(influence) / n + var(reference_influence) / m. Two
    checkpoints on one latent bank and one reference set are compared through them, picture by picture (Efron 1982).
    """

    value: float
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    warning: str = ""
    influence: NDArray[np.float64] | None = None
    reference_influence: NDArray[np.float64] | None = None
    none: str = ""
    """A sentence that says why these pictures have no such value, whatever stands in `value`; it is left out then."""


@dataclass(frozen=True)
class Given:
    """What an evaluation has to measure on: it decides which metrics there are."""

    n: int
    m: int
    control: int = 0
    """Real pictures held out of the reference set."""
    side: int = 1 << 30
    """Smallest side of a picture, in pixels."""
    probabilities: bool = False
    """The extractor comes with class probabilities."""
    inception: bool = False
    """The extractor is the Inception network of 2015, the only one whose numbers bear the published names."""
    dim: int = 0
    """Of the features; 0 where it is not known."""


def always(_given: Given) -> str:
    """Nothing speaks against it."""
    return ""


@dataclass(frozen=True)
class Metric:
    """A number about a set of generated vectors against reference vectors."""

    name: str
    title: str
    version: int
    direction: str
    """'lower' or 'higher' is better; 'none' says nothing of quality."""
    minimum: int
    """Smallest n and m that make sense."""
    compute: Callable[..., Result]
    """compute(*, generated: (N, D) float32, reference: (M, D) float32, **parameters) -> Result"""
    parameters: dict[str, Any] = field(default_factory=dict)
    equal_sizes: bool = False
    """Counts neighbours in balls whose size depends on how many pictures there are: n and m must be the same."""
    of: str = "features"
    """What the rows are: 'features' of the extractor, its class 'probabilities' (N, classes), the 'pictures' themselves
    (a sequence of uint8 (H, W, C)), or one per-image score, (N, 1)."""
    control: bool = False
    """Takes `control=` as well: the held-out real pictures, (K, D)."""
    applies: Callable[[Given], str] = always
    """A sentence that says why this metric cannot be had here; empty where it can. What does not apply is left out of
    an evaluation, and the pages say why."""
    lacking: str = ""
    """Why pictures that it applies to may have no value all the same: what its results say in `none`."""
    shares: bool = False
    """Takes `pairing=Pairing | None` as well: what other metrics found out about the same two sets."""
    published: str = ""
    """What it is called under the Inception network of 2015, and under no other features: 'FID'."""
    dear: bool = False
    """Costs many times what others do: reports that measure hundreds of pairs of sets leave it out."""
    help: str = ""
    """One sentence for people who decide about products: what a large or a small value says."""


def rough(what: str, held: str) -> str:
    """The warning of a value whose interval is known to hold in so many cases: 'about 90', '90 to 99'."""
    return f"Intervals of {what} hold in {held} {ROUGH}."


def nearly_alike(what: str) -> str:
    """The warning of a value near that of equals, whose interval never lets an error be less than the products of two
    pictures make it (`core.metrics.spread.once`): by the study's populations of equals."""
    return f"About as near as real pictures to real ones. {rough(what, '97 to 100')}"


def the_same(error: float) -> str:
    """The warning of a diversity without an error: there is one picture over and over."""
    return "" if error > 0 else f"All generated pictures have nearly the same features; {NARROW}."


def checked(name: str, minimum: int, generated: Vectors, reference: Vectors) -> None:
    """Raises BadInput when the two sets cannot be compared: too few, unlike widths, values that are no numbers."""
    for what, vectors in (("generated", generated), ("reference", reference)):
        if vectors.ndim != 2 or len(vectors) < minimum:
            raise BadInput(f"{name} needs at least {minimum} {what} pictures, got {len(vectors)}; add more.")
        if not all(np.isfinite(vectors[start : start + CHUNK]).all() for start in range(0, len(vectors), CHUNK)):
            raise BadInput(f"{name}: the {what} vectors hold values that are not numbers; look at those pictures.")
    if generated.shape[1] != reference.shape[1]:
        raise BadInput(
            f"{name}: {generated.shape[1]} against {reference.shape[1]} dimensions; use one extractor for both sets."
        )


def mean_result(per_image: NDArray[np.floating[Any]], **parameters: Any) -> Result:
    """The mean of one number per generated picture, with the normal interval of a mean."""
    values = per_image.astype(np.float64)
    mean = float(values.mean())
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    return Result(
        mean, mean - Z95 * error, mean + Z95 * error, error, dict(parameters), influence=(values - mean)
    )  # fmt: skip


def both_sides(result: Result, per_reference: NDArray[np.floating[Any]]) -> Result:
    """A mean over all pairs: `result` is over the generated pictures' means, and the chance of the reference pictures,
    by their means (M,), comes on top (first order of a two-sample U-statistic, Hoeffding 1948)."""
    return with_reference(result, per_reference.astype(np.float64) - float(per_reference.mean(dtype=np.float64)))


def with_reference(result: Result, theirs: NDArray[np.float64]) -> Result:
    """The error of a mean over generated pictures, with the influences (M,) of the reference pictures on top."""
    error = float(np.sqrt((result.standard_error or 0.0) ** 2 + spread(theirs)[0]))
    low, high = result.value - Z95 * error, result.value + Z95 * error
    return replace(result, low=low, high=high, standard_error=error, reference_influence=theirs)
