"""C_T: does the generator copy its training pictures more than real pictures resemble them? (Meehan, Chaudhuri &
Dasgupta 2020)"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.metrics.distances import nearest_scores
from core.metrics.manifold import nearest
from core.metrics.pairing import Pairing
from core.metrics.result import Z95, Given, Result, Vectors, checked

CONTROL = 20
"""Held-out pictures at least, and generated pictures of a cell that counts."""
ROUNDS = 20


def needs_control(given: Given) -> str:
    """Why C_T cannot be had here; empty where it can."""
    if given.control >= CONTROL:
        return ""
    return f"It needs a held-out part of at least {CONTROL} real pictures; this reference set has {given.control}."


def _cells(train: Vectors, cells: int) -> Vectors:
    """Centres (cells, D) of k-means, started from equal parts along the first principal axis: no chance in it, and the
    order of rows does not matter."""
    mean, axis = train.mean(axis=0), train.std(axis=0)
    for _ in range(ROUNDS):
        along = train @ axis - mean @ axis
        axis = along @ train - along.sum() * mean
        axis = axis / max(float(np.linalg.norm(axis)), 1e-30)
    along = train @ axis
    member = np.searchsorted(np.quantile(along, np.arange(1, cells) / cells), along)
    for _ in range(ROUNDS):
        centres = np.stack([train[member == c].mean(axis=0) if (member == c).any() else mean for c in range(cells)])
        before, member = member, _member(train, centres)
        if np.array_equal(before, member):
            break
    return centres


def _member(x: Vectors, centres: Vectors) -> NDArray[np.intp]:
    return np.asarray(((centres**2).sum(axis=1) - 2 * x @ centres.T).argmin(axis=1))


def _z(generated: Vectors, control: Vectors) -> float:
    """Mann & Whitney's U of the generated distances against the control's as a standard normal number."""
    order = np.sort(control)
    below = (np.searchsorted(order, generated, "left") + np.searchsorted(order, generated, "right")) / 2
    n, m = len(generated), len(control)
    return float((below.sum() - n * m / 2) / np.sqrt(n * m * (n + m + 1) / 12))


def c_t(
    *, generated: Vectors, reference: Vectors, control: Vectors, cells: int = 3, pairing: Pairing | None = None
) -> Result:
    """C_T of generated (N, D) and held-out real pictures control (K, D), by their distances to the nearest row of
    reference (M, D), which stands for what the generator was trained on.

    In every cell of the reference (k-means) with 20 generated pictures: are the generated ones nearer than the control
    is? Below 0, clearly below -2: nearer, as copies are. Above 0: farther, as poor pictures are. The mean of the cells'
    z, weighted by the control's pictures. It grows with the root of the number of pictures. The interval is that of
    chance where nothing is copied. Raises BadInput for fewer than 20 control pictures.
    """
    checked("C_T", 4, generated, reference)
    checked("C_T", 4, control, reference)
    if len(control) < CONTROL:
        raise BadInput(f"C_T needs at least {CONTROL} held-out pictures, got {len(control)}; hold out a larger share.")
    centres = _cells(reference, cells)
    near_g, near_c = nearest_scores(pairing or Pairing(generated, reference)), nearest(control, reference)
    place_g, place_c = _member(generated, centres), _member(control, centres)
    counts = [(near_g[place_g == c], near_c[place_c == c]) for c in range(cells)]
    used = [(g, c) for g, c in counts if len(g) >= CONTROL and len(c)] or [(near_g, near_c)]
    weights = np.array([len(c) for _, c in used], float)
    weights /= weights.sum()
    value = float(weights @ [_z(g, c) for g, c in used])
    if not np.isfinite(value):
        raise BadInput("C_T is not defined for these pictures; look at their features.")
    error = float(np.sqrt((weights**2).sum()))
    parameters = {"cells": len(used), "control": len(control)}
    return Result(value, value - Z95 * error, value + Z95 * error, error, parameters)
