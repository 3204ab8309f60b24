"""Which checkpoint of a run to keep, and why."""

from __future__ import annotations

import streamlit as st

from core import best
from core.best import Best
from core.numbers import interval, number
from pages.parts import links
from pages.parts.tables import table
from pages.parts.words import plain

ROLES = {"keep": "keep", "alike": "nothing beats it either", "lowest loss": "lowest loss", "last": "last"}


def card(found: Best) -> None:
    """The checkpoint to keep, and every other one against it."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(found.run)}: keep step {found.kept.checkpoint.step:,}**")
            links.link("checkpoints", "Open it", icon=":material/deployed_code:", checkpoint=found.kept.checkpoint.id)
        st.write(plain(found.sentence))
        for said in found.beside():
            st.caption(plain(said))
        with st.expander("Every checkpoint against it", icon=":material/list:"):
            rows(found)


def rows(found: Best) -> None:
    losses = {"Loss": [number(row.loss) for row in found.rows]} if any(r.loss is not None for r in found.rows) else {}
    table(
        {
            "Step": [f"{row.checkpoint.step:,}" for row in found.rows],
            "KID": [number(row.point.value.value) for row in found.rows],
            "95% KID": [interval(row.point.value.low, row.point.value.high) for row in found.rows],
            "Coverage": [number(row.coverage.value.value) for row in found.rows],
            "95% coverage": [interval(row.coverage.value.low, row.coverage.value.high) for row in found.rows],
            **losses,
            "The kept one is": [best.word(row.against) if row.against else "" for row in found.rows],
            "This is": [", ".join(ROLES[role] for role in row.roles) for row in found.rows],
        },
        key=f"best-{found.kept.checkpoint.run_id}", words=["The kept one is", "This is"],
        alt=f"The checkpoints of {found.run} with KID and coverage, and the verdict on the kept one against each",
    )  # fmt: skip
    st.caption(
        "Kept is the earliest checkpoint that no other one beats: better on KID or coverage and worse on neither, by "
        "paired verdicts corrected for asking about all of them. The loss says nothing of pictures."
    )
