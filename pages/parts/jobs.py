"""Jobs on a page: progress that moves by itself while work is going on."""

from __future__ import annotations

from typing import Any

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
    counted = f", {job.done:,} of {job.total:,}" if job.total else ""
    words = f"{plain(job.message)}{counted}{eta}" if job.state == "running" else job.state
    words = "stopping, after the batch at hand" if job.cancel_requested else words
    st.progress(job.fraction or 0.0, text=f"{ICONS[job.state]} {plain(job.title)}: {words}")


@st.fragment(run_every=1.0)
def running() -> None:
    """The jobs at work, once a second; when the last one ends the whole page is drawn again with its result."""
    found = jobs.every(workspace(), active_only=True)
    before = st.session_state.get("jobs-at-work", set())
    now = {job.id for job in found}
    st.session_state["jobs-at-work"] = now
    if before - now or not found:
        st.rerun()
    with st.container(border=True):
        for job in found[:5]:
            bar(job)
        links.link("jobs", f"All {len(found)} jobs" if len(found) > 5 else "Jobs", icon=":material/pending_actions:")


def at_work() -> None:
    """The jobs at work, if any, in a place that is always there: what stands below must not fold when they end."""
    with st.container():
        if jobs.active_count(workspace()):
            running()


def ask(key: str, kind: str, arguments: dict[str, Any], priority: int) -> None:
    """Ask for a job, and remember it as the last one asked for at `key`; see `outcome`."""
    st.session_state[f"asked-{key}"] = jobs.submit(workspace(), kind, arguments, priority=priority).id
    st.session_state.pop(f"ended-{key}", None)


def outcome(key: str) -> JobView | None:
    """Say why the last job asked for at `key` did not end well, for as long as nothing else is asked for. Gives the
    job once, when it is done."""
    number = st.session_state.get(f"asked-{key}")
    job = jobs.get(workspace(), number) if number else None
    with st.container():
        if job and job.state == "failed":
            st.error(f"{plain(job.title)} failed. {plain(job.error)}", icon=":material/error:")
        elif job and job.state == "cancelled":
            st.info(f"{plain(job.title)} was cancelled.", icon=":material/block:")
        if job and job.state in ("failed", "cancelled"):
            links.link("jobs", "The job", icon=":material/pending_actions:", job=job.id)
    if job is None or job.state != "done" or f"ended-{key}" in st.session_state:
        return None
    st.session_state[f"ended-{key}"] = True
    return job
