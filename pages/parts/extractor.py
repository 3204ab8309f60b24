"""An extractor on its page: bring one, what was found in it, read it otherwise, get its weights, a first look."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import own_extractors
from core.extractors.reading import COLOURS, FILTERS, FITS, LAYOUTS, POOLINGS, PRESETS, RANGES, numbers
from core.numbers import number
from core.own_extractors import OwnView
from core.shelf import ExtractorView
from core.trial import trial
from pages.parts import links, pickers, states
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.jobs import ask
from pages.parts.tables import table
from pages.parts.upload import forget, upload
from pages.parts.words import ago, plain, size

KEY = "extractor-upload"
FOUND = "as found"
CHOICES = {
    "fit": ("Fit", FITS, "stretch to the square, or crop its middle"),
    "filter": ("Resize filter", FILTERS, "Pillow's; all of them antialias as they shrink"),
    "colour": ("Colours", COLOURS, "The order that the network was trained with"),
    "value_range": ("Value range", RANGES, "What the bytes 0 to 255 become before mean and sd"),
    "layout": ("Layout", LAYOUTS, "Channels before or after height and width"),
    "pooling": ("Pooling", POOLINGS, "Of tokens: the first (cls) or their mean; of a map: the average over its places"),
}
RUNS = {
    "onnx": "runs by onnxruntime", "converted": "brought as Keras, rewritten as ONNX, the vectors compared",
    "keras": "runs through TensorFlow, in the worker only",
}  # fmt: skip


def bring_form() -> None:
    """Upload, or a path that the server may read; a job tries it and keeps it."""
    came = upload("An .onnx, a .keras or a whole-model .h5 that takes pictures.", key=KEY)
    path = st.text_input("or a path on the server", key="extractor-path") if workspace().settings.readable else ""
    left, right = st.columns(2)
    name = left.text_input(
        "Name", placeholder="dino", key="extractor-name",
        help="Small letters, digits, points, hyphens. The same name again is its next version.",
    )  # fmt: skip
    presets = {"": "none: as found in the file"} | {preset.name: preset.title for preset in PRESETS}
    preset = right.selectbox("Settings to begin with", list(presets), format_func=presets.__getitem__,
                             key="extractor-preset", help="Published size, crop and normalisation")  # fmt: skip
    with st.expander("Settings by hand", icon=":material/tune:"):
        said = settings_fields("new", {})
    if st.button("Bring it in", type="primary", disabled=not (name.strip() and (came or path))):
        given = path or (str(came[0].relative_to(workspace().uploads)) if came else "")
        with states.shown():
            ask(KEY, "extractor", {
                "name": name.strip(), "path": given, "preset": preset, "extractor_settings": numbers(said),
                "remove_path": True,
            }, priority=10)  # fmt: skip
            forget(KEY)
            st.rerun()


def settings_fields(key: str, now: dict[str, Any]) -> dict[str, Any]:
    """Fields for every setting; what is left as found or empty is left out. Numbers come as they were typed."""
    left, right = st.columns(2)
    said: dict[str, Any] = {
        "side": left.text_input("Input size", str(now.get("side", "")), key=f"side-{key}", placeholder=FOUND,
                                help="Pixels of a side, such as 224"),
        "resize_to": right.text_input("Shorter side before the crop", str(now.get("resize_to", "")),
                                      key=f"resize-{key}", placeholder="the input size"),
        "mean": left.text_input("Mean", _listed(now.get("mean")), key=f"mean-{key}", placeholder="0.485, 0.456, 0.406"),
        "sd": right.text_input("Standard deviation", _listed(now.get("sd")), key=f"sd-{key}",
                               placeholder="0.229, 0.224, 0.225"),
        "output": left.text_input("Output or layer", str(now.get("output", "")), key=f"output-{key}",
                                  placeholder="the first output"),
    }  # fmt: skip
    for place, (name, (label, choices, help)) in enumerate(CHOICES.items()):
        options = [FOUND, *choices]
        column = right if place % 2 == 0 else left
        said[name] = column.selectbox(
            label, options, options.index(now.get(name, FOUND)), key=f"{name}-{key}", help=help
        )
    return {name: value for name, value in said.items() if value not in (FOUND, "")}


def _listed(values: Any) -> str:
    return ", ".join(f"{value:g}" for value in values or ())


def facts(view: ExtractorView) -> None:
    """Where it comes from, its weights, where it was used."""
    st.subheader(plain(view.title), anchor=False)
    parts = [view.origin, f"{view.dim:,} numbers a picture" if view.dim else "learns its words from a reference set"]
    parts += [f"version {view.version}"] if view.version and view.origin == "own" else []
    parts += [f"weights {view.weights_sha256[:12]}"] if view.weights_sha256 else []
    parts += ["archived"] if view.archived else []
    sets = f"{view.sets} set{'' if view.sets == 1 else 's'}"
    used = f"Vectors of {sets}, {view.evaluations} evaluation{'' if view.evaluations == 1 else 's'}."
    st.caption(f"{plain(view.name)} · {plain(' · '.join(parts))}. {used}")
    if view.missing:
        st.info(f"Its weights are not here. To use it, {plain(view.missing)}.", icon=":material/download:")
        if st.button("Fetch them now", help="The only thing on these pages that asks another server for anything"):
            with states.shown():
                ask(f"fetch-{view.name}", "fetch", {"published": view.name}, priority=10)
                st.rerun()


def own(view: ExtractorView) -> None:
    """What was found in the file, what was said by hand; another reading; archive."""
    found = own_extractors.versions(workspace(), view.name)
    newest = found[0]
    st.caption(f"{plain(newest.file)}, {size(newest.size_bytes)}, {RUNS[newest.format]}, brought in "
               f"{ago(newest.created_at)}. sha256 {newest.sha256[:12]}")  # fmt: skip
    for note in newest.notes:
        st.warning(plain(f"{note[0].upper()}{note[1:]}."), icon=":material/lightbulb:")
    table(
        {"Setting": [name.replace("_", " ") for name in newest.settings],
         "Is": [_words(value) for value in newest.settings.values()],
         "Said by": ["you" if name in newest.by_hand else "the file, or the default" for name in newest.settings]},
        key="extractor-settings", words=["Is", "Said by"], alt="How the network is read",
    )  # fmt: skip
    _read_otherwise(newest)
    if len(found) > 1:
        older = ", ".join(f"v{v.version} ({ago(v.created_at)})" for v in found[1:])
        st.caption(f"Older versions, whose numbers stay as they were: {older}.")
    if st.button("Bring back" if view.archived else "Archive", icon=":material/archive:"):
        own_extractors.archive(workspace(), view.name, not view.archived)
        st.query_params.pop("extractor", None)
        st.rerun()


def _words(value: Any) -> str:
    return (_listed(value) or "none") if isinstance(value, list) else str(value) if value not in ("", 0) else "–"


def _read_otherwise(view: OwnView) -> None:
    with st.expander("Read it otherwise", icon=":material/tune:"), st.form(f"read-{view.name}", border=False):
        said = settings_fields(f"{view.name}-{view.version}", view.by_hand)
        if st.form_submit_button("Try it as the next version"):
            with states.shown():
                settings = {name: value for name, value in numbers(said).items() if view.by_hand.get(name) != value}
                ask(KEY, "extractor", {"name": view.name, "extractor_settings": settings}, priority=10)
                st.rerun()


def first_look(view: ExtractorView) -> None:
    """What it thinks alike among a few pictures of a set."""
    st.markdown("**A first look**", help="The first pictures of a set are embedded on the spot, and nothing is stored.")
    chosen = pickers.picture_set("set", "Pictures", first="reference")
    if chosen is None:
        states.empty("No pictures to try it on", "Add real pictures, and see which of them it thinks alike.")
        links.link("references", "Add real pictures", icon=":material/photo_library:")
        return
    place = st.number_input("The picture at place", 0, 47, 0, key="look-at")
    if not st.toggle("Look", key=f"look-{view.name}"):
        return
    with st.spinner("Embedding a few pictures"):
        found = trial(workspace(), view.name, chosen.set_id, int(place))
    gallery([found.image_id], key="look-one", label="The picture", tile=120, columns=1, height=0)
    st.caption(f"Most like it among the first {found.among} of {plain(chosen.title)}; below each, the cosine "
               "similarity around their mean.")  # fmt: skip
    gallery(
        [one.image_id for one in found.nearest], key="look-near", label="Most alike", columns=4, tile=90, height=0,
        captions=[number(one.similarity) for one in found.nearest],
    )  # fmt: skip
    links.link("neighbours", "Its neighbours in the whole set", icon=":material/hub:", set=chosen.set_id,
               extractor=view.name, image=found.image_id)  # fmt: skip
