"""How well extractors and measures tell same from different, and what they cost."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

CHOSEN, GOOD, OTHER = "#009E73", "#0072B2", "#8A8A8A"
"""Okabe & Ito (2008); all of them show on light and on dark pages."""
MARK = "#888888"
LINE = 38
"""Pixels of a row: what it is stands above its point, so that a narrow page has room for both."""


def ranked(rows: Sequence[dict[str, Any]]) -> go.Figure:
    """AUC with its 95% interval, a line each, in the order given; what is recommended, and what is as good, stand
    out by colour and by sign."""
    figure = go.Figure()
    for name, colour, symbol in (
        ("recommended", CHOSEN, "star"), ("as good", GOOD, "circle"), ("behind", OTHER, "circle-open")
    ):  # fmt: skip
        some = [row for row in rows if standing(row) == name]
        figure.add_scatter(
            x=[row["auc"] for row in some], y=[row["title"] for row in some], mode="markers", name=name,
            marker={"size": 13 if name == "recommended" else 9, "color": colour, "symbol": symbol},
            error_x={
                "type": "data", "symmetric": False, "array": [row["high"] - row["auc"] for row in some],
                "arrayminus": [row["auc"] - row["low"] for row in some], "thickness": 1.5, "width": 3, "color": colour,
            },
            customdata=[[row["seconds"]] for row in some],
            hovertemplate="%{y}: AUC %{x:.3f}, %{customdata[0]:.2g} s for 1,000 pictures<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=0.5, line={"width": 1.5, "dash": "dot", "color": MARK}, layer="below")
    figure.update_yaxes(
        categoryorder="array", categoryarray=[row["title"] for row in rows], range=[len(rows) - 0.5, -0.8],
        showticklabels=False, fixedrange=True,
    )  # fmt: skip
    for place, row in enumerate(rows):
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=place, yanchor="bottom", yshift=3, text=html.escape(row["title"]),
            showarrow=False,
        )  # fmt: skip
    figure.update_xaxes(title="AUC; at 0.5 it is guessing", range=[min(0.45, *(r["low"] for r in rows)), 1.01])
    figure.update_layout(
        height=110 + LINE * len(rows), margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    return figure


def standing(row: dict[str, Any]) -> str:
    return "recommended" if row["chosen"] else "as good" if row["as_good"] else "behind"
