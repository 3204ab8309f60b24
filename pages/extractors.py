"""What turns pictures into vectors: bring your own, get published weights, see what a network thinks alike."""

import streamlit as st

from core import shelf
from pages.parts import pickers, states, wall
from pages.parts.extractor import KEY, bring_form, facts, first_look, own
from pages.parts.house import workspace
from pages.parts.jobs import at_work, outcome
from pages.parts.tables import table
from pages.parts.words import plain

st.title("Extractors", anchor=False)
at_work()
wall.banner()
if done := outcome(KEY):
    st.query_params["extractor"] = done.result["extractor"]
with st.expander("Bring your own", icon=":material/upload_file:"), states.shown():
    st.write(
        "A network that takes pictures, and gives rows, tokens or a map. It is tried first; then it can be chosen "
        "wherever features are."
    )
    bring_form()
archived = st.toggle("Show archived ones", key="archived-extractors")
asked = st.query_params.get("extractor", "")
every = shelf.every(workspace(), archived=True)
found = {view.name: view for view in every if archived or not view.archived or view.name == asked}
view = found[pickers.pick("extractor", "Extractor", {
    name: f"{one.title}{' (archived)' if one.archived else ''}" for name, one in found.items()
})]  # fmt: skip
outcome(f"fetch-{view.name}")
left, right = st.columns([3, 2])
with left, states.shown():
    facts(view)
    if view.origin == "own":
        own(view)
with right, states.shown():
    if not view.missing:
        first_look(view)
with st.expander("All of them", expanded=not asked, icon=":material/list:"):
    table(
        {
            "Extractor": [one.name for one in found.values()],
            "Comes": [one.origin for one in found.values()],
            "Numbers": [f"{one.dim:,}" if one.dim else "" for one in found.values()],
            "State": [one.state for one in found.values()],
            "Sets": [str(one.sets or "") for one in found.values()],
            "Evaluations": [str(one.evaluations or "") for one in found.values()],
        },
        key="extractors", words=["Comes", "State"], alt="Every extractor, its width, its state and where it was used",
    )  # fmt: skip
    for name, reason in shelf.left_out().items():
        st.caption(f"{plain(name)} is left out: {plain(reason)}.")
