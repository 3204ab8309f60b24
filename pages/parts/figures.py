"""Figures on a page, all in one manner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

QUIET = {"displayModeBar": False, "displaylogo": False}


def figure(drawn: go.Figure, *, key: str, alt: str, **more: Any) -> Any:
    """Draw it. `alt` says in words what is to be seen, for those who do not see it; `more` goes to Streamlit."""
    return st.plotly_chart(drawn, key=key, alt=alt, config=QUIET, **more)


def legend(names: Sequence[str], marks: Sequence[tuple[str, str]], *, key: str) -> None:
    """What each line of a figure is, as a list below it that folds on a narrow page. `names` are Markdown; `marks`: the
    letter and the colour of each."""
    rules = [
        f'.st-key-legend-{key} li:nth-child({place}) {{ list-style-type: "{letter}\\00a0\\00a0"; }} '
        f".st-key-legend-{key} li:nth-child({place})::marker {{ color: {colour}; }}"
        for place, (letter, colour) in enumerate(marks, 1)
    ]
    st.html(f"<style>{' '.join(rules)}</style>")
    with st.container(key=f"legend-{key}"):
        st.markdown("\n".join(f"- {name}" for name in names))
