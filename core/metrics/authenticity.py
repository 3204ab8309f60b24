"""Authenticity (Alaa et al. 2021): how many generated pictures lie suspiciously near to a reference picture."""

from __future__ import annotations

from core.metrics.pairing import Pairing
from core.metrics.result import Result, Vectors, checked
from core.metrics.shares import share


def authenticity(*, generated: Vectors, reference: Vectors, pairing: Pairing | None = None) -> Result:
    """Share of generated pictures that lie farther from their nearest reference picture than its nearest fellow does
    (AuthPct). Read it beside the floor, which new real pictures reach: lower means nearer than chance, as copies are,
    higher means farther, as poor pictures are. Pairs to look at, no verdict."""
    checked("Authenticity", 2, generated, reference)
    near = (pairing or Pairing(generated, reference)).neighbours()
    seen = near.across.generated
    return share(seen.squared[:, 0] > near.reference.squared[seen.index[:, 0], 0])
