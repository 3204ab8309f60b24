"""FD-infinity (Chong & Forsyth 2020): the Fréchet distance of infinitely many generated pictures, by extrapolation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.metrics.frechet import Analysis, analyse, distance, heavy
from core.metrics.moments import Matrix
from core.metrics.pairing import Pairing
from core.metrics.result import Given, Result, Vectors, checked, nearly_alike
from core.metrics.runs import moments_of_runs
from core.metrics.spread import Jackknife, alike, once, quantile, spread, together
from core.metrics.tiles import each

SIZES = 15
FEWEST = 60
"""So that half of them still makes a floor."""
STARTS = 60
Places = NDArray[np.intp]


def enough(given: Given) -> str:
    """Why there is no line to extrapolate; empty where there is."""
    if min(given.n, given.m) < FEWEST:
        return f"It needs at least {FEWEST} generated and reference pictures; here are {given.n} and {given.m}."
    if given.n <= given.dim:
        return (
            f"It needs more generated pictures than the features have dimensions ({given.dim:,}), better four times as "
            f"many; here are {given.n:,}."
        )
    return ""


def sizes_of(n: int, d: int, sizes: int = SIZES) -> Places:
    """Evenly spaced from a tenth of n, or from 2 d where that is more, to n: below that the line bends."""
    smallest = max(n // 10, min(n // 2, 2 * d), 3)
    return np.unique(np.linspace(smallest, n, sizes).round().astype(np.intp))


def weights(sizes: Places) -> Matrix:
    """Of the values at these sizes in the intercept of their line against 1 / size by least squares; they sum to 1."""
    x = 1 / sizes
    apart = x - x.mean()
    return np.asarray(1 / len(x) - x.mean() * apart / (apart**2).sum())


def windows(sizes: Places, n: int) -> list[Places]:
    """Which places of a shuffled order of n each size takes: a run of it, round the end, laid so that every picture has
    about the same part in the intercept. Runs from one start would rest it on the last few pictures alone."""
    shares = weights(sizes) * n / sizes
    part, found = np.zeros(n), dict[int, Places]()
    for k in np.argsort(-abs(shares)):
        runs = [np.arange(start, start + sizes[k]) % n for start in np.arange(0, n, max(1, n // STARTS))]
        best = min(runs, key=lambda run: float((2 * part[run] + shares[k]).sum() * shares[k]))
        part[best] += shares[k]
        found[int(k)] = best
    return [found[k] for k in range(len(sizes))]


def fd_infinity(
    *, generated: Vectors, reference: Vectors, sizes: int = SIZES, seed: int = 0, pairing: Pairing | None = None
) -> Result:
    """Intercept of FD_N against 1 / N over `sizes` sizes of subsets of generated (N, D), drawn from `seed`; the
    reference (M, D) is whole at each, as published, so its own part of the bias stays. May be slightly negative.

    The interval is for the mean of this intercept over fresh draws of both sets. Subsets share pictures: each picture's
    influence on the whole set's distance goes through the regression with the picture's part in it, and the
    second-order part through the number of pictures that every two subsets share.
    """
    checked("FD-infinity", 3, generated, reference)
    pairing = pairing or Pairing(generated, reference)
    n, d = generated.shape
    counts = sizes_of(n, d, sizes)
    order = np.random.default_rng(seed).permutation(n)
    runs = windows(counts, n)
    whole, weight = analyse(pairing), weights(counts)
    values = [*_distances(pairing, order, runs[:-1]), whole.value]
    sides, freedom = _sides(whole, weight, [order[run] for run in runs])
    ours = [once(*side) for side in sides]
    error = float(np.sqrt(sum(spread(side)[0] for side in ours)))
    value, reach = float(weight @ values), quantile(0.95, freedom) * error
    held = heavy(freedom, whole.tails) or (nearly_alike("FD-infinity") if alike(*sides) else "")
    warning = " ".join(filter(None, [_bent(int(counts[0]), n, d), held]))
    return Result(
        value, value - reach, value + reach, error, {"sizes": len(counts), "seed": seed, "smallest": int(counts[0])},
        warning, ours[0], ours[1],
    )  # fmt: skip


def _distances(pairing: Pairing, order: Places, runs: list[Places]) -> Iterator[float]:
    """Those of the runs of the generated pictures from the reference, a thread each: what takes longest in a distance
    has one."""
    against = pairing.reference_moments
    assert against.factor  # made once, before threads ask for it
    found = list(moments_of_runs(pairing.generated, order, runs))
    return each(lambda one: distance(one, against), found, pairing.tick, 0, len(found))


def _sides(whole: Analysis, weight: Matrix, subsets: list[Places]) -> tuple[tuple[Jackknife, Jackknife], float]:
    """Generated and reference, as `once` takes them, and the degrees of freedom of both together.

    What is of first order, given the reference, goes through each picture's part in the intercept; products of two
    generated pictures through what every two subsets share."""
    n = len(whole.ours)
    member = np.zeros((len(subsets), n))
    for row, subset in zip(member, subsets, strict=True):
        row[subset] = 1 / len(subset)
    ours = n * (weight @ member) * whole.ours
    ours -= ours.mean()
    whole_variance, variance = spread(whole.ours)[0], spread(ours)[0]
    freedom = together(spread(ours), spread(whole.theirs))[1]
    products = whole.products
    share = variance / whole_variance if whole_variance > 0 else 0.0
    overlaps = n * (member @ member.T)  # against that of the whole set with itself
    by_pairs = products.generated * float(weight @ overlaps**2 @ weight)
    return (
        ((ours, 2 * share * products.generated - by_pairs, by_pairs + share * products.across), whole.sides[1]), freedom
    )  # fmt: skip


def _bent(smallest: int, n: int, d: int) -> str:
    if smallest >= 2 * d:
        return ""
    return (
        f"{n:,} pictures in {d:,} dimensions are few: below {2 * d:,} the line bends, and this value is too low; from "
        f"{4 * d:,} on it is straight."
    )
