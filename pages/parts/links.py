"""Every page and every link between pages is made here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

FOLDER = Path(__file__).parents[1]
LEAVING = "leaving"


@dataclass(frozen=True)
class PageLine:
    """A page: its file is `pages/{name}.py`, its address `/{name}`."""

    name: str
    title: str
    icon: str
    section: str


PAGES = (
    PageLine("overview", "Overview", ":material/dashboard:", "Decide"),
    PageLine("trends", "Trends", ":material/show_chart:", "Decide"),
    PageLine("compare", "Compare", ":material/compare_arrows:", "Decide"),
    PageLine("review", "Review", ":material/how_to_vote:", "Decide"),
    PageLine("self_check", "Self-check", ":material/experiment:", "Decide"),
    PageLine("improve", "Improve", ":material/auto_fix_high:", "Decide"),
    PageLine("gallery", "Gallery", ":material/grid_view:", "Look"),
    PageLine("neighbours", "Neighbours", ":material/hub:", "Look"),
    PageLine("distributions", "Distributions", ":material/bar_chart:", "Look"),
    PageLine("choose", "Choose a measure", ":material/rule:", "Look"),
    PageLine("copies", "Copies", ":material/content_copy:", "Look"),
    PageLine("missing_modes", "Missing modes", ":material/blur_off:", "Look"),
    PageLine("slices", "Slices", ":material/pie_chart:", "Look"),
    PageLine("train", "Train", ":material/model_training:", "Feed"),
    PageLine("checkpoints", "Checkpoints", ":material/deployed_code:", "Feed"),
    PageLine("references", "References", ":material/photo_library:", "Feed"),
    PageLine("extractors", "Extractors", ":material/scatter_plot:", "Feed"),
    PageLine("jobs", "Jobs", ":material/pending_actions:", "Feed"),
)
FIRST = PAGES[0].name
"""Shown at the root. Streamlit gives it no address by name; `pages.routes` does."""


def page(name: str) -> Any:
    """The Streamlit page of this name."""
    line = next(p for p in PAGES if p.name == name)
    return st.Page(
        FOLDER / f"{name}.py", title=line.title, icon=line.icon, url_path=name, default=line is PAGES[0]
    )  # fmt: skip


def link(name: str, label: str, *, icon: str | None = None, help: str | None = None, **parameters: object) -> None:
    """A link to a page with an address of its own, e.g. `link("checkpoints", "step 3", checkpoint=7)`. `label` is
    Markdown: escape strangers' words by `parts.words.plain`."""
    st.page_link(page(name), label=label, icon=icon, help=help, query_params=_text(parameters))


def go(name: str, **parameters: object) -> None:
    """Leave for another page at once."""
    st.switch_page(page(name), query_params=_text(parameters))


def to(name: str, **parameters: object) -> Callable[[int], None]:
    """For a gallery's `on_open`: leave for a page with the picture that was opened as its `image`."""

    def open_there(image: int) -> None:
        st.session_state[LEAVING] = (name, {**parameters, "image": image})

    return open_there


def leave() -> None:
    """Go where a click led (see `to`), before anything is drawn that nobody will see."""
    if LEAVING in st.session_state:
        name, parameters = st.session_state.pop(LEAVING)
        go(name, **parameters)


def address(name: str, **parameters: object) -> str:
    """The address as text, for tables."""
    query = urlencode(_text(parameters))
    return f"/{'' if name == FIRST else name}{'?' + query if query else ''}"


def _text(parameters: dict[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in parameters.items() if value is not None}
