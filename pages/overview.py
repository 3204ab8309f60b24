"""Runs, newest checkpoints with their headline metrics, running jobs, and what needs a reviewer."""

import streamlit as st

from core import jobs, overview
from core.metrics import HEADLINE
from pages.parts import links, states
from pages.parts.house import workspace
from pages.parts.jobs import running
from pages.parts.numbers import headline
from pages.parts.words import plain

st.title("Which checkpoint ships?", anchor=False)
lines = overview.runs(workspace())
if not lines:
    states.empty("An empty workspace", "Two things are needed: real pictures to compare against, and a checkpoint.")
    links.link("references", "Add real pictures", icon=":material/photo_library:")
    links.link("checkpoints", "Register a checkpoint", icon=":material/deployed_code:")
if jobs.active_count(workspace()):
    running()
waiting = overview.to_review(workspace())
if waiting:
    with st.container(border=True):
        st.markdown(f"**{len(waiting)} evaluated checkpoint{'s' if len(waiting) > 1 else ''} without a verdict**")
        with st.container(horizontal=True):
            for line in waiting[:6]:
                links.link(
                    "review", plain(line.checkpoint.label), icon=":material/how_to_vote:", checkpoint=line.checkpoint.id
                )  # fmt: skip
for run in lines:
    with st.container(border=True):
        st.subheader(plain(run.run), anchor=False)
        st.caption(f"{run.evaluated} of {run.total} checkpoint{'s' if run.total > 1 else ''} evaluated")
        for line in run.newest:
            with st.container(horizontal=True, vertical_alignment="center"):
                with st.container(width=200):
                    links.link("checkpoints", f"**step {line.checkpoint.step:,}**", checkpoint=line.checkpoint.id)
                    if line.verdicts:
                        st.caption(", ".join(f"{n} {verdict}" for verdict, n in line.verdicts.items()))
                if line.checkpoint.error:
                    st.error(plain(line.checkpoint.error))
                elif line.evaluation is None:
                    st.caption("not evaluated yet")
                else:
                    headline(line.evaluation, HEADLINE)
        with st.container(horizontal=True):
            links.link("trends", "Trend", icon=":material/show_chart:", run=run.run)
            links.link("compare", "Compare its checkpoints", icon=":material/compare_arrows:", run=run.run)
