"""Register a checkpoint, see what was found in it, evaluate it, archive it."""

import streamlit as st

from core import checkpoints, compare, results
from core.gallery import Query, select
from core.review import Subject
from pages.parts import findings, links, pickers, states, wall
from pages.parts.checkpoint import evaluate_form, facts, overrides_form, register_form, smoothness
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.jobs import at_work, outcome
from pages.parts.let_go import let_go
from pages.parts.numbers import meanings, values
from pages.parts.picture import judge
from pages.parts.reconstruction import reconstruction, with_encoder
from pages.parts.watch import watching
from pages.parts.words import plain

st.title("Checkpoints", anchor=False)
at_work()
wall.banner()
archived = st.session_state.get("archived", False)
found = checkpoints.every(workspace(), archived=archived)
with st.expander("Register a checkpoint", expanded=not found, icon=":material/upload_file:"), states.shown():
    register_form()
watching()
st.toggle("Show archived ones", key="archived")
number = pickers.checkpoint(archived=archived)
if number is None:
    states.empty("No checkpoint yet", "Register a .keras, a whole-model .h5 or an .onnx generator above.")
    st.stop()
with states.shown():
    view = checkpoints.get(workspace(), number)
    left, right = st.columns([3, 2])
    with left:
        facts(view)
        if view.takes_pictures:
            reconstruction(view)
        outcome(f"evaluate-{view.id}")
        measured = results.every(workspace(), view.id)
        if not view.takes_pictures:
            with st.expander("Evaluate it", expanded=not measured, icon=":material/speed:"):
                evaluate_form(view)
        for evaluation in measured:
            st.markdown(f"**{plain(evaluation.protocol)}**")
            if evaluation.made_by:
                st.caption(f"Pictures {plain(evaluation.made_by)}.")
            before = compare.with_previous(workspace(), view.id, evaluation)
            if before is not None:
                said = plain(before[1].sentence)
                links.link("compare", said, icon=":material/compare_arrows:", a=before[0], b=view.id)
            values(list(evaluation.values.values()), f"values-{evaluation.id}", results.absent(workspace(), evaluation))
            with st.container(horizontal=True):
                links.link("gallery", "Pictures", icon=":material/grid_view:", set=evaluation.set_id)
                links.link("distributions", "Distances", icon=":material/bar_chart:", set=evaluation.set_id,
                           reference=evaluation.reference_set_id, extractor=evaluation.extractor)  # fmt: skip
                findings.of_evaluation(view.id, evaluation, view.spec.get("classes", 0))
                links.link("review", "Review", icon=":material/how_to_vote:", checkpoint=view.id)
        if not view.takes_pictures:
            smoothness(view)
            with_encoder(view)
        if measured:
            meanings([(value.metric, value.title) for value in measured[0].values.values()])
    with right:
        for evaluation in measured[:1]:
            if let_go(evaluation.set_id, view.id, evaluation.n, evaluation.seed):
                continue
            gallery(
                select(workspace(), Query(evaluation.set_id)).ids[:36], key=f"samples-{view.id}", rows=5, tile=72,
                label=f"Samples of {view.label}", height=0,
                on_open=links.to("gallery", set=evaluation.set_id),
            )  # fmt: skip
        judge(Subject(checkpoint_id=view.id))
        overrides_form(view)
        if st.button("Bring back" if view.archived else "Archive", icon=":material/archive:"):
            checkpoints.archive(workspace(), view.id, not view.archived)
            st.rerun()
