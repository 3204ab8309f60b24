"""The queue: progress, time left, cancel, retry, and why something failed."""

import json

import streamlit as st

from core import jobs
from core.jobs import JobView
from core.training import runs
from pages.parts import links, pickers, states
from pages.parts.house import workspace
from pages.parts.jobs import ICONS, bar
from pages.parts.words import ago, duration, plain

st.title("Jobs", anchor=False)
asked = pickers.asked_id("job")


def paused(found: list[JobView]) -> dict[int, str]:
    """Of trainings that were paused rather than cancelled, by job: the run. Each run is looked up once."""
    stopped = {
        job.id: str(job.arguments["settings"]["run"])
        for job in found if job.kind == "train" and job.state == "cancelled"
    }  # fmt: skip
    resting = {run for run in {*stopped.values()} if runs.get(workspace(), run).state == "paused"}
    return {number: run for number, run in stopped.items() if run in resting}


def actions(job: JobView, resting: str) -> None:
    """Cancel, retry or go on, as fits."""
    if resting:
        links.link("train", "Go on from its page", icon=":material/model_training:", training=f"run:{resting}")
        return
    if job.active and st.button("Cancel", key=f"cancel-{job.id}", disabled=job.cancel_requested):
        jobs.cancel(workspace(), job.id)
        st.rerun()
    if job.state in ("failed", "cancelled") and st.button("Retry", key=f"retry-{job.id}"):
        jobs.retry(workspace(), job.id)
        st.rerun()


def line(job: JobView, wide: bool, resting: str) -> None:
    """One job; `resting`: the run of a paused training."""
    with st.container(border=True):
        if job.active:
            bar(job)
        else:
            took = (job.finished_at - job.started_at).total_seconds() if job.finished_at and job.started_at else None
            when = ago(job.finished_at or job.created_at)
            after = f" after {duration(took)}" if took is not None else ""
            st.markdown(
                f"{ICONS[job.state]} **{plain(job.title)}** · {'paused' if resting else job.state} {when}{after}"
            )
        if job.error:
            st.error(plain(job.error))
        if said := job.result.get("error"):  # the job did its work: it found out that a checkpoint does not load
            st.warning(plain(said))
        if wide or job.error_detail:
            with st.expander("Details", expanded=wide):
                st.caption(f"Job {job.id}, {job.kind}, attempt {job.attempts}, asked {ago(job.created_at)}")
                st.code(json.dumps(job.arguments, indent=2, ensure_ascii=False), language=None)
                if job.error_detail:
                    st.code(job.error_detail, language=None)
        actions(job, resting)


@st.fragment(run_every=1.0 if jobs.active_count(workspace()) else None)
def queue() -> None:
    """Every job, the active ones first; draws itself again while something is going on."""
    with states.shown():  # inside: Streamlit wraps what a fragment raises, and runs it alone later on
        lines()


def lines() -> None:
    """The job of the address, then the others."""
    if jobs.active_count(workspace()) and not jobs.worker_alive(workspace()):
        st.warning("No worker is running, so jobs wait. Start the server with `proofsheet serve`.")
    if asked is not None:
        with states.shown():
            one = jobs.get(workspace(), asked)
            line(one, True, paused([one]).get(one.id, ""))
    found = [job for job in jobs.every(workspace(), limit=100) if job.id != asked]
    resting = paused(found)
    for job in found:
        line(job, False, resting.get(job.id, ""))
    if not found and asked is None:
        states.empty("Nothing was asked for yet", "Evaluations, uploads and trainings appear here while they run.")


queue()
