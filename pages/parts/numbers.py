"""Metric values as people read them: value, interval, and the floor of real against real."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.results import EvaluationView, ValueView
from pages.parts.words import interval, number, plain

BETTER = {"lower": "lower is better", "higher": "higher is better", "none": "describes, does not judge"}


def headline(view: EvaluationView, metrics: Sequence[str]) -> None:
    """The named metrics of an evaluation side by side, each with its interval and floor."""
    for name in metrics:
        value = view.values.get(name)
        if value is not None:
            with st.container(width=210):
                st.markdown(f"{value.title} **{number(value.value)}**", help=said(value))
                st.caption(f"{interval(value.low, value.high)} · real vs real {number(value.floor)}")


def said(value: ValueView) -> str:
    """Everything needed to read a value, in one paragraph."""
    parts = [
        f"{value.title}: {BETTER[value.direction]}. 95% interval {interval(value.low, value.high) or 'unknown'}; "
        f"n {value.n:,} generated against {value.m:,} real pictures.",
        f"The floor, real half against real half, is {number(value.floor)} "
        f"with {value.floor_n or 0:,} pictures a side.",
        plain(value.warning),
        f"Protocol {value.fingerprint[:12]}.",
    ]
    return " ".join(part for part in parts if part)


def table(values: Sequence[ValueView]) -> None:
    """All values of an evaluation."""
    st.dataframe(
        {
            "Metric": [v.title for v in values],
            "Value": [number(v.value) for v in values],
            "95% interval": [interval(v.low, v.high) for v in values],
            "Real vs real": [number(v.floor) for v in values],
            "n / m": [f"{v.n:,} / {v.m:,}" for v in values],
            "Reading": [BETTER[v.direction] for v in values],
            "Protocol": [v.fingerprint[:12] for v in values],
        },
        hide_index=True, height="content",
    )  # fmt: skip
    for warning in dict.fromkeys(v.warning for v in values if v.warning):
        st.caption(f"⚠ {plain(warning)}")
