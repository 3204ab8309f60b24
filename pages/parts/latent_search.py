"""The tab Search of the page Improve."""

from __future__ import annotations

import streamlit as st

from core.numbers import number
from core.reports import ReportView
from core.results import EvaluationView
from pages.parts import findings, latents, pickers, states
from pages.parts.gallery import gallery
from pages.parts.tables import table
from pages.parts.words import ago, plain

COUNTS = {8: "8", 16: "16", 32: "32"}
PROMISE = (
    "For some real pictures, held-out ones where there are any, the latent is sought whose picture comes nearest: from "
    "the nearest of a bank on, step by step. What stays far away is what the generator cannot make."
)


def show(view: EvaluationView) -> None:
    with st.container(width=200):
        count = pickers.pick("count", "Real pictures", COUNTS)
    report = findings.report(
        "latent-search", {**latents.model(view), "count": count}, "Search for real pictures", PROMISE
    )  # fmt: skip
    with states.shown():
        _shown(report)


def _shown(report: ReportView) -> None:
    found, rows = report.result, report.result["rows"]
    st.info(plain(found["sentence"]), icon=":material/travel_explore:")
    latents.made_by(found)
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Real · nearest of the bank · found", anchor=False)
        said = [
            words for row in rows
            for words in ("real", f"bank {number(row['before'])}", f"found {number(row['after'])}")
        ]  # fmt: skip
        gallery(
            [row[name] for row in rows for name in ("real", "start", "found")], key="search", columns=3, tile=150,
            height=720, captions=said, label="Real pictures, each beside the nearest that was found, the worst first",
        )  # fmt: skip
    with right:
        st.header("The hardest first", anchor=False)
        table(
            {
                "Picture": [f"{row['position']:,}{' (held out)' if row['held_out'] else ''}" for row in rows],
                "Bank": [number(row["before"]) for row in rows],
                "Found": [number(row["after"]) for row in rows],
                "Real ones nearer": [f"{row['among_real']:.0%}" for row in rows],
                "Generated ones nearer": [f"{row['among_made']:.0%}" for row in rows],
            },
            key="search", alt="Every real picture with the distance that remains, and its place among others",
        )  # fmt: skip
    own = found["own"]
    st.caption(
        "Distances are in feature space; the search weighs pixels as well, so one of the two may rise a little. "
        "“Real ones nearer”: how many real pictures lie nearer to their nearest real "
        f"one (half within {number(found['median_real'])}); the same of generated ones "
        f"({number(found['median_made'])}). The search ran {found['steps']} steps from the nearest of {found['n']:,} "
        f"latents. It may miss: for {own['n']} pictures that this generator made itself it came from "
        f"{number(own['before'])} down to {number(own['after'])}, not 0: read no more into a remaining distance than "
        f"lies above that. Made {ago(report.created_at)}."
    )
