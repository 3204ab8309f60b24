"""The tab Sweep of the page Improve."""

from __future__ import annotations

import streamlit as st

from core.figures.improving import curves, trade
from core.reports import ReportView, truncation
from core.results import EvaluationView
from pages.parts import findings, latents, pickers, states
from pages.parts.figures import figure
from pages.parts.gallery import gallery
from pages.parts.words import ago, plain

MODES = {"scale": "times ψ", "truncate": "drawn again beyond ±t"}
PANELS = {
    "Fréchet distance": ("frechet",), "KID": ("kid",), "Precision and recall": ("precision", "recall"),
    "Density and coverage": ("density", "coverage"),
}  # fmt: skip
PROMISE = (
    "The same latents are pulled towards the middle by degrees, and at every degree the pictures are measured against "
    "the real ones. Which point suits you is a choice; what it costs is said beside it."
)
TAKEN = {
    "scale": "The wrapped generator is an ONNX file that multiplies any latent by this number first; the list holds "
    "the latents that were measured.",
    "truncate": "The wrapped generator is an ONNX file with the measured latents built in: one standard normal number "
    "picks one of them. To draw fresh ones, draw every number again that lies beyond ±t.",
}


def show(view: EvaluationView) -> None:
    with st.container(width=280):
        mode = pickers.pick("mode", "Latents are", MODES)
    asked = {**latents.model(view), "mode": mode}
    report = findings.report("truncation", asked, "Sweep the latents", PROMISE)
    with states.shown():
        _shown(report)


def _shown(report: ReportView) -> None:
    found = report.result
    st.info(plain(found["sentence"]), icon=":material/tune:")
    latents.made_by(found)
    points = {truncation.said(point["level"]): point for point in found["points"]}
    names = list(points)
    with st.container(width=280):
        labels = {
            name: f"{found['symbol']} = {name}" + ("" if points[name]["level"] != found["usual"] else " (as they are)")
            for name in names
        }
        level = pickers.pick(
            "level", "Look at", labels, default=truncation.said(found["pick"]), of=report.id,
            help="First shown: the one that no other beats on KID and coverage, nearest to the latents as they are.",
        )  # fmt: skip
    left, right = st.columns([3, 2], gap="large")
    with left:
        figure(
            trade([p["precision"] for p in points.values()], [p["recall"] for p in points.values()], names, level),
            key="sweep-trade", alt="Precision against recall at every level of the sweep",
        )  # fmt: skip
    with right:
        usual = truncation.said(found["usual"])
        for name in dict.fromkeys((level, usual)):
            st.markdown(f"**{found['symbol']} = {name}**")
            gallery(points[name]["pictures"], key=f"sweep-{name}", label=labels[name], tile=64, height=150)
    if points[level]["rows"]:
        latents.verdicts(points[level]["rows"], f"{found['symbol']} = {usual}", f"{found['symbol']} = {level}", "sweep")
    columns = [place for _ in range(2) for place in st.columns(2)]
    for column, (title, metrics) in zip(columns, PANELS.items(), strict=True):
        with column, st.container(border=True):
            st.markdown(f"**{title}**")
            series = {m.capitalize() if len(metrics) > 1 else title: [p[m] for p in points.values()] for m in metrics}
            figure(
                curves(names, series, found["symbol"], level), key=f"sweep-{title}",
                alt=f"{title} at every level, with 95% intervals",
            )  # fmt: skip
    st.caption(
        f"{found['n']:,} pictures at every level against {found['m']:,} real ones, from the same base latents, so "
        "verdicts are paired; they are corrected for all levels and metrics together. The numbers are of the pictures "
        f"they were picked by: register the pick and evaluate it with another seed for others. "
        f"Made {ago(report.created_at)}."
    )
    latents.take(report, points[level]["level"], TAKEN[found["mode"]])
