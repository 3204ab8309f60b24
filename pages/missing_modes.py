"""What is missing: real pictures that no generated one comes near, in clusters; and generated ones near no real one."""

import streamlit as st

from core.figures.clusters import bars
from core.reports import missing
from core.reports.missing import Missing, Side
from core.reports.sides import arguments
from pages.parts import findings, links, pickers, states
from pages.parts.figures import figure
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.words import ago, plain

SIDES = {"left-out": "Real pictures left out", "off": "Generated pictures off"}
WORDS = {"left-out": "with no generated one near", "off": "with no real one near"}
CALLED = {"left-out": ":red[missing]", "off": ":red[off]"}
st.title("Missing modes", anchor=False)
view = findings.measured()
report = findings.report(
    "missing", arguments(view), "Look for what is missing",
    "Which real pictures does no generated one come near, and what have they in common? The same is asked of other "
    "real pictures in the place of the generated ones, so that what is merely rare is not called missing.",
)  # fmt: skip


def cluster(number: int, one: Missing, side: Side, name: str) -> None:
    """A cluster with its most typical pictures, and what others leave out there."""
    with st.container(border=True):
        called = f" · {plain(one.called)}" if one.called else ""
        verdict = CALLED[name] if one.certain else ":gray[no more than among real pictures]"
        st.markdown(f"**{number}. {one.size:,} pictures{called}** · {one.share:.1%} of {side.size:,} "
                    f"({one.low:.1%} to {one.high:.1%}) · {verdict}")  # fmt: skip
        labels = ", ".join(
            f"{plain(label)}: {here:,}" + (f" of {of:,}" if of else "") for label, here, of in one.labels[:5]
        )
        real = f"Other real pictures leave out {one.real:,} here." if name == "left-out" else (
            f"Of other real pictures, {one.real:,} lie off here.")  # fmt: skip
        st.caption(f"{real} {labels}")
        gallery(
            one.image_ids[:60], key=f"cluster-{one.name}", label=f"Cluster {number}, the most typical first", rows=1,
            tile=80, height=0, on_open=links.to("gallery", set=side.set_id, report=report.id, group=one.name),
        )  # fmt: skip
        findings.group_link(report, side.set_id, one.name, f"All {one.size:,} in the gallery")


with states.shown():
    found = missing.read(workspace(), report)
    (st.warning if found.bad else st.success)(plain(found.sentence), icon=":material/blur_off:")
    with st.container(width=320):
        name = pickers.pick("side", "Look at", SIDES)
    side = {"left-out": found.left_out, "off": found.off}[name]
    low, high = side.interval
    st.markdown(
        f"**{side.count:,} of {side.size:,} {'real' if name == 'left-out' else 'generated'} pictures {WORDS[name]}** · "
        f"{side.share:.1%} ({low:.1%} to {high:.1%}); with other real pictures in the place of the generated ones "
        f"{side.control:,} ({side.floor:.1%})"
    )  # fmt: skip
    if side.clusters:
        names = [one.called for one in side.clusters]
        event = figure(
            bars(names, [c.size for c in side.clusters], [c.real for c in side.clusters], SIDES[name].lower()),
            key=f"clusters-{name}", on_select="rerun", selection_mode="points",
            alt="; ".join(f"cluster {i}: {c.size} pictures, {c.called}, {c.real} by other real pictures"
                          for i, c in enumerate(side.clusters, 1)),
        )  # fmt: skip
        if points := [p for p in event["selection"]["points"] if p.get("customdata") is not None]:
            number = points[0]["customdata"]
            chosen = side.clusters[number[0] if isinstance(number, list) else number]
            links.go("gallery", set=side.set_id, report=report.id, group=chosen.name)
        for place, one in enumerate(side.clusters, 1):
            cluster(place, one, side, name)
    else:
        states.empty("None at all", "Every picture has one of the other kind near it.", ":material/check_circle:")
    st.caption(
        f"{side.size:,} generated against {side.size:,} real pictures under {plain(view.extractor_title)}. A picture "
        "is near when it lies in the ball that reaches to the 5th neighbour, as in coverage. Clusters are Ward's; one "
        "is called so when it holds more pictures than other real ones leave there, by a sign test with Holm's "
        f"correction. {found.held_out:,} of the other real pictures were held out. Made {ago(report.created_at)}."
    )  # fmt: skip
