"""Fréchet distance between Gaussians (Dowson & Landau 1982; Heusel et al. 2017 for FID), with its standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.metrics.decompositions import along, eigen_to_read, eigenvalues, singular
from core.metrics.looking import Looked, centred, looked_at, squared_lengths
from core.metrics.moments import Floats, Matrix, Moments
from core.metrics.pairing import Pairing
from core.metrics.products import Asked, MeanSquares, Products, asked, mean_squares, normal
from core.metrics.result import NARROW, Result, Vectors, checked, nearly_alike
from core.metrics.spread import Jackknife, alike, once, quantile, spread, together

FEW, HEAVY = 10, 1.6
"""Below so many effective degrees of freedom the error rests on a handful of pictures; tails this much heavier than
normal ones hide pictures of which one alone would make another error."""


def distance(a: Moments, b: Moments) -> float:
    """|mu1-mu2|^2 + Tr(S1 + S2 - 2 (S1 S2)^(1/2)), never negative.

    The root's trace is the sum of square roots of the eigenvalues of the symmetric L^T S1 L with S2 = L L^T;
    `b.factor` is kept with `b`, so a reference set is decomposed once.
    """
    values = eigenvalues(b.factor.around(a.cov))
    return max(0.0, _between(a, b, float(np.sqrt(np.clip(values, 0, None)).sum())))


def _between(a: Moments, b: Moments, root: float) -> float:
    gap = a.mean - b.mean
    return float(gap @ gap + np.trace(a.cov) + np.trace(b.cov) - 2 * root)


@dataclass(frozen=True)
class Spectrum:
    """The singular values `roots` (R,) of the cross matrix X Y^T / sqrt((n-1)(m-1)) of the centred rows, whose sum is
    Tr (S1 S2)^(1/2), and its singular vectors at the places of `looked_at`: `generated` (K, R) and `reference` (L, R),
    float32 or, where pictures are no more than dimensions and leaving one out may take a whole direction, float64."""

    roots: Matrix
    generated: Floats
    reference: Floats


@dataclass(frozen=True)
class Seen:
    """Which pictures of both sides the error is read off."""

    generated: Looked
    reference: Looked


def _spectrum(pairing: Pairing, seen: Seen) -> Spectrum:
    """By the n x m matrix itself where both sets are small, else through the reference's factor."""
    n, d = pairing.generated.shape
    return (_by_pictures if max(n, len(pairing.reference)) <= d else _by_moments)(pairing, seen)


def _by_pictures(pairing: Pairing, seen: Seen) -> Spectrum:
    """Nothing is inverted or squared, so directions without variance need no care."""
    x, y = pairing.generated - _mean(pairing.generated), pairing.reference - _mean(pairing.reference)
    left, roots, right = singular(x @ y.T)
    roots = roots / np.sqrt((len(x) - 1) * (len(y) - 1))
    return Spectrum(roots, left[seen.generated.places], right.T[seen.reference.places])


def _by_moments(pairing: Pairing, seen: Seen) -> Spectrum:
    x, y, given = pairing.generated, pairing.reference, pairing.reference_moments
    left = given.factor.left
    if left.shape[1] == 0:
        nothing = (np.zeros((len(side.places), 0), np.float32) for side in (seen.generated, seen.reference))
        return Spectrum(np.zeros(0), *nothing)
    if len(x) <= len(left):
        rows, roots, right = singular((x - _mean(x)) @ left / np.sqrt(len(x) - 1))
        theirs = _coordinates(y[seen.reference.places], given, given.factor.dual(right.T))
        return Spectrum(roots, rows[seen.generated.places], theirs)
    about = pairing.generated_moments
    values, basis = eigen_to_read(given.factor.around(about.cov))
    first = int(np.searchsorted(values, max(1e-14 * values[-1], 0), side="right"))
    roots, basis = np.sqrt(values[first:]), basis[:, first:]
    reading = given.factor.times(basis)
    reading /= roots
    ours = _coordinates(x[seen.generated.places], about, reading)
    return Spectrum(roots, ours, _coordinates(y[seen.reference.places], given, given.factor.dual(basis)))


