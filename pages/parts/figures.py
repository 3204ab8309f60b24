"""Figures on a page, all in one manner."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import streamlit as st

QUIET = {"displayModeBar": False, "displaylogo": False}


def figure(drawn: go.Figure, *, key: str, alt: str, **more: Any) -> Any:
    """Draw it. `alt` says in words what is to be seen, for those who do not see it; `more` goes to Streamlit."""
    return st.plotly_chart(drawn, key=key, alt=alt, config=QUIET, **more)


def ink() -> str:
    """The colour of words on the page, for words inside a figure."""
    return "#FAFAFA" if st.context.theme.type == "dark" else "#262730"
