"""A training on a page: what can be asked for, and what goes on."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from core import best, references, shelf
from core.figures.losses import losses
from core.numbers import interval, number
from core.training import ARCHITECTURES, TrainingSettings, data, runs
from core.training.models import get
from core.training.runs import TrainingView
from core.training.settings import FITS, run_name
from pages.parts import links, states
from pages.parts.figures import figure
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.tables import table
from pages.parts.words import duration, plain

SHOWN = ("kid", "coverage")
COLOURS = {1: "Grey", 3: "RGB"}
LEARNS = {
    "gan": "Generator and discriminator against one another: sharp pictures, and losses that say little.",
    "vae": "Encoder and decoder: soft pictures, a loss that means something, and every picture has its latent.",
}
LOSSES = {
    "generator": "Generator",
    "discriminator": "Discriminator",
    "feature matching": "Feature matching",
    "reconstruction": "Reconstruction, squared error per pixel",
    "kl": "KL divergence, nats per picture",
    "perceptual": "Perceptual distance",
}
STATES = {
    "queued": (":material/hourglass_empty:", "Waits for the worker"),
    "running": (":material/model_training:", "Training"),
    "elsewhere": (":material/terminal:", "Trained by another process, from the command line"),
    "paused": (":material/pause_circle:", "Paused"),
    "cancelled": (":material/block:", "Cancelled"),
    "failed": (":material/error:", "Failed"),
    "done": (":material/check_circle:", "Finished"),
}


def form() -> None:
    """What a training needs to know. Not a form of Streamlit's: what is proposed follows what is chosen."""
    sets = {view.set_id: view for view in references.every(workspace())}
    if not sets:
        st.info("Add real pictures first: a generator learns from them.", icon=":material/photo_library:")
        links.link("references", "Add real pictures", icon=":material/photo_library:")
        return
    titles = {a.name: a.title for a in ARCHITECTURES}
    first, second, third = st.columns(3)
    asked = int(text) if (text := st.query_params.get("reference", "")).isdigit() else None
    ids = list(sets)
    real = sets[first.selectbox("Reference set", ids, ids.index(asked) if asked in sets else 0,
                                format_func=lambda number: sets[number].label, key="train-set")]  # fmt: skip
    model = get(second.selectbox("Model", list(titles), format_func=titles.__getitem__, key="train-model"))
    run = third.text_input(
        "Name of the run", run_name(f"{real.name}-{model.name}"), key=f"run-{real.set_id}-{model.name}"
    )
    st.caption(LEARNS[model.learner])
    size, channels = data.proposed(workspace(), real.set_id, model.name)
    given: dict[str, Any] = {"run": run.strip(), "reference_set_id": real.set_id, "architecture": model.name}
    of = f"{real.set_id}-{model.name}"
    with st.container(horizontal=True):
        given["size"] = st.number_input(
            "Pixels a side", max(8, model.multiple), model.largest, size, model.multiple, key=f"size-{of}", width=150,
            help=f"A multiple of {model.multiple}; all pictures are resized to it.",
        )  # fmt: skip
        given["channels"] = st.selectbox(
            "Colours", list(COLOURS), list(COLOURS).index(channels), format_func=COLOURS.__getitem__, width=130,
            key=f"channels-{of}",
        )  # fmt: skip
        given["epochs"] = st.number_input("Epochs", 1, 100_000, 15, width=130, help="Passes over all pictures.")
        given["checkpoint_every"] = st.number_input(
            "Checkpoint every", 1, 100_000, 3, width=150, help="Epochs from one checkpoint to the next."
        )
    given |= _preparation()
    given |= _more(model.learner, of)
    with states.shown():
        settings = TrainingSettings(**given)
        steps = data.steps_per_epoch(real.m, settings.batch)
        _say(settings, real.m, real.held_out, steps)
        if st.button("Start training", type="primary", icon=":material/model_training:"):
            runs.start(workspace(), settings)
            links.go("train", training=f"run:{settings.run}")


def _say(settings: TrainingSettings, pictures: int, held_out: int, steps: int) -> None:
    """What will happen, before it does."""
    pace = runs.seconds_per_step(workspace(), settings)
    takes = "How long it takes is known after the first steps."
    if pace is not None:
        takes = f"About {duration(pace * steps * settings.epochs)} of training, as the last like it went."
    kept = f"{held_out:,} held-out ones are never trained on: they are the control when you look for copies."
    st.caption(f"{pictures:,} pictures, {steps:,} steps an epoch; {kept} {takes}")


