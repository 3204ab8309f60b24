"""Choosing what to look at. Choices live in the address, so that every view can be sent to somebody."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

import streamlit as st

from core import checkpoints, sets, shelf, similarity
from core.errors import NotFound
from core.sets import SetView
from pages.parts.house import workspace
from pages.parts.words import bare, plain

NUMBER = re.compile("[0-9]{1,18}")  # what SQLite holds as an integer
Key = TypeVar("Key", bound=Hashable)


def pick(
    name: str, label: str, options: Mapping[Key, str], *, default: Key | None = None, help: str | None = None,
    of: object = "",
) -> Key:  # fmt: skip
    """A select box bound to the address parameter `name`. `options` (not empty) maps what goes into the address to
    what is shown. An unknown value in the address is said, and the default taken. `of`: what is chosen for one is not
    chosen for another."""
    asked = st.query_params.get(name)
    by_text = {str(key): key for key in options}
    first = default if default in options else next(iter(options))
    if asked is not None and asked not in by_text:
        st.warning(f"{plain(label)}: there is no {plain(asked[:60])} here (any more); showing another.")
    state = f"pick-{name}-{label}-{of}"
    if _address_moved(state, asked) or st.session_state.get(state) not in options:
        st.session_state[state] = by_text.get(asked or "", first)
    chosen: Key = st.selectbox(label, list(options), format_func=lambda key: bare(options[key]), key=state, help=help)
    if chosen != by_text.get(asked or "", first):
        st.query_params[name] = str(chosen)
        _address_moved(state, str(chosen))
    return chosen


def several(name: str, label: str, options: Mapping[str, str], default: Sequence[str]) -> list[str]:
    """Like `pick`, for any number of them; `default` where the address names none."""
    asked = st.query_params.get_all(name)
    for text in dict.fromkeys(asked):
        if text not in options:
            st.warning(f"{plain(label)}: there is no {plain(text[:60])} here (any more).")
    first = [text for text in asked if text in options] or list(default)
    state = f"pick-{name}-{label}"
    if _address_moved(state, asked) or any(one not in options for one in st.session_state.get(state, [None])):
        st.session_state[state] = first
    chosen = st.multiselect(label, list(options), format_func=lambda key: bare(options[key]), key=state)
    if chosen != first:
        st.query_params[name] = chosen
        _address_moved(state, st.query_params.get_all(name))
    return chosen


def _address_moved(state: str, asked: str | list[str] | None) -> bool:
    """Whether the address says something else than when the picker was last drawn: somebody followed a link, or went
    back. Only what a person picked is written there, never a default: each write is a step of the back button."""
    moved = st.session_state.get(f"{state}-address", asked) != asked
    st.session_state[f"{state}-address"] = asked
    return moved


def asked_id(name: str) -> int | None:
    """A number in the address, or None; what is no number is said."""
    text = st.query_params.get(name)
    if text is None:
        return None
    if not NUMBER.fullmatch(text):
        st.warning(f"'{plain(text[:60])}' in the address is no {plain(name)}.")
        return None
    return int(text)


def picture_set(
    name: str = "set", label: str = "Pictures", kind: str | None = None, first: str = "sample"
) -> SetView | None:
    """One of the workspace's sets, of one `kind` or those of kind `first` first; an archived one only where the
    address names it. None when there is none yet."""
    every = sorted(sets.every(workspace()), key=lambda view: view.kind != first)
    views = {view.set_id: view for view in every if kind in (None, view.kind)}
    asked = st.query_params.get(name, "")
    if NUMBER.fullmatch(asked) and int(asked) not in views:
        with suppress(NotFound):
            found = sets.get(workspace(), int(asked))
            if kind in (None, found.kind):
                views[found.set_id] = found
    if not views:
        return None
    return views[pick(name, label, {number: view.title for number, view in views.items()})]


def extractor(name: str = "extractor", only: list[str] | None = None) -> str:
    """One of the extractors, or of those named; with steps of preprocessing before it where a person asks for them."""
    known = {k.name: k.title for k in shelf.known(workspace()) if only is None or k.name in only}
    asked = st.query_params.get(name, "")
    with suppress(NotFound):
        known.setdefault(asked, shelf.get(workspace(), asked).title)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        with st.container(width=260):
            chosen = pick(
                name, "Features", known,
                help="How pictures become vectors. Deep features see objects; the others see colour, texture or shape.",
            )  # fmt: skip
        if only is None:
            with st.popover("Prepare", icon=":material/crop_rotate:", type="tertiary"):
                st.caption("Done to every picture before its features are taken.")
                steps = preparation(name)
                if st.button("Use these features", key=f"prepared-{name}"):
                    st.query_params[name] = chosen.partition("+")[0] + steps
                    st.rerun()
    return chosen


def preparation(key: str) -> str:
    """What is done to pictures before an extractor, as the end of its name; empty for nothing."""
    crops = {"": "the whole picture", "+centre-crop": "the middle, 87%", "+random-crop": "anywhere, 87%"}
    turns = {"": "as it is", "+rotate-90": "90°", "+rotate-180": "180°", "+rotate-270": "270°"}
    crop = st.selectbox("Crop", list(crops), format_func=crops.__getitem__, key=f"crop-{key}")
    turn = st.selectbox("Turn, anticlockwise", list(turns), format_func=turns.__getitem__, key=f"turn-{key}")
    grey = st.checkbox("Grey", key=f"grey-{key}")
    return crop + turn + ("+grey" if grey else "")


def measure(extractor_name: str, name: str = "measure", distances: bool = False) -> str:
    """One of the measures that make sense for this extractor; as `distances`, a similarity is 1 - similarity."""
    kind = shelf.get(workspace(), extractor_name)
    fitting = similarity.applicable(kind.histogram, kind.deep)
    return pick(name, "Measure", {m.name: m.distance_title if distances else m.title for m in fitting})


def checkpoint(
    name: str = "checkpoint", label: str = "Checkpoint", default: int | None = None, archived: bool = False
) -> int | None:
    """One of the checkpoints, newest step first; archived ones when they are wanted or the address names one. None
    when there is none yet."""
    asked = st.query_params.get(name)
    found = {
        view.id: f"{view.label}{' (archived)' if view.archived else ''}"
        for view in checkpoints.every(workspace(), archived=True)[::-1]
        if archived or not view.archived or str(view.id) == asked
    }
    return pick(name, label, found, default=default) if found else None
