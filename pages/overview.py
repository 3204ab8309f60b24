"""Runs, newest checkpoints with their headline metrics, running jobs, and what needs a reviewer."""

import streamlit as st

from core import best, overview
from core import gallery as core_gallery
from core.best import Best
from core.gallery import Query
from core.metrics import HEADLINE, METRICS
from core.overview import Line, RunLine
from pages.parts import links, states
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.jobs import at_work
from pages.parts.numbers import headline, meanings
from pages.parts.words import plain

STRIP = 16  # pictures of the newest checkpoint: enough to see, few enough for one row
WAITING = 6  # checkpoints without a verdict that are named


def checkpoint(line: Line, verdicts: dict[str, str]) -> None:
    """One checkpoint: its step, what people said, its numbers."""
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width=150, gap=None):
            links.link("checkpoints", f"**step {line.checkpoint.step:,}**", checkpoint=line.checkpoint.id)
            if line.verdicts:
                st.caption(", ".join(f"{n} {verdict}" for verdict, n in line.verdicts.items()))
        if line.checkpoint.error:
            st.error(plain(line.checkpoint.error))
        elif line.evaluation is None:
            st.caption("not evaluated yet")
        else:
            headline(line.evaluation, HEADLINE, verdicts)


def card(run: RunLine, kept: Best | None) -> None:
    """One run: the answer, its newest checkpoints, pictures of the newest one."""
    with st.container(border=True):
        st.header(plain(run.run), anchor=False)
        st.caption(
            f"{run.evaluated} of {run.total} checkpoint{'s' if run.total > 1 else ''} evaluated. {plain(run.said)}"
        )
        if kept is not None:
            links.link(
                "trends", kept.in_short, run=run.run,
                icon=":material/workspace_premium:", help=plain(kept.sentence),
                against=kept.kept.point.evaluation.reference, features=kept.kept.point.evaluation.extractor,
            )  # fmt: skip
        for line in run.newest:
            verdicts = run.answer.verdicts if run.answer and line.evaluation == run.answer.evaluation_b else {}
            checkpoint(line, verdicts)
        for line in [line for line in run.newest if line.evaluation][:1]:
            assert line.evaluation is not None
            gallery(
                core_gallery.select(workspace(), Query(line.evaluation.set_id)).ids[:STRIP], rows=1, tile=56, height=0,
                key=f"newest-{line.checkpoint.id}", label=f"Pictures of {line.checkpoint.label}",
                on_open=links.to("gallery", set=line.evaluation.set_id),
            )  # fmt: skip
        with st.container(horizontal=True):
            links.link("trends", "Trend", icon=":material/show_chart:", run=run.run)
            links.link("compare", "Compare its checkpoints", icon=":material/compare_arrows:", run=run.run)
            if run.trained_here:
                links.link("train", "Training", icon=":material/model_training:", training=f"run:{run.run}")


st.title("Which checkpoint ships?", anchor=False)
lines = overview.runs(workspace())
if not lines:
    states.empty("An empty workspace", "Two things are needed: real pictures to compare against, and a checkpoint.")
    links.link("references", "Add real pictures", icon=":material/photo_library:")
    links.link("checkpoints", "Register a checkpoint", icon=":material/deployed_code:")
at_work()
waiting = overview.to_review(workspace())
if waiting:
    with st.container(border=True):
        st.markdown(f"**{len(waiting)} evaluated checkpoint{'s' if len(waiting) > 1 else ''} without a verdict**")
        with st.container(horizontal=True):
            for view in waiting[:WAITING]:
                links.link("review", plain(view.label), icon=":material/how_to_vote:", checkpoint=view.id)
            if len(waiting) > WAITING:
                st.caption(f"and {len(waiting) - WAITING:,} older")
choices = best.of_runs(workspace(), [run.run for run in lines])
for run in lines:
    card(run, choices.get(run.run))
if lines:
    meanings([(m.name, m.title) for m in METRICS if m.name in HEADLINE])
    st.caption("▲ better, ▼ worse, ○ cannot tell: the newest checkpoint against the one before, at 95%.")
