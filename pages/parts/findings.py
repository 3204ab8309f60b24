"""What pages of reports about a checkpoint share: which evaluation is looked at, and the job that makes the report."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import jobs, reports, results
from core.reports import ReportView
from core.results import EvaluationView
from pages.parts import links, pickers, states
from pages.parts.house import workspace
from pages.parts.jobs import ask, at_work, outcome
from pages.parts.words import plain


def measured() -> EvaluationView:
    """The checkpoint and the protocol that are picked; without any evaluation, or one of this checkpoint, the page says
    so and ends."""
    every = results.every(workspace())
    owners = [number for view in every for number in view.checkpoint_ids]
    if not owners:
        states.empty("No numbers yet", "Evaluate a checkpoint against real pictures; this page looks at both.")
        links.link("checkpoints", "Evaluate a checkpoint", icon=":material/deployed_code:")
        st.stop()
    left, right = st.columns(2)
    with left:
        checkpoint = pickers.checkpoint(default=owners[0])
    views = {
        f"{view.reference}|{view.extractor}|{view.set_id}": view for view in results.every(workspace(), checkpoint)
    }
    if not views:
        states.empty("Not measured yet", "Evaluate this checkpoint against real pictures first.")
        links.link("checkpoints", "Evaluate it", icon=":material/deployed_code:", checkpoint=checkpoint)
        st.stop()
    with right:
        key = pickers.pick(
            "protocol", "Against", {key: view.protocol for key, view in views.items()}, of=checkpoint
        )  # fmt: skip
    return views[key]


def report(kind: str, arguments: dict[str, Any], button: str, promise: str) -> ReportView:
    """The report on this content. While nobody made it, the page offers the job (`button`) with what it will show
    (`promise`), or says that it is under way, and ends."""
    key = f"report-{kind}"
    found = None
    with states.shown():
        found = reports.find(workspace(), reports.get(kind), arguments)
    outcome(key)
    if found is not None:
        return found
    at_work()
    if any(job.kind == kind and job.arguments == arguments for job in jobs.every(workspace(), active_only=True)):
        states.empty("Under way", "The page shows the report as soon as it is there.", ":material/hourglass_empty:")
        st.stop()
    st.write(plain(promise))
    if st.button(button, type="primary", icon=":material/search:"):
        with states.shown():
            ask(key, kind, arguments, priority=10)
            st.rerun()
    st.stop()


def group_link(found: ReportView, set_id: int, name: str, label: str) -> None:
    """A link to the gallery with the pictures that a name stands for in a report."""
    links.link("gallery", plain(label), icon=":material/grid_view:", set=set_id, report=found.id, group=name)
