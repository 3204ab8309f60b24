"""Real pictures to compare against: upload, what was taken in and what was refused, the versions."""

import streamlit as st

from core import references
from core.gallery import Query, select
from pages.parts import links, pickers, states
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.jobs import ask, at_work, outcome
from pages.parts.upload import forget, upload
from pages.parts.words import ago, plain

KEY = "reference-upload"
FEW = 10  # refused files that are shown unasked
st.title("References", anchor=False)
at_work()
if done := outcome(KEY):
    st.query_params["set"] = str(done.result["set_id"])
archived = st.session_state.get("archived-references", False)
found = references.every(workspace(), archived=archived)
with st.expander("Add real pictures", expanded=not found, icon=":material/add_photo_alternate:"):
    came = upload(
        "A zip, pictures, a folder of them, a .npy or .npz array, or IDX .gz files. Sub-folders become labels.",
        key=KEY, folder=True,
    )  # fmt: skip
    name = st.text_input("Name", placeholder="faces", help="The same name again makes a new version.", key="ref-name")
    held_out = st.slider(
        "Held-out share", 0.0, 0.5, 0.1, 0.05, key="ref-held-out",
        help="Real pictures that no metric compares against: the control when you look for copies.",
    )  # fmt: skip
    note = st.text_input("Note", placeholder="where they come from, who may see them", key="ref-note")
    if st.button("Take them in", type="primary", disabled=not (came and name.strip())) and came:
        path, names = came
        with states.shown():
            ask(
                KEY, "reference",
                {
                    "name": name.strip(), "path": str(path.relative_to(workspace().uploads)), "held_out": held_out,
                    "note": note, "source": names[0] if len(names) == 1 else f"{len(names)} files", "remove_path": True,
                },
                priority=10,
            )  # fmt: skip
            forget(KEY)
            st.rerun()

st.toggle("Show archived ones", key="archived-references")
if not found:
    states.empty("No reference set yet", "Every number here is measured against real pictures. Add some above.")
    st.stop()
asked = st.query_params.get("set")
found = [view for view in references.every(workspace(), archived=True) if view in found or str(view.set_id) == asked]
options = {view.set_id: f"{view.label}{' (archived)' if view.archived else ''}" for view in found}
view = references.get(workspace(), pickers.pick("set", "Reference set", options))
with st.container(horizontal=True):
    st.metric("Pictures", f"{view.m:,}", width=150)
    st.metric("Held out", f"{view.held_out:,}", width=150, help="Real pictures that no metric compares against.")
    st.metric("Refused", f"{len(view.refused):,}", width=150)
shelf = " · archived" if view.archived else ""
st.caption(f"{plain(view.source)}, added {ago(view.created_at)}{shelf}. {plain(view.note)}")
if view.refused:
    with st.expander(f"{len(view.refused):,} not taken in, and why", expanded=len(view.refused) <= FEW):
        st.dataframe(
            {"File": [r["name"] for r in view.refused], "Why": [r["reason"] for r in view.refused]}, hide_index=True
        )  # fmt: skip
gallery(
    select(workspace(), Query(view.set_id)).ids[:500], key=f"reference-{view.set_id}", label=view.label, height=300,
    on_open=links.to("gallery", set=view.set_id),
)  # fmt: skip
with st.container(horizontal=True, vertical_alignment="center"):
    links.link("gallery", "All in the gallery", icon=":material/grid_view:", set=view.set_id)
    links.link("train", "Train a generator on them", icon=":material/model_training:", training="new",
               reference=view.set_id)  # fmt: skip
    if st.button("Bring back" if view.archived else "Archive this version", icon=":material/archive:"):
        references.archive(workspace(), view.set_id, not view.archived)
        st.query_params.pop("set", None)
        st.rerun()
