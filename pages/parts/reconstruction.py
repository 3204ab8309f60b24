"""How well an autoencoder gives pictures back, on the page of its checkpoint."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import encoders, jobs, references, reports, uploads
from core.checkpoints import CheckpointView
from core.numbers import interval, number
from pages.parts import links
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.jobs import ask, outcome
from pages.parts.tables import table
from pages.parts.upload import forget, upload
from pages.parts.words import plain


def reconstruction(view: CheckpointView) -> None:
    """The report, or the button that has it made."""
    real = {r.set_id: r.label for r in references.every(workspace())}
    if not real:
        st.info("Add a reference set first: its pictures are what the model gives back.")
        links.link("references", "Add real pictures", icon=":material/photo_library:")
        return
    chosen = st.selectbox(
        "Give back the pictures of", list(real), format_func=real.__getitem__, key=f"rebuilt-{view.id}"
    )
    key, arguments = f"reconstruction-{view.id}", {"checkpoint_id": view.id, "reference_set_id": chosen}
    outcome(key)
    found = reports.find(workspace(), reports.get("reconstruction"), arguments)
    if found is not None:
        _drawn(found.result, key)
        return
    busy = jobs.at_work(workspace(), "reconstruction", arguments)
    if st.button("Being measured" if busy else "Measure its reconstructions", key=key, disabled=busy, type="primary"):
        ask(key, "reconstruction", arguments, 5)
        st.rerun()


def with_encoder(view: CheckpointView) -> None:
    """For a decoder of latents alone: its encoder as a file, and what came back through both."""
    spec, real = view.spec, {r.set_id: r.label for r in references.every(workspace())}
    if not spec or spec["pictures"] or spec["classes"] or not real:
        return
    key, kind = f"encoder-{view.id}", reports.get("reconstruction")
    newest = reports.newest(workspace(), kind, {"checkpoint_id": view.id})
    with st.expander("Reconstructions by its encoder", expanded=newest is not None, icon=":material/compare:"):
        outcome(key)
        st.caption("Is this the decoder of a VAE? Its encoder turns real pictures into latents, and the decoder gives "
                   "them back.")  # fmt: skip
        came = upload("The encoder: an .onnx, a .keras or a whole-model .h5 file.", key=f"{key}-upload")
        chosen = st.selectbox("Give back the pictures of", list(real), format_func=real.__getitem__, key=f"{key}-set")
        if st.button("Measure its reconstructions", key=key, disabled=not came, type="primary"):
            assert came is not None
            arguments = {
                "checkpoint_id": view.id, "reference_set_id": chosen, "encoder": encoders.take(workspace(), came[0]),
            }  # fmt: skip
            ask(key, "reconstruction", arguments, 5)
            uploads.drop(workspace(), came[0])
            forget(f"{key}-upload")
            st.rerun()
        if newest is not None:
            known = plain(real.get(newest.arguments["reference_set_id"], ""))
            said = "; ".join(newest.result.get("notes", []))
            st.caption(f"{known}, encoder {newest.arguments['encoder'][:12]}: {plain(said)}.")
            _drawn(newest.result, f"{key}-{newest.id}")


def _drawn(result: dict[str, Any], key: str) -> None:
    rows = result["measures"]
    table(
        {
            "Measure": [f"{'↑' if row['higher'] else '↓'} {row['title']}" for row in rows],
            "Mean": [number(row["value"]) for row in rows],
            "95% interval": [interval(row["low"], row["high"]) for row in rows],
            "The mean picture": [number(row["mean_picture"]) for row in rows],
        },
        key=f"{key}-table", words=["Measure"], alt="How well pictures are given back",
    )  # fmt: skip
    st.caption(
        f"Over {result['n']:,} real pictures at the model's own size; ↑ higher is better, ↓ lower. The "
        "mean picture, given back every time, needs no model: what is no better has learned nothing."
    )
    for name, title in (("worst", "Given back worst"), ("best", "Given back best")):
        pairs = result[name]
        st.markdown(f"**{title}**, by SSIM: each real picture with what came back to its right.")
        gallery(
            [number for pair in pairs for number in (pair["real"], pair["rebuilt"])], key=f"{key}-{name}", label=title,
            captions=[text for pair in pairs for text in ("real", f"{pair['ssim']:.2f}")], columns=4, height=0, tile=80,
        )  # fmt: skip
