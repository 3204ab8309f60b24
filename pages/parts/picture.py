"""One picture, large, with all that is known of it."""

from __future__ import annotations

import streamlit as st

from core import gallery as core_gallery
from core import review
from core.gallery import Place
from core.review import Subject
from pages.parts import links
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.words import ago, number, plain

SIGNS = {"approve": "✓ approve", "reject": "✗ reject", "unsure": "? unsure"}


def large(image_id: int, key: str, label: str, side: int = 320) -> None:
    """The picture alone, grown by whole steps."""
    gallery([image_id], key=key, label=label, tile=side, columns=1, height=0)


def detail(image_id: int, set_id: int | None = None) -> None:
    """Picture, scores, where it lies, verdict, tags and notes. Raises NotFound for an unknown id."""
    view = core_gallery.picture(workspace(), image_id)
    place = next((p for p in view.places if p.view.set_id == set_id), view.places[0] if view.places else None)
    large(image_id, f"large-{image_id}", f"Picture {image_id}, large")
    st.caption(f"Picture {image_id} · {view.width} × {view.height} · {'grey' if view.channels == 1 else 'RGB'}")
    links.link("neighbours", "Nearest neighbours", icon=":material/hub:", image=image_id, set=set_id)
    if place is not None:
        _place(place, len(view.places))
    judge(Subject(image_id=image_id))


def _place(place: Place, places: int) -> None:
    words = [f"position {place.position} of {plain(place.view.title)}"]
    words += [f"label {plain(place.label)}"] if place.label else []
    words += [f"file {plain(place.origin)}"] if place.origin else []
    words += [f"and at {places - 1} other place{'s' if places > 2 else ''}"] if places > 1 else []
    st.caption(", ".join(words))
    found = core_gallery.scores_of(workspace(), place.view.set_id, place.position)
    if found:
        st.table({
            "Score": [s.title for s in found],
            "Value": [number(s.value) for s in found],
            "Above": [f"{s.rank:.0%} of the set" for s in found],
        })  # fmt: skip
    for number_ in place.view.checkpoint_ids[:3]:
        links.link("checkpoints", "Its checkpoint", icon=":material/deployed_code:", checkpoint=number_)


def judge(subject: Subject) -> None:
    """Verdict, tags and notes on a subject, and who said what."""
    opened = workspace()
    name = f"{subject.column}-{subject.id}"
    said = review.opinions(opened, subject)
    mine = next((o.verdict for o in said), None)
    chosen = st.segmented_control(
        "Verdict", list(SIGNS), format_func=SIGNS.__getitem__, default=mine, key=f"verdict-{name}-{mine}"
    )  # fmt: skip
    if chosen != mine:
        review.vote(opened, subject, chosen or "clear")
        st.rerun()
    for opinion in said:
        st.caption(f"{plain(opinion.user)}: {SIGNS[opinion.verdict]}, {ago(opinion.created_at)}")
    had = review.tags(opened, subject)
    tags = st.multiselect(
        "Tags", had, default=had, accept_new_options=True, key=f"tags-{name}-{len(had)}", placeholder="Add a tag"
    )  # fmt: skip
    if set(tags) != set(had):
        review.set_tags(opened, subject, tags)
        st.rerun()
    with st.form(f"note-{name}", clear_on_submit=True, border=False):
        text = st.text_area("Note", placeholder="What did you see?", height=68)
        if st.form_submit_button("Add note") and text.strip():
            review.add_note(opened, subject, text)
    for note in review.notes(opened, subject):
        st.markdown(f"**{plain(note.user)}**, {ago(note.created_at)}: {plain(note.text)}")
