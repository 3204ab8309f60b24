"""A metric over training steps: one line for each run and protocol, a band for the interval, a dotted floor."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.results import ValueView
from core.trends import Series

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
"""Okabe & Ito (2008), told apart by colour-blind readers too; readable on light and dark."""
MARK = "#888888"
"""Grey that shows on light and dark."""
MARKERS = {"circle": "●", "square": "■", "diamond": "◆", "cross": "✚", "triangle-up": "▲"}
"""Plotly's name of each and the letter that looks like it."""
NEAR = 8
"""Steps this near one another are named each: ticks between them would be rounded to steps that are not there."""


def _band(hexadecimal: str) -> str:
    red, green, blue = (int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def trend(lines: Sequence[Series], names: Sequence[str]) -> go.Figure:
    """`names` (one for each line) are shown at its points. Every point carries its checkpoint's id in `customdata`.

    It has no legend: one inside the figure takes the plot's room, on a narrow page nearly all of it. `marks` says what
    stands before the names beside the figure.
    """
    figure = go.Figure()
    # Plotly draws some HTML in labels, links among them: names of runs come from outside.
    for number, (line, name) in enumerate(zip(lines, map(html.escape, names), strict=True)):
        symbol, colour = _mark(number)
        steps = [p.step for p in line.points]
        values = [p.value for p in line.points]
        if all(v.low is not None and v.high is not None for v in values):
            figure.add_scatter(
                x=steps + steps[::-1], y=[v.high for v in values] + [v.low for v in values][::-1], fill="toself",
                mode="lines", fillcolor=_band(colour), line={"width": 0}, hoverinfo="skip", showlegend=False,
                legendgroup=str(number), unselected={"marker": {"opacity": 0}}, selected={"marker": {"opacity": 0}},
            )  # fmt: skip
        figure.add_scatter(
            x=steps, y=[v.value for v in values], name=name, legendgroup=str(number), mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 9, "symbol": symbol, "color": colour},
            error_y=_whiskers(values, colour), unselected={"marker": {"opacity": 1}},
            customdata=[p.checkpoint_id for p in line.points],
            text=[_said(v.low, v.high) for v in values],
            hovertemplate="step %{x:,d}<br>%{y:.4g} %{text}<extra>" + name + "</extra>",
        )  # fmt: skip
    floors = {line.floor: COLOURS[i % len(COLOURS)] for i, line in enumerate(lines) if line.floor is not None}
    for floor, colour in floors.items():  # of one protocol: grey; of several: each in a colour of its own lines
        line_colour = colour if len(floors) > 1 else MARK
        figure.add_hline(y=floor, line={"dash": "dot", "width": 1.5, "color": line_colour})
    if floors:
        figure.add_annotation(
            x=0, xref="paper", y=max(floors), text="real vs real", showarrow=False, xanchor="left", yanchor="bottom",
            font={"size": 11, "color": MARK},
        )  # fmt: skip
    measured = sorted({point.step for line in lines for point in line.points})
    if measured and measured[-1] - measured[0] < NEAR:
        figure.update_xaxes(tickvals=measured)
    figure.update_yaxes(exponentformat="none")  # 0.0002 rather than 200µ
    figure.update_layout(
        height=280, margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": "step", "tickformat": ",d"}, hovermode="closest",
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", showlegend=False,
    )  # fmt: skip
    return figure


def marks(count: int) -> list[tuple[str, str]]:
    """(letter, colour) of each of so many lines."""
    return [(MARKERS[symbol], colour) for symbol, colour in map(_mark, range(count))]


def _mark(number: int) -> tuple[str, str]:
    return list(MARKERS)[number % len(MARKERS)], COLOURS[number % len(COLOURS)]


def _whiskers(values: Sequence[ValueView], colour: str) -> dict[str, Any]:
    """The interval of a line's only point, which has no band."""
    low, high, value = values[0].low, values[0].high, values[0].value
    if len(values) > 1 or low is None or high is None:
        return {"visible": False}
    up, down = [high - value], [value - low]
    return {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "color": colour, "thickness": 2}


def _said(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"[{low:.4g}, {high:.4g}]"
