"""Jobs on a page: progress that moves by itself while work is going on."""

from __future__ import annotations

import streamlit as st

from core import jobs
from core.jobs import JobView
from pages.parts import links
from pages.parts.house import workspace
from pages.parts.words import duration, plain

ICONS = {"queued": "⏳", "running": "▶", "done": "✓", "failed": "✗", "cancelled": "⊘"}


def bar(job: JobView) -> None:
    """One job's progress and what it is doing."""
    eta = f", about {duration(job.eta_seconds)} left" if job.eta_seconds and job.eta_seconds >= 1 else ""
    counted = f" {job.done:,} of {job.total:,}" if job.total else ""
    words = f"{plain(job.message)}{counted}{eta}" if job.state == "running" else job.state
    st.progress(job.fraction or 0.0, text=f"{ICONS[job.state]} {plain(job.title)}: {words}")


@st.fragment(run_every=1.0)
def running() -> None:
    """The jobs at work, once a second; when the last one ends the whole page is drawn again with its result."""
    found = jobs.every(workspace(), active_only=True)
    before = st.session_state.get("jobs-at-work", set())
    now = {job.id for job in found}
    st.session_state["jobs-at-work"] = now
    if before - now:
        st.rerun()
    with st.container(border=True):
        for job in found[:5]:
            bar(job)
        if not found:
            st.caption("Nothing is running.")
        links.link("jobs", f"All {len(found)} jobs" if len(found) > 5 else "Jobs", icon=":material/pending_actions:")
