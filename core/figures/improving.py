"""What a filter or a sweep of latents does to the metrics: curves with intervals, and quality against diversity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

COLOURS = ("#0072B2", "#D55E00", "#009E73")
"""Okabe & Ito (2008)."""
MARKERS = ("circle", "square", "diamond")
MARK = "#888888"
Value = Mapping[str, Any]
"""{"value", "low", "high"}; low and high may be None."""


def curves(x: Sequence[str], series: Mapping[str, Sequence[Value]], axis: str, mark: str | None = None) -> go.Figure:
    """Lines over the places `x`, as many as `series`, with 95% intervals; `mark` is the place that was picked."""
    figure = go.Figure()
    for i, (title, values) in enumerate(series.items()):
        up, down = ([_reach(one, side) for one in values] for side in ("high", "low"))
        figure.add_scatter(
            x=list(x), y=[one["value"] for one in values], name=title, mode="lines+markers",
            line={"color": COLOURS[i], "width": 2}, marker={"size": 8, "symbol": MARKERS[i]},
            error_y={
                "type": "data", "symmetric": False, "array": up, "arrayminus": down, "thickness": 1.5,
                "color": COLOURS[i],
            },
            hovertemplate=f"{axis} %{{x}}: {title} %{{y:.4g}}<extra></extra>",
        )  # fmt: skip
    if mark is not None:
        figure.add_vline(x=list(x).index(mark), line={"dash": "dot", "width": 1.5, "color": MARK})
    figure.update_xaxes(type="category", title=axis)
    figure.update_yaxes(exponentformat="none")
    return _finished(figure, 260)


def trade(quality: Sequence[Value], diversity: Sequence[Value], names: Sequence[str], mark: str) -> go.Figure:
    """Precision upwards against recall, one point a level, joined in their order; the picked one is full, and named
    like the first and the last."""
    figure = go.Figure()
    chosen = list(names).index(mark)
    figure.add_scatter(
        x=[one["value"] for one in diversity], y=[one["value"] for one in quality], mode="lines+markers+text",
        text=[name if i in (0, chosen, len(names) - 1) else "" for i, name in enumerate(names)], hovertext=list(names),
        textposition="top center", line={"color": COLOURS[0], "width": 2}, cliponaxis=False,
        marker={"size": [13 if i == chosen else 9 for i in range(len(names))],
                "symbol": ["circle" if i == chosen else "circle-open" for i in range(len(names))]},
        hovertemplate="%{hovertext}: precision %{y:.3f}, recall %{x:.3f}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title="recall: how many kinds")
    figure.update_yaxes(title="precision: how real")
    return _finished(figure, 340)


def _reach(one: Value, side: str) -> float:
    return 0.0 if one[side] is None else max(0.0, abs(one[side] - one["value"]))


def _finished(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=len(figure.data) > 1,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    return figure
