"""The tab Filter of the page Improve."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import references
from core.figures.improving import curves
from core.numbers import number
from core.reports import ReportView, rules
from core.results import EvaluationView
from pages.parts import findings, latents, links, pickers, states
from pages.parts.figures import figure
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.words import ago, plain

SHARES = {0.9: "90%", 0.7: "70%", 0.5: "half", 0.3: "30%", 0.1: "10%"}
PROMISE = (
    "The threshold is fitted on one bank of latents. Then as many fresh latents are let through as are drawn "
    "unfiltered beside them, and both are measured against real pictures that the filter never saw."
)
TAKEN = (
    "The list holds latents, labels, seed, key of the bank, positions and the rule. The wrapped generator is an ONNX "
    "file with the list built in: one standard normal number picks one of them, so it makes no other pictures, "
    "and random picks repeat: of as many picks as rows 63% are different. "
    "Fresh latents cannot be filtered inside a model: draw more than you need and keep what scores above the threshold."
)


def show(view: EvaluationView) -> None:
    known = {rule.name: rule for rule in rules.RULES}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=280):
            name = pickers.pick("by", "Let through by", {rule.name: rule.title for rule in rules.RULES})
        with st.container(width=160):
            keep = pickers.pick("keep", "Keep", SHARES, default=0.5)
        chosen: dict[str, Any] = {}
        if known[name].of == "pictures":
            with st.container(width=220):
                chosen = _chosen(view)
    st.caption(known[name].help)
    if known[name].of == "pictures":
        links.link("references", "Bring in a folder or zip of such pictures", icon=":material/add_photo_alternate:")
    asked = {**latents.model(view), "by": name, "keep": keep, **chosen}
    report = findings.report("latent-filter", asked, "Filter the latents", PROMISE)
    with states.shown():
        _shown(report)


def _chosen(view: EvaluationView) -> dict[str, Any]:
    """By votes, by a tag, or all of a reference set."""
    ways: dict[str, tuple[str, dict[str, Any]]] = {"": ("people's votes", {})}
    ways |= {
        f"set:{one.set_id}": (f"the set {one.label}", {"chosen_set_id": one.set_id})
        for one in references.every(workspace()) if one.set_id != view.reference_set_id
    }  # fmt: skip
    ways |= {one: (f"the tag {one}", {"tag": one}) for one in rules.tags(workspace())}
    return ways[pickers.pick("tag", "Pictures chosen by", {key: words for key, (words, _) in ways.items()})][1]


def _shown(report: ReportView) -> None:
    found = report.result
    st.info(plain(found["sentence"]), icon=":material/filter_alt:")
    latents.made_by(found)
    latents.verdicts(found["rows"], "Unfiltered", "Let through", "filter")
    seeds = found["seeds"]
    st.caption(
        f"{found['n']:,} pictures each against {found['m']:,} real: {plain(found['judged_by'])}. Fitted on the bank "
        f"of seed {seeds['fit']}, let through from seed {seeds['judge']}, unfiltered from seed {seeds['before']}: the "
        "same latents would flatter the filter. Intervals and verdicts are corrected for asking about several metrics."
    )
    if found["curve"]:
        _curve(report)
    left, right = st.columns(2, gap="large")
    for place, key, title in ((left, "best", "Let through, the best"), (right, "worst", "Dropped, the worst")):
        with place:
            st.header(title, anchor=False)
            gallery(found[key], key=f"filter-{key}", label=title, tile=72, height=240)
    latents.take(report, None, TAKEN)
    st.caption(f"Made {ago(report.created_at)}.")


def _curve(report: ReportView) -> None:
    found = report.result
    st.header("What a stricter filter brings", anchor=False)
    points = found["curve"]
    places = [f"{point['accepted']:.0%}" for point in points]
    panels = {"Precision and coverage": ("precision", "coverage"), "KID": ("kid",)}
    for column, (title, names) in zip(st.columns(2), panels.items(), strict=True):
        with column, st.container(border=True):
            st.markdown(f"**{title}**")
            series = {name.capitalize() if len(names) > 1 else title: [p[name] for p in points] for name in names}
            figure(
                curves(places, series, "let through"), key=f"filter-{title}",
                alt=f"{title} at every share of latents that is let through, with intervals",
            )  # fmt: skip
    st.caption(
        f"{points[0]['n']:,} pictures at every point. The threshold is {number(found['threshold'])}: {found['unit']}. "
        f"{found['accepted']:,} of {found['drawn']:,} fresh latents pass it."
    )
