"""A metric slice by slice, with intervals: the worst on top."""

from __future__ import annotations

import html
from collections.abc import Sequence

import plotly.graph_objects as go

from core.reports.slices import Slice

VALUE, PLAIN, FLOOR = "#0072B2", "#888888", "#009E73"
"""Okabe & Ito (2008), and a grey that shows on light and dark."""
ROW = 30
"""Pixels for each slice."""


def slices(rows: Sequence[Slice], title: str, overall: float | None) -> go.Figure:
    """Points with 95% intervals, the plain means (hollow) beside the shrunk ones, floors where there are some, and the
    whole as a dotted line. Every point carries its row, from 0, in `customdata`."""
    names = [f"{html.escape(one.name)} ({one.n:,})" for one in rows]
    best, places = [one.best_guess for one in rows], list(range(len(rows)))
    ends = [[b if end is None else end for end, b in zip(side, best, strict=True)]
            for side in ([one.low for one in rows], [one.high for one in rows])]  # fmt: skip
    figure = go.Figure()
    figure.add_scatter(
        x=best, y=names, mode="markers", name="drawn towards the whole" if rows[0].shrunk is not None else "value",
        marker={"size": 10, "color": VALUE}, customdata=places, hovertemplate="%{y}: %{x:.4g}<extra></extra>",
        error_x={
            "type": "data", "symmetric": False, "color": VALUE, "thickness": 2,
            "array": [max(0.0, h - b) for h, b in zip(ends[1], best, strict=True)],
            "arrayminus": [max(0.0, b - low) for low, b in zip(ends[0], best, strict=True)],
        },
    )  # fmt: skip
    if rows[0].shrunk is not None:
        figure.add_scatter(
            x=[one.value for one in rows], y=names, mode="markers", name="as it is", customdata=places,
            marker={"size": 9, "symbol": "circle-open", "color": PLAIN}, hovertemplate="%{x:.4g}<extra></extra>",
        )  # fmt: skip
    if rows[0].floor is not None:
        figure.add_scatter(
            x=[one.floor for one in rows], y=names, mode="markers", name="real vs real", customdata=places,
            marker={"size": 9, "symbol": "line-ns-open", "color": FLOOR, "line": {"width": 3}},
            hovertemplate="real vs real %{x:.4g}<extra></extra>",
        )  # fmt: skip
    if overall is not None:
        figure.add_vline(x=overall, line={"dash": "dot", "width": 1.5, "color": PLAIN})
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_xaxes(exponentformat="none", title=html.escape(title))
    figure.update_layout(
        height=110 + ROW * len(rows), margin={"l": 8, "r": 16, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    return figure
