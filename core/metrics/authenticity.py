"""Authenticity (Alaa et al. 2021): how many generated pictures lie suspiciously near to a reference picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.metrics import leaving_out
from core.metrics.pairing import Pairing
from core.metrics.result import NARROW, Result, Vectors, checked
from core.metrics.shares import share


def authenticity(*, generated: Vectors, reference: Vectors, pairing: Pairing | None = None) -> Result:
    """Share of generated pictures that lie farther from their nearest reference picture than its nearest fellow does
    (AuthPct). Read it beside the floor, which new real pictures reach: lower means nearer than chance, as copies are,
    higher means farther, as poor pictures are. Pairs to look at, no verdict."""
    checked("Authenticity", 2, generated, reference)
    near = (pairing or Pairing(generated, reference)).neighbours()
    seen = near.across.generated
    owner = seen.index[:, 0]
    farther = seen.squared[:, 0] > near.reference.squared[owner, 0]
    theirs = leaving_out.by_owner(farther.astype(np.float64), owner, len(reference))
    return replace(share(farther, theirs), warning=f"Authenticity: {NARROW}, by a tenth to a quarter.")
