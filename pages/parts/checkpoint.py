"""A checkpoint on its page: register, what was found in it, how to read it, evaluate."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import architectures, checkpoints, jobs, references, reports, shelf, uploads
from core.checkpoints import CheckpointView
from core.generators.spec import RANGES
from core.numbers import interval, number
from core.work import readable_path
from pages.parts import links, states
from pages.parts.house import workspace
from pages.parts.jobs import ask, outcome
from pages.parts.pickers import preparation
from pages.parts.tables import table
from pages.parts.upload import forget, upload
from pages.parts.words import ago, bare, plain, size

KEY = "checkpoint-upload"
FOUND = "as found"
OVERRIDES = {"value_range": "value range", "layout": "layout", "classes": "classes", "architecture": "architecture",
             "signature": "function", "output": "output", "embeddings": "class vectors", "roles": "inputs"}  # fmt: skip


def register_form() -> None:
    """Upload, or a path that the server may read; then the model is looked into by a job."""
    came = upload(
        "A .keras, .h5 or .onnx file, a folder or zip of ready-made pictures, or a zipped folder of TensorFlow's.",
        key=KEY, folder=True,
    )  # fmt: skip
    path = ""
    if workspace().settings.readable:
        path = st.text_input("or a path on the server", key="checkpoint-path")
    run = st.text_input("Run", placeholder="night-1", key="checkpoint-run")
    step = st.number_input("Step", 0, None, 0, key="checkpoint-step")
    if st.button("Register", type="primary", disabled=not (run.strip() and (came or path))):
        source = readable_path(workspace(), path) if path else came[0] if came else None
        assert source is not None
        with st.spinner("Taking it in"):
            view = checkpoints.register(workspace(), source, run=run, step=int(step))
        jobs.submit(workspace(), "inspect", {"checkpoint_id": view.id}, priority=10)
        uploads.drop(workspace(), source)
        forget(KEY)
        st.query_params["checkpoint"] = str(view.id)
        st.rerun()


def facts(view: CheckpointView) -> None:
    """What was found in the model, or why it was refused."""
    st.header(plain(view.label), anchor=False)
    st.caption(f"{plain(view.name)} · {view.format} · {size(view.size_bytes)} · registered {ago(view.created_at)} · "
               f"sha256 {view.sha256[:12]}")  # fmt: skip
    if view.error:
        st.error(plain(view.error))
    spec = view.spec
    if spec:
        inputs = [f"{i['name']} ({'×'.join(map(str, i['shape'])) or '1'}, {i['kind']})" for i in spec["inputs"]]
        colours = "grey" if spec["channels"] == 1 else "RGB"
        classes = f", {spec['classes']} classes" if spec["classes"] else ""
        st.markdown(
            f"Takes {plain(', '.join(inputs)) or 'nothing'}; makes **{spec['height']} × {spec['width']} {colours}** "
            f"pictures, values as {plain(spec['value_range'])}{classes}."
        )
        for note in spec["notes"]:
            st.caption(plain(note))
    elif not view.error:
        st.caption("Not looked into yet.")
    if view.overrides:
        by_hand = [f"{OVERRIDES.get(name, name)} {_short(value)}" for name, value in view.overrides.items()]
        st.caption(f"Set by hand: {plain(', '.join(by_hand))}.")
    if view.details:
        st.caption(plain(", ".join(f"{k.replace('_', ' ')} {v:.4g}" if isinstance(v, float) else f"{k} {v}"
                                   for k, v in view.details.items())))  # fmt: skip
    if "epoch" in view.details:
        links.link("train", "Its training", icon=":material/model_training:", training=f"run:{view.run}")


def _short(value: object) -> str:
    """A hash by its beginning, the roles of inputs as pairs, all else as it is."""
    if isinstance(value, dict):
        return ", ".join(f"{name} as {role}" for name, role in value.items())
    return str(value)[:12] if len(str(value)) == 64 else str(value)


def overrides_form(view: CheckpointView) -> None:
    """How the model is to be read where the file does not tell, or tells wrongly."""
    with st.expander("Read it otherwise", expanded=bool(view.error), icon=":material/tune:"):
        _reading_form(view)
        if view.format != "pictures" and len(view.spec.get("inputs", [0, 0])) > 1:
            _class_vectors(view)


def _class_vectors(view: CheckpointView) -> None:
    """A table of vectors, one for each class, for a model whose label is a vector."""
    key, now = f"vectors-{view.id}", view.overrides.get("embeddings", "")
    st.divider()
    st.markdown("**Vectors for its classes**")
    if now:
        st.caption(f"In use: a table of {view.spec.get('classes') or 'several'} vectors, sha256 {now[:12]}.")
        if st.button("Take them away", icon=":material/close:", key=f"{key}-away"):
            _read_with(view, {name: value for name, value in view.overrides.items() if name != "embeddings"})
    st.caption("For a model whose label is a vector: a table with one row for each class makes it conditional.")
    came = upload("A .npy or .npz table: (classes, width).", key=key)
    if came is None:
        return
    with states.shown():  # what is no table is said here, and the form above stays
        classes, width = checkpoints.look_at_table(came[0]).shape
        name = checkpoints.table_input(view, width)
        to = f", for the input '{plain(name)}'" if name else ""
        st.info(f"{classes:,} vectors of {width:,} numbers{to}: one for each of {classes:,} classes.")
        if st.button("Use these vectors", type="primary", key=f"{key}-use"):
            taken = checkpoints.take_table(workspace(), came[0])
            uploads.drop(workspace(), came[0])
            forget(key)
            _read_with(view, {**view.overrides, "embeddings": taken})


def _read_with(view: CheckpointView, overrides: dict[str, Any]) -> None:
    checkpoints.set_overrides(workspace(), view.id, overrides)
    jobs.submit(workspace(), "inspect", {"checkpoint_id": view.id}, priority=10)
    st.rerun()


def _reading_form(view: CheckpointView) -> None:
    with st.form(f"overrides-{view.id}", border=False):
        now = view.overrides
        models = {FOUND: FOUND} | {
            c.sha256: f"of {c.label} ({c.name})" for c in checkpoints.whole_models(workspace(), view)
        }
        used = now.get("architecture", FOUND)
        models.setdefault(used, bare(used))
        ranges, layouts = [FOUND, *RANGES], [FOUND, "NHWC", "NCHW"]
        value_range = st.selectbox("Value range", ranges, ranges.index(now.get("value_range", FOUND)),
                                   help="tanh is -1 to 1, sigmoid 0 to 1, byte 0 to 255")  # fmt: skip
        layout = st.selectbox("Layout", layouts, layouts.index(now.get("layout", FOUND)))
        classes = st.number_input("Classes", 0, 100_000, int(now.get("classes", 0)), help="0: as found")
        architecture = st.selectbox(
            "Architecture", list(models), list(models).index(used),
            format_func=models.__getitem__,
            help="For a file of weights alone: a registered whole model of the same architecture.",
        )  # fmt: skip
        by_name = st.text_input(
            "or an architecture by name", placeholder="dcgan:size=28,channels=1,latent=100",
            help=f"For a file of weights alone. There are: {plain(', '.join(architectures.names()))}.",
        )  # fmt: skip
        architecture = by_name.strip() or architecture
        signature = _signature(view)
        output = _output(view)
        roles = _roles(view)
        if st.form_submit_button("Save"):
            given = {"value_range": value_range, "layout": layout, "classes": int(classes) or FOUND,
                     "architecture": architecture, "signature": signature, "output": output,
                     "roles": roles or FOUND}  # fmt: skip
            kept = {k: v for k, v in now.items() if k not in given}
            _read_with(view, kept | {k: v for k, v in given.items() if v != FOUND})


def _signature(view: CheckpointView) -> str:
    """Which function of a SavedModel makes the pictures; as found for other formats."""
    now = view.overrides.get("signature", FOUND)
    known = [FOUND, *view.spec.get("signatures", [])]
    if len(known) <= 2 and now == FOUND:
        return FOUND
    known += [now] * (now not in known)
    return st.selectbox("Function of the SavedModel", known, known.index(now), format_func=bare)


def _output(view: CheckpointView) -> str:
    """Which of several outputs is the picture. A model that was refused for it is not known yet: it is named then."""
    now, known = view.overrides.get("output", FOUND), [FOUND, *view.spec.get("outputs", [])]
    if not view.spec and view.error and view.format != "pictures":
        said = st.text_input("Output that is the picture", "" if now == FOUND else now,
                             help="By its name, for a model with several. Empty: as found.")  # fmt: skip
        return said.strip() or FOUND
    if len(known) <= 2 and now == FOUND:
        return FOUND
    known += [now] * (now not in known)
    return st.selectbox("Output that is the picture", known, known.index(now), format_func=bare)


def _roles(view: CheckpointView) -> dict[str, str]:
    """What each input takes, where a person says otherwise than was found."""
    words = {FOUND: FOUND, "noise": "noise", "integer": "a label as its number", "onehot": "a label, one-hot",
             "embedding": "a label, by its vector"}  # fmt: skip
    now, inputs = view.overrides.get("roles", {}), view.spec.get("inputs", [])
    names = [one["name"] for one in inputs] or list(now)
    if len(names) < 2:
        return dict(now)
    chosen = {
        name: st.selectbox(f"Input {plain(name)}", list(words), list(words).index(now.get(name, FOUND)),
                           format_func=words.__getitem__, key=f"role-{view.id}-{number}")
        for number, name in enumerate(names)
    }  # fmt: skip
    return {name: role for name, role in chosen.items() if role != FOUND}


def evaluate_form(view: CheckpointView) -> None:
    """Ask for an evaluation."""
    found = {r.set_id: r.label for r in references.every(workspace())}
    if not found:
        st.info("Add a reference set first: every number is measured against real pictures.")
        links.link("references", "Add real pictures", icon=":material/photo_library:")
        return
    with st.form(f"evaluate-{view.id}", border=False):
        first, second = st.columns(2)
        real = first.selectbox("Against", list(found), format_func=found.__getitem__)
        titles = {k.name: k.title for k in shelf.known(workspace())}
        features = second.selectbox("Features", list(titles), format_func=titles.__getitem__)
        n = first.number_input("Pictures to sample", 16, 1_000_000, 2000, help="More narrow the intervals.")
        seed = second.number_input("Seed of the latents", 0, None, 0, help="The same for all you want to compare.")
        with st.expander("Prepare the pictures first", icon=":material/crop_rotate:"):
            st.caption("Both sides alike, before the features are taken: another protocol, with a line of its own.")
            features += preparation(f"evaluate-{view.id}")
        if st.form_submit_button("Evaluate", type="primary"):
            arguments = {"checkpoint_id": view.id, "reference_set_id": real, "extractor": features, "n": int(n),
                         "seed": int(seed)}  # fmt: skip
            ask(f"evaluate-{view.id}", "evaluate", arguments, 5)
            st.rerun()


def smoothness(view: CheckpointView) -> None:
    """How smoothly its pictures follow its latents, or the button that has it measured; nothing for ready-made ones."""
    if not view.spec or view.spec["pictures"]:
        return
    key, arguments = f"smoothness-{view.id}", {"checkpoint_id": view.id}
    found = reports.find(workspace(), reports.get("smoothness"), arguments)
    with st.expander("Latent smoothness", expanded=found is not None, icon=":material/gesture:"):
        outcome(key)
        if found is None:
            st.caption("How fast pictures change as a latent moves, in the way of perceptual path length. The model is "
                       "opened and asked for a thousand pictures: seconds to minutes.")  # fmt: skip
            busy = jobs.at_work(workspace(), "smoothness", arguments)
            if st.button("Being measured" if busy else "Measure it", key=key, disabled=busy):
                ask(key, "smoothness", arguments, 5)
                st.rerun()
            return
        rows = found.result["spaces"]
        table(
            {
                "Measured in": [row["title"] for row in rows],
                "Mean": [number(row["value"]) for row in rows],
                "95% interval": [interval(row["low"], row["high"]) for row in rows],
                "Median": [number(row["median"]) for row in rows],
            },
            key=f"{key}-table", words=["Measured in"], alt="How fast pictures change with their latents",
        )  # fmt: skip
        st.caption(
            f"d(G(z), G(z + εu))² / ε² over {found.result['n']:,} latents, ε {found.result['eps']:g}. Lower is "
            "smoother; a generator that makes one picture over and over is the smoothest. A mean far above the median: "
            "a few latents stand where one kind of picture turns into another."
        )
