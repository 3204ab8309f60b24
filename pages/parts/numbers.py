"""Metric values as people read them: value, interval, and the floor of real against real."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from core.numbers import interval, number
from core.results import EvaluationView, ValueView, noted
from pages.parts.meanings import FLOOR, INTERVAL, SIZES, meaning
from pages.parts.tables import table
from pages.parts.words import plain

BETTER = {"lower": "lower is better", "higher": "higher is better", "none": "describes, does not judge"}
READING = {"lower": "↓ lower", "higher": "↑ higher", "none": "describes"}
SIGNS = {"better": ":green[▲]", "worse": ":red[▼]", "cannot tell": ":gray[○]", "": ""}
"""A verdict against the checkpoint before it."""


def headline(view: EvaluationView, metrics: Sequence[str], verdicts: Mapping[str, str]) -> None:
    """The named metrics of an evaluation side by side, each with its interval, its floor and the verdict on it."""
    for name in metrics:
        value = view.values.get(name)
        if value is not None:
            with st.container(width=230, gap=None):
                verdict = verdicts.get(name, "")
                st.markdown(f"{value.title} **{number(value.value)}** {SIGNS[verdict]}", help=said(value, verdict))
                st.caption(f"{interval(value.low, value.high)} · real vs real {number(value.floor)}")


def said(value: ValueView, verdict: str = "") -> str:
    """Everything needed to read a value, in one paragraph."""
    parts = [
        meaning(value.metric),
        f"{BETTER[value.direction].capitalize()}. 95% interval {interval(value.low, value.high) or 'unknown'}; "
        f"n {value.n:,} generated against {value.m:,} real pictures.",
        f"The floor, real half against real half, is {number(value.floor)} "
        f"with {value.floor_n or 0:,} pictures a side.",
        f"Against the checkpoint before: {verdict}." if verdict else "",
        plain(value.warning),
        f"Protocol {value.fingerprint[:12]}.",
    ]
    return " ".join(part for part in parts if part)


def values(found: Sequence[ValueView], key: str, absent: Sequence[tuple[str, str]] = ()) -> None:
    """All values of an evaluation: what judges first, what only describes folded away, and why others are `absent`:
    (title, why)."""
    _values([v for v in found if v.direction != "none"], key, "Every metric that judges")
    described = [v for v in found if v.direction == "none"]
    if described:
        with st.expander(f"{len(described)} more that describe and do not judge", icon=":material/straighten:"):
            _values(described, f"{key}-described", "Metrics without a better direction")
    if absent:
        with st.popover(f"Not measured: {len(absent)}", icon=":material/info:", type="tertiary"):
            st.markdown("\n".join(f"- **{plain(title)}**: {plain(why)}" for title, why in absent))


def _values(found: Sequence[ValueView], key: str, what: str) -> None:
    """A table, and what its values warn of."""
    table(
        {
            "Metric": [v.title for v in found],
            "Value": [number(v.value) for v in found],
            "95% interval": [interval(v.low, v.high) for v in found],
            "Real vs real": [number(v.floor) for v in found],
            "Reading": [READING[v.direction] for v in found],
            "n / m": [f"{v.n:,}\u00a0/\u00a0{v.m:,}" for v in found],
        },
        key=key, words=["Reading"], alt=f"{what}, with its value, its interval and the floor",
    )  # fmt: skip
    warned((v.title, v.warning) for v in found)


def warned(said: Iterable[tuple[str, str]]) -> None:
    """(title, warning) as lines under the table of what warns."""
    for line in noted(said):
        st.caption(f"⚠ {plain(line)}")


def meanings(values: Sequence[tuple[str, str]]) -> None:
    """What each number means, behind a button. `values`: (name of the metric, its title)."""
    with st.popover("What the numbers mean", icon=":material/help:", type="tertiary"):
        st.markdown("\n".join(f"- **{title}**: {meaning(name)}" for name, title in values if meaning(name)))
        st.caption(f"{FLOOR} {INTERVAL} {SIZES}")
