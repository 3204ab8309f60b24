"""Every metric over the training steps of one or more runs."""

import streamlit as st

from core import best, checkpoints, results, trends
from core.figures.trends import marks, trend
from core.metrics import HEADLINE, METRICS
from pages.parts import links, pickers, states
from pages.parts.best import card
from pages.parts.figures import figure, legend
from pages.parts.house import workspace
from pages.parts.meanings import meaning
from pages.parts.numbers import BETTER, SIGNS
from pages.parts.words import plain

st.title("Trends", anchor=False)
evaluations = results.every(workspace())
runs = [run.name for run in checkpoints.runs(workspace())]
if not evaluations:
    states.empty("No numbers yet", "Evaluate a checkpoint, and its metrics appear here over the training steps.")
    links.link("checkpoints", "Evaluate a checkpoint", icon=":material/deployed_code:")
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    owned, first = trends.owners(workspace()), evaluations[0]
    alike = trends.measured(evaluations, owned, first.reference, first.extractor)
    chosen = pickers.several("run", "Runs", {name: name for name in runs}, [run for run in runs if run in alike][:3])
    first = trends.newest(evaluations, owned, chosen)
    references = {view.reference: view.reference for view in evaluations}
    against = pickers.several("against", "Against", references, [first.reference])
    extractors = trends.features(workspace(), evaluations)
    features = pickers.several("features", "Features", extractors, [first.extractor])
    everything = st.toggle("All metrics", key="all", bind="query-params")


def charts(metrics: list[str]) -> None:
    """Two across; row by row, so that a narrow page keeps their order."""
    found = trends.every(workspace(), metrics, chosen, features, against)
    drawn = {name: lines for name, lines in found.items() if lines}
    if not drawn:
        states.empty("No line to draw", "These runs have no numbers against this reference set under these features.")
    places = [place for _ in range(0, len(drawn), 2) for place in st.columns(2)]
    for place, (name, lines) in zip(places, drawn.items(), strict=False):
        with place, st.container(border=True):
            title = trends.title(lines)
            st.markdown(f"**{title}** · {BETTER[lines[0].direction]}", help=meaning(name))
            names = trends.names(lines)
            key = f"trend-{name}"
            event = figure(
                trend(lines, names), key=key, alt=f"{title} over the steps of {', '.join(names)}",
                on_select="rerun", selection_mode="points",
            )  # fmt: skip
            verdicts = [trends.latest(workspace(), line) for line in lines]
            said = [f"{plain(name)} {SIGNS[verdict]} {verdict}" for name, verdict in zip(names, verdicts, strict=True)]
            if len(lines) > 1:
                legend(said, marks(len(lines)), key=key)
                if any(verdicts):
                    st.caption("Better, worse or cannot tell: the last step against the one before.")
            elif any(verdicts):
                st.caption(f"Last step against the one before: {said[0]}.")
            for apart in trends.apart(workspace(), lines):
                st.caption(f"⚠ {plain(apart)}")
            points = [p for p in event["selection"]["points"] if p.get("customdata")]
            if points:
                number = points[0]["customdata"]
                links.go("checkpoints", checkpoint=number[0] if isinstance(number, list) else number)


if len(against) == len(features) == 1:
    for kept in best.of_runs(workspace(), chosen, reference=against[0], extractor=features[0]).values():
        card(kept)
charts([m.name for m in METRICS if everything or m.name in HEADLINE or m.name in ("precision", "recall", "density")])
with st.expander("Every checkpoint in these lines", icon=":material/list:"), st.container(horizontal=True):
    for number, label in trends.points(workspace(), chosen, features, against).items():
        links.link("checkpoints", plain(label), icon=":material/deployed_code:", checkpoint=number)
st.caption(
    "Bands are 95% intervals; dotted lines are real pictures against real ones. Values of unlike protocols never share "
    "a line. Click a point to open its checkpoint."
)
