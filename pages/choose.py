"""Which features and which measure fit these pictures: what tells same from different best, and how fast."""

import streamlit as st

from core import planting, reports, shelf
from core.figures.choose import ranked, standing
from core.numbers import number
from core.reports import same_or_different
from core.reports.leaders import first_of_each, pairs
from pages.parts import links, pickers, states
from pages.parts.figures import figure
from pages.parts.findings import under_way
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.jobs import ask, at_work, outcome
from pages.parts.tables import table
from pages.parts.words import ago, plain

KEY = "choose"
st.title("Choose a measure", anchor=False)
at_work()
outcome(KEY)
real = pickers.picture_set("set", "Real pictures", "reference", first="reference")
if real is None:
    states.empty("No reference set yet", "What fits your pictures is tried on real ones: add some first.")
    links.link("references", "Add real pictures", icon=":material/photo_library:")
    st.stop()
ways = same_or_different.possible(workspace(), real.set_id)
by = pickers.pick(
    "by", "The same is what shares", {way: same_or_different.BY[way].capitalize() for way in ways},
    help="Labels come with the pictures, tags from the Gallery. Planted changes: a picture and its own cropped, "
    "blurred, recoloured, noisy, mirrored or shifted version are the same.",
)  # fmt: skip
kinds = {kind.name: kind.title for kind in shelf.known(workspace())}
only = pickers.several("features", "Only these features (none: all of them)", kinds, [])
asked = {"reference_set_id": real.set_id, "by": by, "extractors": sorted(only, key=list(kinds).index)}
report = reports.find(workspace(), reports.get(KEY), asked)
if report is None:
    under_way(KEY, asked)
    st.write(
        "Every kind of features with every measure that fits it tries to tell pictures that belong together from "
        "pictures that do not, on these pictures. You learn which pair to use on Neighbours and Distributions, and "
        "for what an evaluation should look at."
    )
    st.caption("It takes some minutes: a few hundred pictures are embedded in every way there is, and timed.")
    if st.button("Try them all", type="primary", icon=":material/rule:"):
        with states.shown():
            ask(KEY, KEY, asked, priority=5)
            st.rerun()
    st.stop()

found = report.result
st.success(plain(found["reason"]), icon=":material/star:")
st.caption(
    f"Same: {plain(found['words'])}. {found['same']:,} of {found['pairs']:,} pairs of {found['pictures']:,} pictures "
    f"belong together. Made {ago(report.created_at)}."
)  # fmt: skip
leaders = first_of_each(found)
st.header("The best measure of each kind of features", anchor=False)
figure(ranked(leaders), key="ranked", alt="The best measure of each kind of features by AUC; all are in the table.")
st.caption(
    "AUC: how often a pair that belongs together is nearer than one that does not. As good: hardly behind the best, "
    "or within chance of it. Recommended is the fastest of those. Being the best of many, the leader looks a little "
    "better than it is."
)  # fmt: skip
changes = list(dict.fromkeys(change for row in leaders for change in row["by_change"]))
if changes:
    st.header("Change by change", anchor=False)
    table(
        {"Features, measure": [row["title"] for row in leaders]}
        | {planting.get(c).title: [number(row["by_change"].get(c)) for row in leaders] for c in changes},
        key="by-change", alt="AUC of the leaders for every planted change by itself",
    )  # fmt: skip
    st.caption("AUC for each change by itself. Near 0.5 the features take the changed picture for another one.")
with st.expander(f"All {len(found['rows'])} pairs of features and measure", icon=":material/table_rows:"):
    rows = found["rows"]
    table(
        {
            "Features, measure": [row["title"] for row in rows],
            "AUC": [f"{row['auc']:.3f}" for row in rows],
            "95% interval": [f"{row['low']:.3f} to {row['high']:.3f}" for row in rows],
            "s / 1,000": [number(row["seconds"]) for row in rows],
            "Pairs": [f"{row['pairs']:,}" for row in rows],
            "Standing": [standing(row) + (f", {row['note']}" if row["note"] else "") for row in rows],
        },
        key="all", words=["Standing"], alt="Every pair of features and measure with its AUC, interval and time",
    )  # fmt: skip
    st.caption("s / 1,000: seconds to embed 1,000 pictures and compare one picture with each, on this machine.")
    if found["left_out"]:
        st.caption("Left out: " + " ".join(f"{plain(o['title'])}: {plain(o['why'])}." for o in found["left_out"]))

if found["disagreements"]:
    st.header("Where two disagree", anchor=False)
    st.write(f"The recommended one and {plain(found['rival'])}, the best with other features.")
    for number_, (near, some) in enumerate(pairs(found).items()):
        st.markdown(f"**Near to {plain(near)}, far from the other**")
        gallery(
            [picture for one in some for picture in one.image_ids],
            captions=[caption for one in some for caption in one.captions], key=f"disagree-{number_}",
            label=f"Pairs near to {near}", tile=96, columns=4, height=0,
        )  # fmt: skip
    st.caption(
        "Pairs stand side by side. Below the first, what it is; below the second, how near each finds it, the "
        "recommended one and its rival: 1% is among the nearest hundredth of all pairs."
    )  # fmt: skip
