"""Whether a wall stands around models: said on every page where it does not, loudest where models are brought in."""

from __future__ import annotations

import streamlit as st

from core.wall import state
from pages.parts.house import workspace


def banner() -> None:
    """For the pages that bring models in; nothing where the wall stands."""
    if said := state().banner(workspace().settings.rules):
        st.warning(said, icon=":material/gpp_maybe:")


def reminder() -> None:
    """For the sidebar of every page."""
    if not state().walled:
        st.sidebar.warning("No wall stands around models on this machine.", icon=":material/gpp_maybe:")
