"""Differences of two checkpoints, metric by metric: what judges first, what only describes folded away."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.compare import Difference
from core.numbers import interval, number
from pages.parts.tables import table
from pages.parts.words import chance

SIGNS = {"better": "▲ better", "worse": "▼ worse", "cannot tell": "○ cannot tell"}


def differences(judged: Sequence[Difference], described: Sequence[Difference]) -> None:
    verdicts = {"Verdict on B": [SIGNS[r.verdict] for r in judged]}
    table(
        {"Metric": [r.title for r in judged], **verdicts, **_numbers(judged), "p (Holm)": [chance(r.p) for r in judged],
         **_sizes(judged)},
        key="compare", words=list(verdicts), alt="Metrics of A and B with their differences and verdicts",
    )  # fmt: skip
    if described:
        with st.expander(f"{len(described)} more that describe and do not judge", icon=":material/straighten:"):
            table(
                {"Metric": [r.title for r in described], **_numbers(described), **_sizes(described)},
                key="compare-described", alt="Metrics without a better direction, with their differences",
            )  # fmt: skip


def _numbers(rows: Sequence[Difference]) -> dict[str, list[str]]:
    return {
        "A": [number(r.a.value) for r in rows],
        "B": [number(r.b.value) for r in rows],
        "B − A": [number(r.difference) for r in rows],
        "Interval": [interval(r.low, r.high) for r in rows],
        "Real vs real": [number(r.a.floor) for r in rows],
    }


def _sizes(rows: Sequence[Difference]) -> dict[str, list[str]]:
    return {"n / m": [f"{r.a.n:,} / {r.a.m:,}" for r in rows]}
