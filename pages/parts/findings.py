"""What pages of reports about a checkpoint share: which evaluation is looked at, and the job that makes the report."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import streamlit as st

from core import jobs, reports, results
from core.errors import NotFound
from core.reports import ReportView, slices
from core.results import EvaluationView
from pages.parts import links, pickers, states
from pages.parts.house import workspace
from pages.parts.jobs import ask, at_work, outcome
from pages.parts.words import plain

PAGES = ("copies", "missing_modes", "slices")


def key(view: EvaluationView) -> str:
    """What tells an evaluation from others of its checkpoint in the address."""
    return f"{view.reference}|{view.extractor}|{view.set_id}"


def asked_report() -> dict[str, Any]:
    """The arguments of the report that the address names, as it does on the way back from the gallery; else empty."""
    number = pickers.asked_id("report")
    with suppress(NotFound):
        return {} if number is None else reports.get_view(workspace(), number).arguments
    return {}


def _first(views: Sequence[EvaluationView]) -> EvaluationView:
    """The evaluation that the report in the address is about, else the newest."""
    asked = asked_report()
    wanted = [asked.get(name) for name in ("sample_set_id", "reference_set_id", "extractor")]
    return next((v for v in views if [v.set_id, v.reference_set_id, v.extractor] == wanted), views[0])


def measured() -> EvaluationView:
    """The checkpoint and the protocol that are picked; without any evaluation, or one of this checkpoint, the page says
    so and ends."""
    owned = [view for view in results.every(workspace()) if view.checkpoint_ids]
    if not owned:
        states.empty("No numbers yet", "Evaluate a checkpoint against real pictures; this page looks at both.")
        links.link("checkpoints", "Evaluate a checkpoint", icon=":material/deployed_code:")
        st.stop()
    left, right = st.columns(2)
    with left:
        checkpoint = pickers.checkpoint(default=_first(owned).checkpoint_ids[0])
    views: dict[str, EvaluationView] = {}
    for view in results.every(workspace(), checkpoint):
        views.setdefault(key(view), view)  # of several versions of an extractor the newest, which a report looks at
    if not views:
        states.empty("Not measured yet", "Evaluate this checkpoint against real pictures first.")
        links.link("checkpoints", "Evaluate it", icon=":material/deployed_code:", checkpoint=checkpoint)
        st.stop()
    with right:
        protocols = {name: view.protocol for name, view in views.items()}
        chosen = pickers.pick(
            "protocol", "Against", protocols, default=key(_first(list(views.values()))), of=checkpoint
        )  # fmt: skip
    return views[chosen]


def report(kind: str, arguments: dict[str, Any], button: str, promise: str) -> ReportView:
    """The report on this content. While nobody made it, the page offers the job (`button`) with what it will show
    (`promise`), or says that it is under way, and ends."""
    asked = f"report-{kind}"
    found = None
    with states.shown():
        found = reports.find(workspace(), reports.get(kind), arguments)
    outcome(asked)
    if found is not None:
        return found
    at_work()
    under_way(kind, arguments)
    st.write(plain(promise))
    if st.button(button, type="primary", icon=":material/search:"):
        with states.shown():
            ask(asked, kind, arguments, priority=10)
            st.rerun()
    st.stop()


def under_way(kind: str, arguments: dict[str, Any]) -> None:
    """While a job makes this report it is not offered once more: the page says so and ends."""
    if jobs.at_work(workspace(), kind, arguments):
        states.empty("Under way", "The page shows the report as soon as it is there.", ":material/hourglass_empty:")
        st.stop()


def group_link(found: ReportView, set_id: int, name: str, label: str) -> None:
    """A link to the gallery with the pictures that a name stands for in a report."""
    links.link("gallery", plain(label), icon=":material/grid_view:", set=set_id, report=found.id, group=name)


def of_evaluation(checkpoint_id: int, view: EvaluationView, classes: int) -> None:
    """Links to the reports about what an evaluation measured; of a model with `classes`, to the numbers of each."""
    for line in links.PAGES:
        if line.name in PAGES:
            per_class = line.name == "slices" and classes and slices.labelled(workspace(), view.reference_set_id)
            links.link(
                line.name, "Numbers of each class" if per_class else line.title, icon=line.icon,
                checkpoint=checkpoint_id, protocol=key(view), by="label" if per_class else None,
            )  # fmt: skip