def _coordinates(rows: Vectors, about: Moments, reading: Floats) -> Floats:
    """Those (K, R) of the rows that are looked at, a copy that is centred here; the squares of each column of all rows
    have sum 1."""
    rows -= about.mean.astype(np.float32)
    out: Floats = along(rows, reading.astype(np.float32, copy=False))
    out /= np.float32(np.sqrt(about.n - 1))
    return out


def _mean(vectors: Vectors) -> Matrix:
    return np.asarray(vectors.mean(axis=0, dtype=np.float64))


def _without_each(n: int, roots: Matrix, squares: Floats) -> Matrix:
    """Tr (S1 S2)^(1/2) with each picture that is looked at, of n on its side, left out in turn, (K,), exactly: its
    covariance changes by a matrix of rank one, and pi Tr M^(1/2) is the integral over t of log det (1 + M / t^2), by
    the trapezoid in log t."""
    if not len(roots) or roots.max() == 0:
        return np.zeros(len(squares))
    t = np.exp(np.arange(np.log(1e-5 * roots.mean()), np.log(1e4 * roots.max()) + 1))
    weights = (roots[:, None] ** 2 / (roots[:, None] ** 2 + t**2)).astype(squares.dtype)
    taken = n / (n - 1) * along(squares, weights).astype(np.float64)
    change = np.log(np.clip(1 - taken, 1e-14, 1)) @ t - taken[:, -1] * t[-1] / 2
    return np.asarray(np.sqrt((n - 1) / (n - 2)) * (roots.sum() + change / np.pi))


def _influence(vectors: Vectors, seen: Looked, mean: Matrix, gap: Matrix, roots: Matrix, squares: Floats) -> Matrix:
    """What each picture of one side adds to the distance: (n - 1) times what the distance loses without it, (N,) with
    mean 0, the delete-one jackknife (Efron & Stein 1981), as `Looked.over_all` gives it. `gap`: from the other side's
    mean."""
    n, rows = seen.n, vectors[seen.places]
    lengths, towards = np.empty(len(rows)), np.empty(len(rows))
    for part, some in centred(rows, mean):
        lengths[part], towards[part] = np.einsum("ij,ij->i", some, some), np.einsum("ij,j->i", some, gap)
    means = lengths / (n - 1) ** 2 - 2 * towards / (n - 1)
    without = means - n / ((n - 1) * (n - 2)) * lengths - 2 * _without_each(n, roots, squares)
    return seen.over_all(np.asarray(-(n - 1) * without))


def _tails(roots: Matrix, squares: Floats, seen: Looked) -> float:
    """1 for normal features, more for heavier tails: how far the quadratic form of a picture spreads, against a normal
    one's (Mardia 1970, weighted)."""
    if not roots.any():
        return 1.0
    form = along(squares, roots.astype(squares.dtype)[:, None])[:, 0].astype(np.float64)
    normal = 1 + 2 * (roots**2).sum() / roots.sum() ** 2
    return max(1.0, float(seen.mean(form**2) / seen.mean(form) ** 2 / normal))


@dataclass(frozen=True)
class Analysis:
    """A distance and what its error is made of: which pictures were `seen`, what each of them adds by the delete-one
    jackknife, raw, `ours` (N,) and `theirs` (M,), what `pairs` of pictures add, how heavy the `tails` of both sides
    are."""

    value: float
    seen: Seen
    ours: Matrix
    theirs: Matrix
    pairs: MeanSquares
    tails: tuple[float, float]

    @property
    def products(self) -> Products:
        return self.pairs.products(len(self.ours), len(self.theirs))

    @property
    def sides(self) -> tuple[Jackknife, Jackknife]:
        """Generated and reference, as `once` takes them."""
        products = self.products
        return (
            (self.ours, products.generated, products.generated + products.across),
            (self.theirs, products.reference + products.across, products.reference),
        )


def analyse(pairing: Pairing) -> Analysis:
    """Made once for a pairing: FD-infinity and the penalised distance rest on it too."""
    return pairing.once("frechet", lambda: _analysed(pairing))


