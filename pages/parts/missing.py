"""Feature vectors that are not there yet: say so, and offer the job that makes them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core import embeddings, jobs, sets
from core.errors import ProofsheetError
from pages.parts.house import workspace
from pages.parts.jobs import running
from pages.parts.words import plain


def offer_embedding(
    error: ProofsheetError, set_ids: Sequence[int], extractor: str, reference_set_id: int | None
) -> None:
    """`set_ids`: the sets the page needs under `extractor`."""
    st.info(plain(error), icon=":material/hourglass_empty:")
    missing = [s for s in dict.fromkeys(set_ids) if embeddings.find(workspace(), s, extractor) is None]
    if st.button("Make the vectors now", type="primary"):
        for number in missing:
            real = number if sets.get(workspace(), number).kind == "reference" else reference_set_id
            arguments = {"set_id": number, "extractor": extractor, "reference_set_id": real}
            jobs.submit(workspace(), "embed", arguments, priority=10)
    if jobs.active_count(workspace()):
        running()
