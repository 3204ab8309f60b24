"""What a filter and a sweep share on the page: the verdicts, and taking the latents elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core import jobs, wrapping
from core.numbers import interval, number
from core.reports import ReportView
from core.results import EvaluationView
from pages.parts import links, states
from pages.parts.house import workspace
from pages.parts.jobs import ask, outcome
from pages.parts.numbers import warned
from pages.parts.tables import table
from pages.parts.words import chance, plain


def model(view: EvaluationView) -> dict[str, Any]:
    """What reports that make pictures of their own are asked with: the checkpoint and the protocol picked above."""
    asked = st.query_params.get("checkpoint")
    return {
        "checkpoint_id": next((i for i in view.checkpoint_ids if str(i) == asked), view.checkpoint_ids[0]),
        "reference_set_id": view.reference_set_id, "extractor": view.extractor,
    }  # fmt: skip


def made_by(found: dict[str, Any]) -> None:
    """What made the pictures, where it is not what the checkpoint's format says."""
    if found.get("made_by"):
        st.caption(f"Pictures {plain(found['made_by'])}.")


def verdicts(rows: Sequence[dict[str, Any]], before: str, after: str, key: str) -> None:
    """Every metric before and after, with the interval of the difference and the verdict."""
    table(
        {
            "Metric": [row["title"] for row in rows],
            before: [number(row["before"]["value"]) for row in rows],
            after: [number(row["after"]["value"]) for row in rows],
            "Difference": [interval(row["low"], row["high"]) for row in rows],
            "p": [chance(row["p"]) for row in rows],
            "Verdict": [row["verdict"] for row in rows],
        },
        key=key, words=["Verdict"], alt=f"Every metric, {before} and {after}, with the verdict",
    )  # fmt: skip
    warned((row["title"], row["warning"]) for row in rows)


def take(report: ReportView, level: float | None, what: str) -> None:
    """Download the latents, or make a checkpoint with them built in and measure it like any other."""
    st.header("Take it elsewhere", anchor=False)
    asked = f"wrap-{report.id}-{level}"
    with states.shown(), st.container(horizontal=True):
        st.download_button(
            "The latents (.npz)", lambda: wrapping.allowed(workspace(), report, level).npz(),
            file_name=f"latents-{report.id}.npz", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        arguments = {"report_id": report.id, "level": level}
        if jobs.at_work(workspace(), "wrap", arguments):
            st.caption("The generator is being wrapped.")
        elif st.button("Register the wrapped generator", icon=":material/deployed_code:", key=asked):
            ask(asked, "wrap", arguments, priority=10)
            st.rerun()
        links.link("checkpoints", "Checkpoints", icon=":material/deployed_code:")
    outcome(asked)
    st.caption(plain(what))
