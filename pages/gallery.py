"""The pictures of a set, sorted and filtered by any score; one opened large beside them."""

import streamlit as st

from core import gallery as core_gallery
from core import reports, review, scores, sets
from core.gallery import PARTS, UNSEEN, Query
from pages.parts import links, pickers, states
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.let_go import let_go
from pages.parts.picture import detail
from pages.parts.words import plain

st.title("Gallery", anchor=False)
view = pickers.picture_set()
if view is None:
    states.empty("No pictures yet", "Evaluate a checkpoint, or add a reference set of real pictures.")
    links.link("checkpoints", "Register a checkpoint", icon=":material/deployed_code:")
    links.link("references", "Add a reference set", icon=":material/photo_library:")
    st.stop()

made = sets.made_from(workspace(), view.set_id)
if made is not None and let_go(view.set_id, *made):
    st.stop()
columns = scores.columns(workspace(), view.set_id)
group = None
if (number := pickers.asked_id("report")) is not None:
    with states.shown():
        named = reports.group(workspace(), number, st.query_params.get("group", ""))
        group = named if named.set_id == view.set_id else None


def show_all() -> None:
    for name in ("report", "group"):
        st.query_params.pop(name, None)


if group is not None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Only:** {plain(group.title)}", width="content")
        st.button("Show all pictures", icon=":material/filter_alt_off:", on_click=show_all)
with st.container(horizontal=True, vertical_alignment="bottom"):
    with st.container(width=240):
        sort = pickers.pick("sort", "Sort by", {"": "Position"} | {c.name: c.title for c in columns})
    descending = st.toggle("Highest first", key="descending", bind="query-params", disabled=not sort)
    with st.container(width=170):
        verdict = pickers.pick(
            "verdict", "Verdict", {"": "Any", UNSEEN: "Unseen"} | {v: v.title() for v in review.VERDICTS}
        )
    everything = core_gallery.select(workspace(), Query(view.set_id, sort))
    label, tag, part = "", "", "all"
    if everything.labels:
        with st.container(width=170):
            label = pickers.pick("label", "Label", {"": "Any"} | {x: x for x in everything.labels})
    if tags := core_gallery.tags(workspace(), view.set_id):
        with st.container(width=170):
            tag = pickers.pick("tag", "Tag", {"": "Any"} | {x: x for x in tags})
    if view.m < view.n:
        with st.container(width=170):
            part = pickers.pick("part", "Part", {p: p.title() for p in PARTS})
low, high = None, None
if everything.bounds and everything.bounds[0] < everything.bounds[1]:
    title = next(c.title for c in columns if c.name == sort)
    low, high = st.slider(title, *everything.bounds, value=everything.bounds, key=f"range-{view.set_id}-{sort}")

shown = core_gallery.select(
    workspace(),
    Query(
        view.set_id, sort, descending, low, high, label, verdict, tag, part, tuple(group.positions) if group else None
    ),
)  # fmt: skip
opened = pickers.asked_id("image")


def open_picture(image_id: int) -> None:
    st.query_params.update({"set": str(view.set_id), "image": str(image_id)})


def close_picture() -> None:
    st.query_params.pop("image", None)


st.caption(
    f"{len(shown.ids):,} of {shown.total:,} pictures. Arrow keys move, Enter opens, Esc closes, a / r / u / c judge."
)
# The grid keeps its place on the page whether a picture is open or not: moved, it would lose its focus.
with st.container(horizontal=True, key="gallery-split"):
    with st.container(key="gallery-grid"):
        if len(shown.ids):
            gallery(
                shown.ids, key=f"gallery-{view.set_id}", label=view.title, values=shown.values, open_id=opened,
                vote_in=view.set_id, height=640, on_open=open_picture, on_close=close_picture,
            )  # fmt: skip
        else:
            states.empty("No picture fits", "Widen the range, or take a filter away.", ":material/filter_alt_off:")
    if opened is not None:
        with st.container(key="gallery-detail"), states.shown():
            st.button("Close", icon=":material/close:", on_click=close_picture)
            detail(opened, view.set_id)
