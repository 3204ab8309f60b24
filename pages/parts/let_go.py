"""Where the pictures of a set were let go: what there is still, and the job that makes them again."""

from __future__ import annotations

import streamlit as st

from core import jobs, sets
from pages.parts import states
from pages.parts.house import workspace
from pages.parts.jobs import ask, outcome


def let_go(set_id: int, checkpoint_id: int, n: int, seed: int) -> bool:
    """Say so, with the button, where they were let go; False, and nothing drawn, where the pictures are there."""
    if not sets.let_go(workspace(), set_id):
        return False
    states.empty(
        "The pictures were let go",
        "They took space, and other checkpoints of the run were better. All numbers and scores are kept. The same "
        "latents give the same pictures again, in the same places.",
        ":material/auto_delete:",
    )
    key, arguments = f"again-{set_id}", {"checkpoint_id": checkpoint_id, "n": n, "seed": seed}
    outcome(key)
    busy = jobs.at_work(workspace(), "sample", arguments)
    if st.button("Being made" if busy else "Make them again", key=key, disabled=busy, icon=":material/replay:"):
        ask(key, "sample", arguments, 10)
        st.rerun()
    return True
