"""The picture grid: a component of our own, since `st.image` in columns takes seconds for a thousand pictures."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core import review
from pages.parts import states
from pages.parts.house import workspace

HERE = Path(__file__).parent
_grid = st.components.v2.component(
    "proofsheet_gallery",
    css=(HERE / "gallery.css").read_text(encoding="utf-8"),
    js=(HERE / "gallery.js").read_text(encoding="utf-8"),
)
TALL = 560
"""Pixels; taller grids scroll inside."""


def gallery(
    ids: Sequence[int] | Any,
    *,
    key: str,
    label: str,
    values: Any = None,
    captions: Sequence[str] | None = None,
    tile: int = 96,
    columns: int | None = None,
    rows: int | None = None,
    height: int = TALL,
    open_id: int | None = None,
    vote_in: int | None = None,
    reveal: bool = False,
    on_open: Callable[[int], None] | None = None,
    on_close: Callable[[], None] | None = None,
) -> None:
    """Show pictures by id. `values` (N,) or `captions` are written below; `columns` fixes the number across, `rows`
    shows no more than fit in as many rows; `reveal` scrolls the page to a new picture.

    `on_open(id)` is called when one is clicked or Enter is pressed, `on_close()` at Escape. `vote_in` (a set id) turns
    the verdict keys on: a approve, r reject, u unsure, c clear; what a reviewer presses is stored before the page is
    drawn again.
    """
    numbers = np.asarray(ids, dtype="<i4")
    scores = None if values is None else np.asarray(values, dtype="<f4")
    stamp = hashlib.sha256(numbers.tobytes() + (b"" if scores is None else scores.tobytes())).hexdigest()
    voting = vote_in is not None

    def stored() -> None:
        log = (st.session_state.get(key) or {}).get("log")
        if voting and log:
            with states.shown():
                review.store_log(workspace(), log)

    def opened() -> None:
        chosen = (st.session_state.get(key) or {}).get("opened")
        if chosen is not None and on_open is not None:
            on_open(int(chosen))

    def closed() -> None:
        if on_close is not None:
            on_close()

    log = (st.session_state.get(key) or {}).get("log") or {}
    marks: Mapping[int, str] = review.verdicts(workspace(), numbers.tolist()) if voting else {}
    _grid(
        key=key,
        data={
            "ids": base64.b64encode(numbers.tobytes()).decode(),
            "values": None if scores is None else base64.b64encode(scores.tobytes()).decode(),
            "captions": None if captions is None else list(captions),
            "stamp": stamp + str(hash(tuple(captions)) if captions else ""),
            "label": label, "tile": tile, "columns": columns, "rows": rows, "height": height, "reveal": reveal,
            "uuid": workspace().uuid, "open": open_id, "vote": voting, "set": vote_in,
            "marks": {str(k): v for k, v in marks.items()},
            "acked": review.acknowledged(workspace(), str(log.get("client", ""))) if voting else {},
        },
        default={"log": None},
        on_log_change=stored,
        on_opened_change=opened,
        on_closed_change=closed,
    )  # fmt: skip
