"""Histograms and cumulative curves of distances. Transparent, so they sit on light and dark pages alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#BB5A92")
"""Okabe & Ito (2008), the purple darkened: told apart by colour-blind people; contrast of 3 or more on both grounds."""
DASHES = ("solid", "dash", "dot", "dashdot")
BINS = (20, 60)
"""Fewest and most; between them as many as the smallest series bears (the Rice rule)."""
POINTS = 512
"""Points of a cumulative curve: more cannot be seen."""
MARK = "#888888"
"""Grey that shows on light and dark."""

Series = Mapping[str, NDArray[Any]]
"""Title -> values (n,), any n > 0; the first colour goes to the first."""


def histogram(series: Series, axis: str, threshold: float | None = None) -> go.Figure:
    """Densities over shared bins, as steps. `axis`: what the values are."""
    bins = int(np.clip(2 * np.cbrt(min(len(v) for v in series.values())), *BINS))
    edges = np.histogram_bin_edges(np.concatenate([_ends(v) for v in series.values()]), bins)
    figure = go.Figure()
    for i, (title, values) in enumerate(series.items()):
        density, _ = np.histogram(values, edges, density=True)
        figure.add_scatter(
            x=edges, y=np.append(density, density[-1]), name=title, mode="lines", fill="tozeroy",
            line={**_line(i), "shape": "hv"}, fillcolor=_faint(COLOURS[i % len(COLOURS)]),
            hovertemplate="%{x:.3g}: density %{y:.3g}",
        )  # fmt: skip
    return _finished(figure, axis, "density", threshold)


def ecdf(series: Series, axis: str, threshold: float | None = None) -> go.Figure:
    """Share of the values that are at most x, exact at `POINTS` of them."""
    figure = go.Figure()
    for i, (title, values) in enumerate(series.items()):
        order = np.sort(values)
        ranks = np.unique(np.linspace(1, len(order), min(len(order), POINTS)).astype(int))
        figure.add_scatter(
            x=np.append(order[0], order[ranks - 1]), y=np.append(0, ranks / len(order)), name=title, mode="lines",
            line={**_line(i), "shape": "hv"}, hovertemplate="%{y:.1%} at or below %{x:.3g}",
        )  # fmt: skip
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return _finished(figure, axis, "share at or below", threshold)


def _ends(values: NDArray[Any]) -> NDArray[Any]:
    return np.array([values.min(), values.max()])


def _line(i: int) -> dict[str, Any]:
    return {"color": COLOURS[i % len(COLOURS)], "dash": DASHES[i % len(DASHES)], "width": 2}


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[a : a + 2], 16) for a in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.12)"


def _finished(figure: go.Figure, x: str, y: str, threshold: float | None) -> go.Figure:
    if threshold is not None:
        figure.add_vline(threshold, line={"color": MARK, "dash": "longdash", "width": 2})
        figure.add_annotation(
            x=threshold, y=1, yref="paper", text=f"{threshold:.3g}", showarrow=False, xanchor="left", yanchor="top",
            xshift=4,
        )  # fmt: skip
    figure.update_xaxes(title={"text": x, "standoff": 8})
    figure.update_yaxes(title={"text": y, "standoff": 4}, rangemode="tozero")
    figure.update_layout(
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", height=380, showlegend=True,
        margin={"l": 48, "r": 12, "t": 12, "b": 44}, hovermode="x unified",
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
    )  # fmt: skip
    return figure
