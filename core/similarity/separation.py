"""How well a measure tells pairs that belong together from pairs that do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput

Z95 = 1.959963984540054
Values = NDArray[np.float64]
Places = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Separation:
    """`auc`: the chance that a pair that belongs together is nearer than one that does not, ties counted half; 0.5 is
    guessing, below it the measure says the opposite. `without` (N,): the same with each picture left out."""

    auc: float
    without: Values

    @property
    def standard_error(self) -> float:
        """Over pictures, not pairs: pairs that share a picture are not independent. Jackknife (Tukey 1958)."""
        return jackknife(self.without)

    @property
    def interval(self) -> tuple[float, float]:
        """95%, normal on the scale of log(auc / (1 - auc)), so that it stays within 0 and 1 (Pepe 2003)."""
        odds = self.auc * (1 - self.auc)
        if odds <= 0:
            return self.auc, self.auc
        middle, half = np.log(self.auc / (1 - self.auc)), Z95 * self.standard_error / odds
        low, high = 1 / (1 + np.exp(-(middle + np.array([-half, half]))))
        return float(low), float(high)


def jackknife(without: Values) -> float:
    """The standard error from the values without each of n pictures, (n,)."""
    n = len(without)
    return float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))


def difference_error(a: Separation, b: Separation, same_pictures: bool) -> float:
    """Standard error of a.auc - b.auc: picture by picture where both are of the same pictures in the same order."""
    if same_pictures:
        return jackknife(a.without - b.without)
    return float(np.hypot(a.standard_error, b.standard_error))


def separation(nearness: Values, same: NDArray[np.bool_], first: Places, second: Places) -> Separation:
    """`nearness` (P,): the larger, the more alike; `same` (P,): which pairs belong together; `first` and `second` (P,):
    the pictures of each pair, whole numbers 0..N-1; equal where a picture is paired with a changed version of itself.

    Exact, in O(P log P). Raises BadInput when pairs of one kind are missing, or hang on a single picture.
    """
    together, apart = np.sort(nearness[same]), np.sort(nearness[~same])
    beaten = _below(apart, nearness[same])
    lost = len(together) - _below(together, nearness[~same])
    n = int(max(first.max(initial=0), second.max(initial=0))) + 1
    of_same, of_other = _by_picture(first[same], second[same], n), _by_picture(first[~same], second[~same], n)
    counts = np.array([(len(a), len(b)) for a, b in zip(of_same, of_other, strict=True)], float)
    left = np.array([len(together), len(apart)]) - counts
    if len(together) == 0 or len(apart) == 0 or not left.all():
        raise BadInput(
            "Telling same from different needs several pictures that belong together and several that do not."
        )
    both = _within(nearness[same], nearness[~same], of_same, of_other)
    gone = np.array([beaten[a].sum() + lost[b].sum() for a, b in zip(of_same, of_other, strict=True)]) - both
    total = beaten.sum()
    return Separation(float(total / (len(together) * len(apart))), (total - gone) / left.prod(axis=1))


def _below(order: Values, values: Values) -> Values:
    """How many of the sorted `order` each value exceeds, ties counted half."""
    below: Values = (np.searchsorted(order, values, "left") + np.searchsorted(order, values, "right")) / 2
    return below


def _by_picture(first: Places, second: Places, n: int) -> list[NDArray[np.intp]]:
    """For each picture the places of the pairs that hold it, each once."""
    other = np.flatnonzero(first != second)
    owner = np.concatenate([first, second[other]])
    place = np.concatenate([np.arange(len(first)), other])
    order = np.argsort(owner, kind="stable")
    return np.split(place[order], np.cumsum(np.bincount(owner, minlength=n))[:-1])


def _within(same: Values, apart: Values, of_same: list[Any], of_other: list[Any]) -> Values:
    """For each picture, how often one of its pairs that belong together beats one of its others."""
    return np.array([
        _below(np.sort(apart[b]), same[a]).sum() for a, b in zip(of_same, of_other, strict=True)
    ])  # fmt: skip
