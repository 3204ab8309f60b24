"""Where is it worst? A metric by label, tag or cluster, with intervals, the worst slice first."""

import streamlit as st

from core import gallery as core_gallery
from core import reports
from core.figures.slices import slices as drawn
from core.gallery import Query
from core.numbers import interval, number
from core.reports import slices
from pages.parts import findings, links, pickers, states
from pages.parts.figures import figure
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.numbers import BETTER
from pages.parts.tables import table
from pages.parts.words import ago, plain

PICTURES = {"generated": "Generated", "reference": "Real"}
st.title("Slices", anchor=False)
view = findings.measured()
choosing = st.container(horizontal=True)
with choosing, st.container(width=200):
    possible = slices.possible(workspace(), view.set_id, view.reference_set_id)
    by = pickers.pick("by", "Slice by", possible, default=findings.asked_report().get("by"))
report = findings.report(
    "slices", slices.arguments(workspace(), view.set_id, view.reference_set_id, view.extractor, by),
    "Slice the metrics",
    "Coverage, precision, KID and others for every slice by itself, the worst first, with intervals that say how "
    "little a small slice knows.",
)  # fmt: skip


def pictures(chosen: slices.Slice) -> None:
    """A slice's pictures on both sides."""
    for place, side in zip(st.columns(2), PICTURES, strict=True):
        with place:
            group = reports.group(workspace(), report.id, f"{side}-{chosen.number}")
            st.markdown(f"**{PICTURES[side]}** · {len(group.positions):,}")
            if not group.positions:
                st.caption("None.")
                continue
            shown = core_gallery.select(workspace(), Query(group.set_id, positions=tuple(group.positions)))
            gallery(
                shown.ids[:200], key=f"slice-{side}", label=f"{PICTURES[side]} pictures of {chosen.name}", rows=3,
                tile=72, height=0,
                on_open=links.to("gallery", set=group.set_id, report=report.id, group=f"{side}-{chosen.number}"),
            )  # fmt: skip
            findings.group_link(report, group.set_id, f"{side}-{chosen.number}", "All in the gallery")


with states.shown():
    with choosing, st.container(width=320):
        metric = pickers.pick("metric", "Metric", slices.choices(report))
    found = slices.read(report, metric)
    st.info(plain(found.sentence), icon=":material/pie_chart:")
    if found.rows:
        event = figure(
            drawn(found.rows, f"{found.title}, {BETTER[found.direction]}", found.overall), key=f"slices-{metric}-{by}",
            alt="; ".join(f"{one.name}: {number(one.best_guess)}" for one in found.rows),
            on_select="rerun", selection_mode="points",
        )  # fmt: skip
        table(
            {
                "Slice": [one.name for one in found.rows],
                "Pictures": [f"{one.n:,}" for one in found.rows],
                "As it is": [number(one.value) for one in found.rows],
            }
            | ({"Towards the whole": [number(one.shrunk) for one in found.rows]} if found.rows[0].shrunk is not None
               else {"Real vs real": [number(one.floor) for one in found.rows]})
            | {"95% interval": [interval(one.low, one.high) for one in found.rows]},
            key="slices", alt=f"{found.title} of every slice, the worst first",
        )  # fmt: skip
        by_row = {one.number: one for one in found.rows}
        points = [p for p in event["selection"]["points"] if p.get("customdata") is not None]
        if points:
            row = points[0]["customdata"]
            st.query_params["slice"] = str(found.rows[row[0] if isinstance(row, list) else row].number)
        with st.container(width=320):
            chosen = pickers.pick(
            "slice", "Look at", {key: f"{one.name} ({one.n:,})" for key, one in by_row.items()}, of=f"{metric}-{by}"
        )  # fmt: skip
        pictures(by_row[chosen])
    if found.small:
        listed = ", ".join(f"{plain(name)} ({count})" for name, count in found.small)
        st.caption(f"Too small for a value, fewer than {slices.LEAST} pictures: {listed}.")
    whose = {"generated": "generated", "reference": "real", "both": "generated, and as many real,"}[found.side]
    st.caption(
        f"{found.explained} Counted are {whose} pictures. Values are drawn towards the whole the more, the smaller the "
        f"slice and the more alike the slices are (empirical Bayes), by one standard error at most. Made "
        f"{ago(report.created_at)}."
        if found.side != "both" else
        f"{found.explained} Counted are {whose} pictures of the slice; real vs real is the slice's own floor. Made "
        f"{ago(report.created_at)}."
    )  # fmt: skip