def _analysed(pairing: Pairing) -> Analysis:
    x, y = pairing.generated, pairing.reference
    means = _means(pairing)
    seen = Seen(looked_at(x, means[0]), looked_at(y, means[1]))
    found = _spectrum(pairing, seen)
    gap = means[0] - means[1]
    value = max(0.0, float(gap @ gap + sum(_traces(pairing, *means)) - 2 * found.roots.sum()))
    some = [
        asked(seen.generated, found.generated, x, means[0]), asked(seen.reference, found.reference, y, means[1])
    ]  # fmt: skip
    squares = [np.square(vectors, out=vectors) for vectors in (found.generated, found.reference)]
    ours = _influence(x, seen.generated, means[0], gap, found.roots, squares[0])
    theirs = _influence(y, seen.reference, means[1], -gap, found.roots, squares[1])
    tails = _tails(found.roots, squares[0], seen.generated), _tails(found.roots, squares[1], seen.reference)
    return Analysis(value, seen, ours, theirs, _pairs(found.roots, some, tails), tails)


def _pairs(roots: Matrix, some: list[Asked], tails: tuple[float, float]) -> MeanSquares:
    if not len(roots) or roots.max() == 0:
        return MeanSquares(0.0, 0.0, 0.0)
    return mean_squares(roots, *some) if 2 * len(roots) <= min(side.n for side in some) else normal(roots, tails)


def _means(pairing: Pairing) -> tuple[Matrix, Matrix]:
    """From the moments where the spectrum needs these anyway."""
    (n, d), m = pairing.generated.shape, len(pairing.reference)
    return (
        _mean(pairing.generated) if n <= d else pairing.generated_moments.mean,
        _mean(pairing.reference) if max(n, m) <= d else pairing.reference_moments.mean,
    )


def _traces(pairing: Pairing, ours: Matrix, theirs: Matrix) -> tuple[float, float]:
    """Of both covariances, from where the root's trace came from: what float32 products err cancels between them."""
    (n, d), m = pairing.generated.shape, len(pairing.reference)
    return (
        squared_lengths(pairing.generated, ours).sum() / (n - 1) if n <= d else np.trace(pairing.generated_moments.cov),
        squared_lengths(pairing.reference, theirs).sum() / (m - 1) if max(n, m) <= d
        else np.trace(pairing.reference_moments.cov),
    )  # fmt: skip


def frechet(*, generated: Vectors, reference: Vectors, pairing: Pairing | None = None) -> Result:
    """FD of (N, D) against (M, D) float32, with a 95% interval over both sets of pictures.

    The interval is for the mean of this distance over fresh draws of n and m pictures, not for the distance between
    infinitely many: FD is biased upwards by about d^2 / 2n, so compare only values of one n, or read FD-infinity.
    Variance: the jackknife's, less the second-order part that it counts twice (Efron & Stein 1981), and Student's t
    with the degrees of freedom that the pictures' influences leave. Of a side with more than 2,048 pictures as many are
    left out in turn, the 256 farthest from the mean among them; the influences of the others are 0.
    """
    checked("Fréchet distance", 3, generated, reference)
    found = analyse(pairing or Pairing(generated, reference))
    freedom = together(spread(found.ours), spread(found.theirs))[1]
    ours, theirs = (once(*side) for side in found.sides)
    error = float(np.sqrt(spread(ours)[0] + spread(theirs)[0]))
    reach = quantile(0.95, freedom) * error
    n, d = generated.shape
    return Result(
        found.value, max(0.0, found.value - reach), found.value + reach, error, {"d": d},
        _warning(min(n, len(reference)), d, heavy(freedom, found.tails), alike(*found.sides)), ours, theirs,
    )  # fmt: skip


def heavy(freedom: float, tails: tuple[float, float]) -> str:
    """What to say of an interval that rests on a handful of pictures, or of features whose tails hide such."""
    if freedom >= FEW and max(tails) <= HEAVY:
        return ""
    return f"The features have heavy tails: a few pictures make most of the error; {NARROW}."


def _warning(n: int, d: int, narrow: str, wide: bool) -> str:
    singular = f"{n:,} pictures in {d:,} dimensions: the covariance is singular; read KID and coverage instead."
    biased = f"{n:,} pictures in {d:,} dimensions are few: the bias is large; compare only at this n."
    held = narrow or (nearly_alike("the Fréchet distance") if wide else "")
    return " ".join(filter(None, [singular if n <= d else biased if n < 2 * d else "", held]))
