"""An upload field whose files go straight to the server's disk: Streamlit's own keeps them in memory."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core import uploads
from pages.parts.house import workspace

HERE = Path(__file__).parent
_field = st.components.v2.component(
    "proofsheet_upload",
    css=(HERE / "upload.css").read_text(encoding="utf-8"),
    js=(HERE / "upload.js").read_text(encoding="utf-8"),
)


def upload(label: str, *, key: str, folder: bool = False) -> tuple[Path, list[str]] | None:
    """What was uploaded here: the path (the file itself, or the folder that holds several) and the names; None
    before. It stays until `forget`."""
    ticket_key, found_key = f"{key}-ticket", f"{key}-uploaded"
    if ticket_key not in st.session_state:
        st.session_state[ticket_key] = uploads.ticket(workspace())

    def arrived() -> None:
        came = (st.session_state.get(key) or {}).get("uploaded")
        if came and came.get("ticket") == st.session_state[ticket_key]:
            st.session_state[found_key] = [str(name) for name in came["names"]]

    _field(
        key=key,
        data={"ticket": st.session_state[ticket_key], "label": label, "folder": folder},
        on_uploaded_change=arrived,
    )  # fmt: skip
    names = st.session_state.get(found_key)
    if not names:
        return None
    base = uploads.folder(workspace(), st.session_state[ticket_key])
    tops = {name.split("/")[0] for name in names}
    return (base / tops.pop() if len(tops) == 1 else base), names


def forget(key: str) -> None:
    """The files are on their way: the next upload gets a ticket, and so a folder, of its own."""
    st.session_state.pop(f"{key}-ticket", None)
    st.session_state.pop(f"{key}-uploaded", None)
