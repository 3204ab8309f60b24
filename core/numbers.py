"""Numbers as people read them."""

from __future__ import annotations

import numpy as np


def number(value: float | None) -> str:
    """Three significant digits, whole from a hundred on, a dash for nothing; what is nearly 0 needs no more than its
    first digit, and nobody has to read an exponent."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if 1e-6 <= abs(value) < 0.001:
        return f"{value:.6f}".rstrip("0") if abs(value) < 1e-5 else f"{value:.5f}".rstrip("0")
    return f"{value:.3f}".rstrip("0").rstrip(".") if 0.001 <= abs(value) < 1 else f"{value:.3g}"


def interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{number(low)} to {number(high)}"


def amount(value: float | None) -> str:
    """Two significant digits and no exponent."""
    if value is None:
        return "unknown"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return np.format_float_positional(value, precision=2, fractional=False, trim="-")
