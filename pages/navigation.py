"""The script that Streamlit runs for every page: the list of pages, then the one that was asked for."""

import streamlit as st

from pages.parts import frame, links, states

st.set_page_config(page_title="Proofsheet", page_icon="🎞️", layout="wide")
sections: dict[str, list[object]] = {}
for line in links.PAGES:
    sections.setdefault(line.section, []).append(links.page(line.name))
chosen = st.navigation(sections)
links.leave()
frame.style()
with states.shown():
    frame.sidebar()
with states.shown():
    chosen.run()
