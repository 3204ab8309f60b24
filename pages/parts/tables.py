"""Tables of words and numbers that are read whole. They are real HTML: a screen reader reads them, and a narrow page
folds every row into lines instead of scrolling sideways. What is endless, or wants sorting, is an `st.dataframe`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import streamlit as st

from pages.parts.words import plain

NOTHING = "–"


def table(
    columns: Mapping[str, Sequence[str]], *, key: str, alt: str, words: Collection[str] = (),
    height: int | Literal["content"] = "content",
) -> None:  # fmt: skip
    """`columns`: heading -> cells, shown as they are; the first names the row, those of `words` stand left, others are
    numbers. `alt` says what the table holds; taller than `height` pixels it scrolls."""
    st.html(f"<style>{_labels(key, list(columns), words)}</style>")
    with st.container(key=f"table-{key}"):
        st.table(
            {
                heading: [plain(cell or ("" if heading in words else NOTHING)) for cell in cells]
                for heading, cells in columns.items()
            },
            hide_header=False, hide_index=True, border="horizontal", height=height, alt=alt,
        )  # fmt: skip


def _labels(key: str, headings: Sequence[str], words: Collection[str]) -> str:
    """Style that aligns the columns, and names every cell of a folded row by its heading; frame.css folds."""
    rules = []
    for place, heading in enumerate(headings[1:], 2):
        cell = f".st-key-table-{key} :is(td, th):nth-child({place})"
        if heading not in words:
            rules.append(f"{cell} {{ text-align: right !important; white-space: nowrap; }}")
            rules.append(f"{cell} p::before {{ --label: {json.dumps(heading + ' ', ensure_ascii=False)}; }}")
    return " ".join(rules)
