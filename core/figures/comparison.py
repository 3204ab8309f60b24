"""Differences of two checkpoints as a forest plot, each in units of its own standard error."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.compare import Difference

LOOKS = {
    "better": ("#009E73", "triangle-up"),
    "worse": ("#D55E00", "triangle-down"),
    "cannot tell": ("#8A8A8A", "circle-open"),
}
"""Colour (Okabe & Ito 2008) and sign of a verdict; all of them show on light and on dark pages."""
MARK = "#888888"


def forest(rows: Sequence[Difference]) -> go.Figure:
    """Right of zero: B is better. `rows`: metrics that have a direction."""
    figure = go.Figure()
    for verdict, (colour, symbol) in LOOKS.items():
        chosen = [row for row in rows if row.verdict == verdict]
        figure.add_scatter(
            x=[_gain(row) for row in chosen], y=[row.title for row in chosen], name=verdict, mode="markers",
            marker={"size": 12, "color": colour, "symbol": symbol, "line": {"width": 2, "color": colour}},
            error_x={
                "type": "data", "array": [_reach(row) for row in chosen], "thickness": 2, "width": 5, "color": colour
            },
            hovertemplate="%{y}: %{x:.1f} standard errors<extra>" + verdict + "</extra>",
        )  # fmt: skip
    figure.add_vline(x=0, line={"width": 1.5, "dash": "dot", "color": MARK})
    figure.update_yaxes(
        categoryorder="array", categoryarray=[row.title for row in rows], autorange="reversed", automargin=True
    )
    figure.update_layout(
        height=96 + 32 * len(rows), margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False,
        xaxis={"title": "standard errors; right of 0, B is better", "zeroline": False},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    return figure


def _reach(row: Difference) -> float:
    """How many standard errors the interval of the verdict reaches to each side."""
    return (row.high - row.low) / 2 / row.standard_error if row.standard_error else 0.0


def _gain(row: Difference) -> float:
    """By how many standard errors B is better than A; below 0 it is worse."""
    gain = -row.difference if row.direction == "lower" else row.difference
    return gain / row.standard_error if row.standard_error else 0.0
