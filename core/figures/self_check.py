"""Which metric reacts to which planted change: a heat map of signed standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.reports.blind_spots import HARDLY, SEES, Reaction

SOLID = 8.0
"""Standard errors from which a cell is filled."""
WORSE, BETTER, MOVED = "184,74,0", "0,90,156", "123,78,163"
"""Vermilion and blue of Okabe & Ito (2008), darkened so that white can be read on them; purple judges nothing."""
SHADES = (0.0, 0.2, 0.42, 1.0)
LINE = 27
"""Pixels of a row."""


def heat(reactions: Sequence[Reaction], titles: dict[str, str], ink: str = "#262730") -> go.Figure:
    """Rows are metrics, those that judge first; columns are `titles` (plant -> what is written), one strength of each.

    A plant without reactions has an empty column: it changed nothing. Vermilion: the metric calls the set worse; blue:
    better; purple: it moves, and judges nothing. The number is signed: above 0 the value rose. `ink`: the colour of
    words on the page.
    """
    ordered = sorted(reactions, key=lambda r: r.direction == "none")  # stable: the order of the tables stays
    rows = list(dict.fromkeys(r.title for r in ordered))
    figure = go.Figure()
    for towards, colour in (("worse", WORSE), ("better", BETTER), ("moved", MOVED)):
        figure.add_heatmap(**_cells([r for r in ordered if _kind(r) == towards], titles, colour))
    for solid in (False, True):
        figure.add_scatter(
            **_words(
                [r for r in ordered if (_shade(r) == len(SHADES) - 1) == solid], titles, "#FFFFFF" if solid else ink
            )
        )
    figure.update_xaxes(
        categoryorder="array", categoryarray=list(titles.values()), side="top", tickangle=-35, showgrid=False,
        range=[-0.5, len(titles) - 0.5], automargin=True, fixedrange=True, zeroline=False,
    )  # fmt: skip
    figure.update_yaxes(
        categoryorder="array", categoryarray=rows, range=[len(rows) - 0.5, -0.5], showgrid=False, automargin=True,
        fixedrange=True, zeroline=False,
    )  # fmt: skip
    figure.update_layout(
        height=120 + LINE * len(rows), margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    return figure


def _kind(reaction: Reaction) -> str:
    if reaction.direction == "none":
        return "moved"
    return "worse" if reaction.harm > 0 else "better"


def _shade(reaction: Reaction) -> int:
    return sum(abs(reaction.errors) >= limit for limit in (HARDLY, SEES, SOLID))


def _cells(reactions: Sequence[Reaction], titles: dict[str, str], colour: str) -> dict[str, Any]:
    steps = [(place, f"rgba({colour},{shade})") for i, shade in enumerate(SHADES) for place in (i / 4, (i + 1) / 4)]
    return {
        "x": [titles[r.plant] for r in reactions], "y": [r.title for r in reactions],
        "z": [_shade(r) for r in reactions], "zmin": -0.5, "zmax": 3.5, "colorscale": steps, "showscale": False,
        "xgap": 2, "ygap": 2, "hoverinfo": "skip",
    }  # fmt: skip


def _words(reactions: Sequence[Reaction], titles: dict[str, str], ink: str) -> dict[str, Any]:
    return {
        "x": [titles[r.plant] for r in reactions], "y": [r.title for r in reactions], "mode": "text",
        "text": [signed(r.errors) for r in reactions], "textfont": {"size": 12, "color": ink},
        "hoverlabel": {"align": "left"},
        "customdata": [[f"{r.unchanged:.4g}", f"{r.value:.4g}", r.towards] for r in reactions],
        "hovertemplate": "%{y}, %{x}: %{text} standard errors (%{customdata[2]})<br>"
        "unchanged %{customdata[0]}, planted %{customdata[1]}<extra></extra>",
    }  # fmt: skip


def signed(errors: float) -> str:
    """+3.4, −12; as far as can be counted is ≥ 99."""
    if abs(errors) >= 99:
        return "+99" if errors > 0 else "−99"
    return (f"{errors:+.0f}" if abs(errors) >= 9.95 else f"{errors:+.1f}").replace("-", "−")
