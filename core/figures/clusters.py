"""Clusters of what is left out, beside what real pictures leave out at the same place."""

from __future__ import annotations

import html
from collections.abc import Sequence

import plotly.graph_objects as go

OURS, CONTROL = "#D55E00", "#888888"
"""Vermilion of Okabe & Ito (2008), and a grey that shows on light and dark."""
ROW = 44
"""Pixels for each cluster."""


def bars(names: Sequence[str], sizes: Sequence[int], real: Sequence[int], what: str) -> go.Figure:
    """A pair of bars for each cluster, the first on top. `what`: what the first bar counts. Every bar carries the
    number of its cluster, from 0, in `customdata`."""
    labels = [f"{place}. {html.escape(name)}" if name else f"{place}." for place, name in enumerate(names, 1)]
    figure = go.Figure()
    for title, values, colour in ((what, sizes, OURS), ("by other real pictures", real, CONTROL)):
        figure.add_bar(
            y=labels, x=values, name=title, orientation="h", marker={"color": colour}, text=[f"{v:,}" for v in values],
            textposition="outside", cliponaxis=False, customdata=list(range(len(labels))),
            hovertemplate="%{x:,}<extra>" + html.escape(title) + "</extra>",
        )  # fmt: skip
    figure.update_layout(
        height=90 + ROW * len(labels), margin={"l": 8, "r": 40, "t": 8, "b": 8}, barmode="group", bargap=0.3,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis={"title": "pictures"}, paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure
