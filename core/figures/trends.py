"""A metric over training steps: one line for each run and protocol, a band for the interval, a dashed floor."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.trends import Series

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
"""Okabe & Ito (2008), told apart by colour-blind readers too; readable on light and dark."""
MARKERS = ("circle", "square", "diamond", "cross", "triangle-up")


def _band(hexadecimal: str) -> str:
    red, green, blue = (int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def trend(lines: Sequence[Series], names: Sequence[str]) -> go.Figure:
    """`names` (one for each line) go into the legend. Every point carries its checkpoint's id in `customdata`."""
    figure = go.Figure()
    for number, (line, name) in enumerate(zip(lines, names, strict=True)):
        colour = COLOURS[number % len(COLOURS)]
        steps = [p.step for p in line.points]
        values = [p.value for p in line.points]
        if all(v.low is not None and v.high is not None for v in values):
            figure.add_scatter(
                x=steps + steps[::-1], y=[v.high for v in values] + [v.low for v in values][::-1], fill="toself", mode="lines",
                fillcolor=_band(colour), line={"width": 0}, hoverinfo="skip", showlegend=False, legendgroup=str(number),
            )  # fmt: skip
        figure.add_scatter(
            x=steps, y=[v.value for v in values], name=name, legendgroup=str(number), mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 9, "symbol": MARKERS[number % len(MARKERS)], "color": colour},
            customdata=[p.checkpoint_id for p in line.points],
            text=[_said(v.low, v.high) for v in values],
            hovertemplate="step %{x}<br>%{y:.4g} %{text}<extra>" + name + "</extra>",
        )  # fmt: skip
        if line.floor is not None and (number == 0 or line.floor != lines[number - 1].floor):
            figure.add_hline(y=line.floor, line={"dash": "dot", "width": 1.5, "color": colour}, opacity=0.8)
            figure.add_annotation(
                x=1, xref="paper", y=line.floor, text="real vs real", showarrow=False, xanchor="right",
                yanchor="bottom", font={"size": 11, "color": colour},
            )  # fmt: skip
    figure.update_layout(
        height=300, margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis={"title": "step"}, yaxis={"title": ""}, hovermode="closest",
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", showlegend=len(lines) > 1,
    )  # fmt: skip
    return figure


def _said(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"[{low:.4g}, {high:.4g}]"
