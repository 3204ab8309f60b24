"""What stands around every page: its looks, and the state of the work in the sidebar."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core import jobs
from pages.parts import links, wall
from pages.parts.house import workspace

STYLE = f"<style>{(Path(__file__).parent / 'frame.css').read_text(encoding='utf-8')}</style>"


def style() -> None:
    """Less air, digits of one width, buttons that fingers hit."""
    st.html(STYLE)


def sidebar() -> None:
    """Running work, and a warning when nobody does it; another where no wall stands around models."""
    wall.reminder()
    if jobs.active_count(workspace()):
        with st.sidebar:
            _work()


@st.fragment(run_every=2.0)
def _work() -> None:
    """Looks again by itself while something runs, on whatever page."""
    opened = workspace()
    active = jobs.active_count(opened)
    if active:
        links.link("jobs", f"{active} job{'s' if active > 1 else ''} at work", icon=":material/pending_actions:")
    if active and not jobs.worker_alive(opened):
        st.warning("No worker is running, so jobs wait. Start the server with `proofsheet serve`.")
