"""What stands around every page: the state of the work, in the sidebar."""

from __future__ import annotations

import streamlit as st

from core import jobs
from pages.parts import links
from pages.parts.house import workspace


def sidebar() -> None:
    """Running work, and a warning when nobody does it."""
    opened = workspace()
    with st.sidebar:
        active = jobs.active_count(opened)
        if active:
            links.link("jobs", f"{active} job{'s' if active > 1 else ''} at work", icon=":material/pending_actions:")
        if active and not jobs.worker_alive(opened):
            st.warning("No worker is running, so jobs wait. Start the server with `proofsheet serve`.")
