"""Watched folders on the page Checkpoints: start one, see how it goes, pause, stop, delete."""

from __future__ import annotations

import streamlit as st

from core import jobs, references, shelf, watches
from core.metrics import METRICS
from core.watches import FileView, WatchView
from pages.parts import links, states
from pages.parts.house import workspace
from pages.parts.tables import table
from pages.parts.words import ago, plain

ICONS = {"following": ":material/visibility:", "paused": ":material/pause_circle:", "stopped": ":material/stop_circle:"}
ALL = "all pictures"


def watching() -> None:
    """The watches there are, and the form for a new one."""
    states_now = watches.states(workspace())
    on = states_now.count("following")
    with st.expander("Follow a folder", icon=":material/visibility:"), states.shown():
        st.caption("Every checkpoint that a training writes into the folder is taken in and measured as it lands.")
        if states_now:
            _every(on)
        _form()


def _every(on: int) -> None:
    @st.fragment(run_every=2.0 if on else None)
    def drawn() -> None:
        with states.shown():
            if on and not jobs.worker_alive(workspace()):
                st.warning("No worker is there to follow them: start `proofsheet worker`.", icon=":material/warning:")
            for view in watches.every(workspace()):
                _one(view)

    drawn()


def _one(view: WatchView) -> None:
    with st.container(border=True):
        st.markdown(f"{ICONS[view.state]} **{plain(view.folder)}** · {plain(view.pattern)} → run {plain(view.run)}")
        seen = f", last looked {ago(view.seen_at)}" if view.seen_at else ", not looked at yet"
        st.caption(f"{view.state}: {view.landed} landed{seen}{_kept(view)}")
        if view.error:
            st.error(plain(view.error), icon=":material/error:")
        for name, reason in view.waiting[:5]:
            st.caption(f":material/hourglass_top: {plain(name)}: {plain(reason)}")
        _files(view)
        with st.container(horizontal=True):
            _button(view, "Pause", "paused", view.state == "following")
            _button(view, "Follow", "following", view.state != "following")
            _button(view, "Stop", "stopped", view.state != "stopped")
            if st.button("Delete", key=f"watch-{view.id}-delete", help="Checkpoints and numbers stay."):
                watches.delete(workspace(), view.id)
                st.rerun()


def _kept(view: WatchView) -> str:
    kept = view.retention
    if not kept:
        return ""
    gone = sum(file.let_go for file in view.files)
    return f"; pictures of the best {kept['best']} by {plain(_title(kept['metric']))} are kept, {gone} let go"


def _title(metric: str) -> str:
    return next((m.title for m in METRICS if m.name == metric), metric)


def _button(view: WatchView, label: str, state: str, shown: bool) -> None:
    if shown and st.button(label, key=f"watch-{view.id}-{state}"):
        watches.set_state(workspace(), view.id, state)
        st.rerun()


def _became(file: FileView) -> str:
    return "refused" if file.refused else "pictures let go" if file.let_go else "taken in"


def _files(view: WatchView) -> None:
    if not view.files:
        return
    newest = view.files[0]
    st.caption(f"Newest: {plain(newest.name)}, {ago(newest.at)}.")
    told = [file for file in view.files if file.said or file.let_go][:20]
    if told:
        said = {"Became": [_became(f) for f in told], "What to know": [f.said for f in told]}
        table(
            {"File": [f.name for f in told], **said},
            key=f"watch-{view.id}-files", words=["File", "Became", "What to know"], alt="Files to know something of",
        )  # fmt: skip


def _form() -> None:
    reals = {r.set_id: r.label for r in references.every(workspace())}
    readable = workspace().settings.readable
    if not readable:
        st.info(
            "The server may read no folder yet: start it with PROOFSHEET_READABLE=FOLDER, or use `proofsheet watch`."
        )
        return
    if not reals:
        st.info("Add a reference set first: every number is measured against real pictures.")
        links.link("references", "Add real pictures", icon=":material/photo_library:")
        return
    titles = {k.name: k.title for k in shelf.known(workspace())}
    judged = {m.name: m.title for m in METRICS if m.direction != "none"}
    with st.form("watch", border=False):
        folder = st.text_input("Folder on the server", str(readable[0]))
        first, second = st.columns(2)
        pattern = first.text_input(
            "Files", "*.keras", help="Also *.h5, *.onnx; * with folders; *.index for TensorFlow."
        )
        run = second.text_input("Run", placeholder="night-1", key="watch-run")
        real = first.selectbox("Against", list(reals), format_func=reals.__getitem__, key="watch-against")
        features = second.selectbox("Features", list(titles), format_func=titles.__getitem__, key="watch-features")
        n = first.number_input("Pictures to sample", 16, 1_000_000, 2000, key="watch-n")
        seed = second.number_input("Seed of the latents", 0, None, 0, key="watch-seed")
        best = first.number_input("Keep the pictures of the best", 0, 10_000, 0,
                                  help="0 keeps all. Numbers are kept of every checkpoint.")  # fmt: skip
        metric = second.selectbox("best by", list(judged), list(judged).index("kid"), format_func=judged.__getitem__)
        step_from = st.text_input("Where the step is in the name", "", placeholder="the last number",
                                  help="A regular expression such as epoch_(\\d+).")  # fmt: skip
        if st.form_submit_button("Follow it", type="primary"):
            protocol = {"reference_set_id": real, "extractor": features, "n": int(n), "seed": int(seed)}
            watches.start(
                workspace(), folder, run=run, protocol=protocol, pattern=pattern, step_from=step_from,
                keep={"best": int(best), "metric": metric} if best else {},
            )  # fmt: skip
            st.rerun()
