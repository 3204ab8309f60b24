"""A latent as a row of bars: what the generator was given for one picture."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from numpy.typing import NDArray

LOW, HIGH = "#0072B2", "#D55E00"
"""Okabe & Ito (2008)."""


def latent(values: NDArray[Any]) -> go.Figure:
    """`values` (D,), any real numbers: one bar each, below zero in another colour."""
    figure = go.Figure(
        go.Bar(
            y=values, marker={"color": [HIGH if v >= 0 else LOW for v in values], "line": {"width": 0}},
            hovertemplate="number %{x}: %{y:.3f}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(
        height=110, margin={"l": 4, "r": 4, "t": 4, "b": 4}, bargap=0.1, showlegend=False,
        xaxis={"visible": False}, yaxis={"nticks": 4, "zeroline": False},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    return figure
