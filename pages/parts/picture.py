"""One picture, large, with all that is known of it."""

from __future__ import annotations

import streamlit as st

from core import gallery as core_gallery
from core import review
from core.figures.latents import latent
from core.gallery import Place
from core.numbers import number
from core.review import Subject
from pages.parts import links, states
from pages.parts.figures import figure
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.words import ago, plain

SIGNS = {"approve": "✓ approve", "reject": "✗ reject", "unsure": "? unsure"}


NEAREST = 6


def large(image_id: int, key: str, label: str, side: int = 320, reveal: bool = False) -> None:
    """The picture alone, grown by whole steps."""
    gallery([image_id], key=key, label=label, tile=side, columns=1, height=0, reveal=reveal)


def detail(image_id: int, set_id: int | None = None) -> None:
    """Picture, where it lies, verdict, tags and notes, nearest pictures, scores, latent. Raises NotFound for an unknown
    id."""
    view = core_gallery.picture(workspace(), image_id)
    place = next((p for p in view.places if p.view.set_id == set_id), view.places[0] if view.places else None)
    large(image_id, f"large-{image_id}", f"Picture {image_id}, large", reveal=True)
    st.caption(f"Picture {image_id} · {view.width} × {view.height} · {'grey' if view.channels == 1 else 'RGB'}")
    if place is not None:
        _place(place, len(view.places))
    judge(Subject(image_id=image_id))
    if place is not None:
        _nearest(image_id, place)
        _scores(place)
        _latent(place)


def _nearest(image_id: int, place: Place) -> None:
    found = core_gallery.nearest(workspace(), image_id, place.view.set_id, NEAREST)
    if found is None:
        links.link("neighbours", "Nearest neighbours", icon=":material/hub:", image=image_id, set=place.view.set_id)
        return
    st.markdown("**The real pictures most like it**" if place.view.kind == "sample" else "**Most like it in its set**",
                help=f"By the Euclidean distance of {found.title}; 0 is an exact copy.")  # fmt: skip
    gallery(
        [n.image_id for n in found.found], key=f"near-{image_id}", label="Nearest pictures", columns=3, tile=100,
        height=0, captions=[number(n.value) for n in found.found],
        on_open=links.to("gallery", set=found.set_id),
    )  # fmt: skip
    links.link("neighbours", "Nearest neighbours", icon=":material/hub:", image=image_id, set=found.set_id,
               extractor=found.extractor)  # fmt: skip


def _latent(place: Place) -> None:
    found = core_gallery.latent(workspace(), place.view.set_id, place.position)
    if found is None:
        return
    asked = f", class {found.label}" if found.label is not None else ""
    st.markdown(
        f"**Its latent** · {len(found.values)} numbers{asked}",
        help=f"What the generator was given: row {place.position} of the {found.distribution} bank, seed {found.seed}.",
    )  # fmt: skip
    figure(latent(found.values), key=f"latent-{place.view.set_id}-{place.position}", alt="The latent as a row of bars")
    with st.expander("The numbers"):
        st.code(", ".join(f"{v:.6g}" for v in found.values), language=None, wrap_lines=True)
    for checkpoint in place.view.checkpoint_ids[:1]:
        links.link("compare", "The same latent in every checkpoint", icon=":material/compare_arrows:", b=checkpoint,
                   **{"strip-start": place.position})  # fmt: skip


def _place(place: Place, places: int) -> None:
    words = [f"position {place.position} of {plain(place.view.title)}"]
    words += [f"label {plain(place.label)}"] if place.label else []
    words += [f"file {plain(place.origin)}"] if place.origin else []
    words += [f"and at {places - 1} other place{'s' if places > 2 else ''}"] if places > 1 else []
    st.caption(", ".join(words))
    for number_ in place.view.checkpoint_ids[:3]:
        links.link("checkpoints", "Its checkpoint", icon=":material/deployed_code:", checkpoint=number_)


def _scores(place: Place) -> None:
    found = core_gallery.scores_of(workspace(), place.view.set_id, place.position)
    if found:
        st.table({
            "Score": [s.title for s in found],
            "Value": [number(s.value) for s in found],
            "Above": [f"{s.rank:.0%} of the set" for s in found],
        }, border="horizontal")  # fmt: skip


def judge(subject: Subject) -> None:
    """Verdict, tags and notes on a subject, and who said what. A choice is told by what stood here, not by what is
    stored by now: two windows at one picture lose nothing."""
    opened = workspace()
    name = f"{subject.column}-{subject.id}"
    said = review.opinions(opened, subject)
    mine = next((o.verdict for o in said), None)
    base = st.session_state.setdefault(f"shown-verdict-{name}", mine)
    chosen = st.segmented_control(
        "Verdict", list(SIGNS), format_func=SIGNS.__getitem__, default=base, key=f"verdict-{name}-{base}"
    )  # fmt: skip
    if chosen != base:
        review.vote(opened, subject, chosen or "clear")
    if chosen != base or mine != base:
        st.session_state[f"shown-verdict-{name}"] = chosen if chosen != base else mine
        st.rerun()
    for opinion in said:
        st.caption(f"{plain(opinion.user)}: {SIGNS[opinion.verdict]}, {ago(opinion.created_at)}")
    _tags(subject, name)
    with st.form(f"note-{name}", clear_on_submit=True, border=False):
        text = st.text_area("Note", placeholder="What did you see?", height=68, max_chars=review.LONGEST_NOTE)
        if st.form_submit_button("Add note") and text.strip():
            with states.shown():
                review.add_note(opened, subject, text)
    for note in review.notes(opened, subject):
        st.markdown(f"**{plain(note.user)}**, {ago(note.created_at)}: {plain(note.text)}")


def _tags(subject: Subject, name: str) -> None:
    """Only what differs from the tags that stood here is changed: somebody else may be at the same picture."""
    had = review.tags(workspace(), subject)
    base = st.session_state.setdefault(f"shown-tags-{name}", had)
    key = f"tags-{name}-{hash(tuple(base))}"
    tags = st.multiselect("Tags", base, default=base, accept_new_options=True, key=key, placeholder="Add a tag")
    tags = [tag for tag in tags if tag.strip()]
    with states.shown():
        if set(tags) != set(base):
            review.set_tags(workspace(), subject, tags, shown=base)
        if set(tags) != set(base) or had != base:
            st.session_state[f"shown-tags-{name}"] = review.tags(workspace(), subject)
            st.rerun()