def _preparation() -> dict[str, Any]:
    with st.expander("Prepare the pictures", icon=":material/crop_rotate:"):
        st.caption(
            "Drawn anew for every picture in every epoch, from the seed. Ask only for what leaves a picture real: a "
            "generator shown turned shoes makes turned shoes, and is measured against upright ones."
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            return {
                "fit": st.selectbox("What is no square", list(FITS), format_func=lambda k: FITS[k].capitalize(),
                                    width=240),
                "rotate": float(st.number_input("Turn by up to, degrees", 0, 180, 0, width=190)),
                "crop": st.number_input("Crop up to, share of the side", 0.0, 0.5, 0.0, 0.05, width=220),
                "flip": st.toggle("Mirror every second one"),
            }  # fmt: skip


def _more(learner: str, of: str) -> dict[str, Any]:
    defaults = TrainingSettings("x", 0)
    with st.expander("Batch, learning rates, similarity as a signal, how it is measured", icon=":material/tune:"):
        given: dict[str, Any] = {}
        with st.container(horizontal=True):
            given["batch"] = st.number_input("Batch", 2, 4096, defaults.batch, width=130)
            given["learning_rate"] = _rate("Learning rate", defaults.learning_rate)
            if learner == "gan":
                given["discriminator_learning_rate"] = _rate("Of the discriminator", defaults.learning_rate)
            given["latent_size"] = st.number_input(
                "Latent numbers", 1, 4096, 100 if learner == "gan" else 32, width=130, key=f"latent-{of}"
            )
            given["seed"] = st.number_input("Seed", 0, 2**31 - 1, 0, width=130, help="Of weights, noise and order.")
        with st.container(horizontal=True):
            if learner == "gan":
                given["feature_matching"] = st.number_input(
                    "Feature matching", 0.0, 1000.0, 0.0, 10.0, width=190,
                    help="Weight of the distance between the discriminator's mean features of real and generated "
                    "pictures (Salimans et al. 2016). 0: off; 100 is about a tenth of the loss.",
                )  # fmt: skip
            else:
                given["perceptual"] = st.number_input(
                    "Perceptual loss", 0.0, 1000.0, 0.0, 0.1, width=190,
                    help="Weight of the distance in the first stages of EfficientNet-Lite0 beside that of pixels. 0: "
                    "off. Each step takes several times as long.",
                )  # fmt: skip
                given["kl_weight"] = st.number_input(
                    "Weight of the KL term", 0.0, 1000.0, 1.0, 0.1, width=190, help="1: a VAE; above: a beta-VAE."
                )
        with st.container(horizontal=True):
            kinds = {kind.name: kind.title for kind in shelf.known(workspace())}
            given["extractor"] = st.selectbox("Measured by", list(kinds), format_func=kinds.__getitem__, width=320)
            given["evaluate_n"] = st.number_input("Pictures sampled", 16, 1_000_000, defaults.evaluate_n, width=170)
            given["early_stop"] = st.number_input(
                "Stop early after", 0, 1000, 0, width=170,
                help="Checkpoints in a row of which none is better, on KID or on coverage, than the best before them. "
                "0: train all epochs.",
            )  # fmt: skip
        return given


def _rate(label: str, default: float) -> float:
    return float(st.number_input(label, 1e-7, 1.0, default, 1e-4, format="%.5f", width=190))


def watched(run: str) -> None:
    """A run, drawn again by itself while something goes on."""
    view = runs.get(workspace(), run)

    @st.fragment(run_every=1.5 if view.active else None)
    def moving() -> None:
        with states.shown():
            now = runs.get(workspace(), run)
            if view.active and not now.active:
                st.rerun()
            _run(now)

    moving()


def _run(view: TrainingView) -> None:
    icon, words = STATES[view.state]
    settings = view.settings
    st.subheader(f"{icon} {words}: epoch {view.epoch:,} of {settings.epochs:,}", anchor=False)
    _progress(view)
    _actions(view)
    if view.epochs:
        _pictures(view)
        _losses(view)
    _checkpoints(view)
    _settings(view)


def _settings(view: TrainingView) -> None:
    real = references.get(workspace(), view.settings.reference_set_id)
    device = f" On {view.epochs[-1].device}." if view.epochs and view.epochs[-1].device else ""
    st.caption(
        f"{plain(get(view.settings.architecture).title)}, trained on the {real.m:,} pictures of {plain(real.label)} "
        f"that are not held out.{plain(device)}"
    )
    with st.expander("Settings", icon=":material/tune:"):
        changed = runs.unlike_default(view.settings)
        st.markdown("Beside the defaults: " + plain(", ".join(f"{k.replace('_', ' ')} {v}" for k, v in changed.items()))
                    if changed else "All are the defaults.")  # fmt: skip
        st.code(json.dumps(view.settings.as_json(), indent=2, ensure_ascii=False), language=None)


def _progress(view: TrainingView) -> None:
    job = view.job
    if view.state == "failed" and job is not None:
        st.error(plain(job.error), icon=":material/error:")
        with st.container(horizontal=True):
            links.link("train", "A new training", icon=":material/add:", training="new",
                       reference=view.settings.reference_set_id)  # fmt: skip
            links.link("jobs", "The job", icon=":material/pending_actions:", job=job.id)
    elif view.state in ("queued", "running") and job is not None:
        left = f" · about {duration(job.eta_seconds)} left" if job.eta_seconds else ""
        said = "stopping, after the batch at hand" if job.cancel_requested else plain(job.message)
        st.progress(job.fraction or 0.0, text=f"{said or 'waiting'}{left}")
    elif view.state == "paused":
        st.caption(
            f"The state of epoch {view.epoch:,} is kept, optimizers and all. It goes on as if nothing had happened."
        )
    elif view.state == "done" and view.epoch < view.settings.epochs:
        st.caption(f"Stopped early: none of the last {view.settings.early_stop} checkpoints is better than the best.")
    elif view.state == "cancelled":
        st.caption("What had landed is kept, and it can still be taken up again.")


def _actions(view: TrainingView) -> None:
    stopping = view.job is not None and view.job.cancel_requested
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if view.state in ("queued", "running"):
            if st.button("Pause", icon=":material/pause:", disabled=stopping,
                         help="The worker is free for other work; the epoch at hand is begun again."):  # fmt: skip
                runs.pause(workspace(), view.run)
                st.rerun()
            if st.button("Cancel", icon=":material/stop:", disabled=stopping):
                runs.cancel(workspace(), view.run)
                st.rerun()
        elif view.state in ("paused", "cancelled"):
            if st.button("Go on", type="primary", icon=":material/play_arrow:"):
                _start(view.settings)
        elif view.state == "failed":
            if st.button("Try again from there", icon=":material/refresh:"):
                _start(view.settings)
        elif view.state == "done":
            more = st.number_input("Epochs", view.epoch + 1, 100_000, view.epoch + 5, width=130, key="more-epochs")
            if st.button("Train longer", icon=":material/play_arrow:"):
                with states.shown():
                    runs.longer(workspace(), view, int(more))
                    st.rerun()


def _start(settings: TrainingSettings) -> None:
    with states.shown():
        runs.start(workspace(), settings)
        st.rerun()


def _pictures(view: TrainingView) -> None:
    shown = runs.strip(view.epochs)
    across = len(shown[0].image_ids)
    st.markdown("**The same latents, epoch by epoch**")
    captions = [f"epoch {epoch.epoch:,}" for epoch in shown for _ in range(across)]
    gallery(
        [number for epoch in shown for number in epoch.image_ids], captions=captions, columns=across, tile=72, height=0,
        key=f"strip-{view.run}", label=f"Pictures of the same latents after epochs of {view.run}",
    )  # fmt: skip


def _losses(view: TrainingView) -> None:
    names = list(view.epochs[-1].losses)
    if not names:
        return
    st.markdown("**Losses by epoch**")
    for place, (order, name) in zip(st.columns(len(names)), enumerate(names), strict=True):
        with place:
            st.caption(LOSSES.get(name, name))
            figure(losses(view.epochs, name, order), key=f"loss-{name}", alt=f"{LOSSES.get(name, name)} by epoch")


def _checkpoints(view: TrainingView) -> None:
    found = runs.landed(workspace(), view)
    if not found:
        return
    st.markdown("**Checkpoints that landed**")
    columns: dict[str, list[str]] = {
        "Step": [f"{row.checkpoint.step:,}" for row in found],
        "Epoch": [str(row.checkpoint.details.get("epoch", "")) for row in found],
    }
    for name in SHOWN:
        values = [row.evaluation.values.get(name) if row.evaluation else None for row in found]
        title = next((value.title for value in values if value), name)
        columns[title] = [number(value.value) if value else "" for value in values]
        columns[f"{title} 95%"] = [interval(value.low, value.high) if value else "" for value in values]
        columns[f"{title} verdict"] = [row.verdicts.get(name, "") for row in found]
    table(columns, key="landed", alt="The checkpoints of this run with their KID and coverage")
    st.caption("Verdict: against the checkpoint before it, on the same latents.")
    if not view.active and (chosen := best.of_runs(workspace(), [view.run]).get(view.run)):
        st.info(plain(chosen.sentence), icon=":material/star:")
    with st.container(horizontal=True):
        links.link("trends", "All metrics over the steps", icon=":material/show_chart:", run=view.run)
        links.link("checkpoints", "The last checkpoint", icon=":material/deployed_code:",
                   checkpoint=found[-1].checkpoint.id)  # fmt: skip
        if len(found) > 1:
            links.link("compare", "First against last", icon=":material/compare_arrows:", a=found[0].checkpoint.id,
                       b=found[-1].checkpoint.id)  # fmt: skip
