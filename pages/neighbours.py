"""Any picture, and what lies nearest to it; two pictures under every measure."""

import streamlit as st

from core import images, neighbours, similarity
from core.embeddings import NotEmbedded
from core.gallery import Query, select
from core.numbers import number
from pages.parts import links, pickers, states
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.missing import offer_embedding
from pages.parts.picture import large
from pages.parts.tables import table
from pages.parts.words import plain

st.title("Neighbours", anchor=False)
view = pickers.picture_set("set", "Look among", first="reference")
if view is None:
    states.empty("No pictures yet", "Add real pictures or evaluate a checkpoint first.")
    links.link("references", "Add real pictures", icon=":material/photo_library:")
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    with st.container(width=390):
        extractor = pickers.extractor()
    with st.container(width=200):
        measure = pickers.measure(extractor)
    k = st.number_input("How many", 1, 200, 24, key="k", bind="query-params", width=130)
    if view.m < view.n:
        with st.container(width=170):
            part = pickers.pick("part", "Part", {p: p.title() for p in ("reference", "control", "all")})
    else:
        part = "all"
uploaded = st.file_uploader("A picture of your own", type=["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"],
                            key=f"upload-{st.session_state.get('uploads', 0)}")  # fmt: skip
image_id = pickers.asked_id("image")
if uploaded is None and image_id is None:
    found = select(workspace(), Query(view.set_id))
    image_id = int(found.ids[0]) if len(found.ids) else None


def step(image: int) -> None:
    """On to the neighbours of another picture, away from an uploaded one; it is compared with its own nearest."""
    if uploaded is not None:
        st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1
    st.query_params.pop("other", None)
    st.query_params.update({"set": str(view.set_id), "image": str(image)})


def ask() -> list[neighbours.Neighbour]:
    """The neighbours of the upload, or of the stored picture."""
    if uploaded is not None:
        picture = images.decode(uploaded.getvalue(), uploaded.name)
        st.image(picture.squeeze(), caption=plain(uploaded.name), width=240)
        return neighbours.of_picture(workspace(), picture, view.set_id, extractor, measure, k, part)
    large(image_id, f"query-{image_id}", "The picture asked about", 240)
    links.link("gallery", f"Picture {image_id} in the gallery", image=image_id)
    return neighbours.of_image(workspace(), image_id, view.set_id, extractor, measure, k, part)


nearest: list[neighbours.Neighbour] = []
left, right = st.columns([1, 3])
with states.shown():
    try:
        with left:
            st.markdown("**The picture**")
            nearest = ask()
    except NotEmbedded as error:
        offer_embedding(error, [view.set_id], extractor, view.set_id if view.kind == "reference" else None)
        st.stop()
    with right:
        st.markdown(f"**Its {len(nearest)} nearest in {plain(view.title)}** · click one for its own neighbours")
        labelled = ", then its label" if any(n.label for n in nearest) else ""
        st.caption(f"Below each: {similarity.get(measure).title}{labelled}.")
        gallery(
            [n.image_id for n in nearest], key="nearest", label="Nearest pictures", height=0,
            captions=[f"{number(n.value)}{f' · {n.label}' if n.label else ''}" for n in nearest], on_open=step,
        )  # fmt: skip
if uploaded is None and image_id is not None and nearest:
    st.header("Two pictures under every measure", anchor=False)
    with states.shown():
        others = {n.image_id: f"picture {n.image_id} ({number(n.value)})" for n in nearest if n.image_id != image_id}
        if others:
            other = pickers.pick("other", "Compare with", others, of=image_id)
            real = view.set_id if view.kind == "reference" else None
            gallery([image_id, other], key="pair", label="The two pictures", columns=2, tile=200, height=0)
            rows = neighbours.pair(workspace(), image_id, other, real)
            table(
                {
                    "Features": [r.extractor or "the pictures themselves" for r in rows],
                    "Measure": [r.measure for r in rows],
                    "Value": [number(r.value) for r in rows],
                    "Kind": [r.kind for r in rows],
                    "Note": [r.note for r in rows],
                },
                key="pair", words=["Measure", "Kind", "Note"], height=440,
                alt="How alike the two pictures are under every measure",
            )  # fmt: skip
