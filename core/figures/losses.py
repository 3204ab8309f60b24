"""Losses over the epochs of a training, each in a chart of its own: their scales have nothing in common."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures.trends import COLOURS
from core.training.log import Epoch

NEAR = 8
"""Epochs this few are named each."""


def losses(epochs: Sequence[Epoch], name: str, number: int = 0) -> go.Figure:
    """The loss `name` of every epoch that has it; `number` chooses a colour."""
    found = [epoch for epoch in epochs if name in epoch.losses]
    figure = go.Figure()
    figure.add_scatter(
        x=[epoch.epoch for epoch in found], y=[epoch.losses[name] for epoch in found],
        mode="lines+markers" if len(found) <= 40 else "lines", name=name,
        line={"color": COLOURS[number % len(COLOURS)], "width": 2}, marker={"size": 6},
        hovertemplate="epoch %{x:,d}<br>%{y:.4g}<extra></extra>",
    )  # fmt: skip
    if len(found) <= NEAR:
        figure.update_xaxes(tickvals=[epoch.epoch for epoch in found])
    figure.update_xaxes(title="epoch", tickformat=",d")
    figure.update_yaxes(exponentformat="none", nticks=4)
    figure.update_layout(
        height=190, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False, hovermode="closest",
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    return figure
