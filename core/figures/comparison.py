"""Differences of two checkpoints as a forest plot, each in units of its own standard error."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.compare import Difference
from core.metrics.result import Z95

COLOURS = {"better": "#009E73", "worse": "#D55E00", "cannot tell": "#7F7F7F", "": "#7F7F7F"}


def forest(rows: Sequence[Difference]) -> go.Figure:
    """Right of zero: B is better. Metrics without a direction are left out."""
    judged = [row for row in rows if row.direction != "none"][::-1]
    sign = [-1 if row.direction == "lower" else 1 for row in judged]
    x = [
        s * row.difference / row.standard_error if row.standard_error else 0
        for s, row in zip(sign, judged, strict=True)
    ]
    figure = go.Figure(
        go.Scatter(
            x=x,
            y=[row.title for row in judged],
            mode="markers",
            marker={"size": 11, "color": [COLOURS[row.verdict] for row in judged]},
            error_x={"type": "constant", "value": Z95, "thickness": 2, "width": 5},
            text=[row.verdict for row in judged],
            hovertemplate="%{y}: %{x:.1f} standard errors, %{text}<extra></extra>",
        )
    )  # fmt: skip
    figure.add_vline(x=0, line={"width": 1, "dash": "dot"})
    figure.update_layout(
        height=90 + 34 * len(judged), margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": "B minus A in standard errors (right: B is better)", "zeroline": False},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    return figure
