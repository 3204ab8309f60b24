"""Train a generator on real pictures: ask for it, watch it learn, pause it, go on."""

import streamlit as st

from core import references
from core.training import runs
from pages.parts import links, pickers, states
from pages.parts.house import workspace
from pages.parts.training import form, watched

NEW = "new"
st.title("Train", anchor=False)
names = runs.every(workspace())
if not names and not references.every(workspace()):
    states.empty("No reference set yet", "A generator learns from real pictures: add some first.")
    links.link("references", "Add real pictures", icon=":material/photo_library:")
    st.stop()
# A run may be called anything, so what is in the address says what it is.
options = {f"run:{name}": name for name in names} | {NEW: "A new training"}
with st.container(width=420):
    chosen = pickers.pick("training", "Training", options)
if chosen == NEW:
    form()
else:
    watched(chosen.removeprefix("run:"))
