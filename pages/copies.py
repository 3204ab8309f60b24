"""Does it copy? Generated pictures beside the real ones nearest to them, and held-out real ones beside theirs."""

import streamlit as st

from core.figures.distributions import histogram
from core.numbers import interval, number
from core.reports import copies
from core.reports.copies import Pair
from core.reports.sides import arguments
from pages.parts import findings, links, pickers, states
from pages.parts.figures import figure
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.tables import table
from pages.parts.words import ago, plain

SHORT = {"pixels": "by pixels", "features": "by features"}
st.title("Copies", anchor=False)
view = findings.measured()
report = findings.report(
    "copies", arguments(view), "Look for copies",
    "Every generated picture is compared with every real one, in features and in pixels, shifted and mirrored too. The "
    "nearest pairs are shown to you, beside those of real pictures that were held out.",
)  # fmt: skip
with states.shown():
    found = copies.read(workspace(), report)
    facts = found.facts
    show = st.warning if found.suspicious else st.info
    show(plain(found.sentence), icon=":material/content_copy:")
    if facts["control"]:
        rows = [(space, mark) for space in found.spaces.values() for mark in space.marks]
        table(
            {
                "As near as": [f"{mark.title}, {SHORT[space.name]}" for space, mark in rows],
                "Generated": [f"{mark.count:,} of {mark.n:,}" for _, mark in rows],
                "95% interval": [f"{mark.interval[0]:.1%} to {mark.interval[1]:.1%}" for _, mark in rows],
                "New real pictures would give": [interval(mark.chance[1], mark.chance[2]) for _, mark in rows],
                "Ratio": [number(mark.ratio) for _, mark in rows],
            },
            key="copies", alt="How many generated pictures are as near to a real one as the nearest held-out ones",
        )  # fmt: skip
    titles = {name: one.title for name, one in found.spaces.items()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=330):
            space = pickers.pick(
                "space", "Most suspicious first by", {"both": "Either", **titles},
                help="A picture's place is the better of its places by pixels and by features.",
            )  # fmt: skip
        start = st.number_input("From place", 1, facts["n"], 1, 24, key="place", bind="query-params", width=140)
        if beyond := len(found.beyond(space)):
            findings.group_link(report, found.sample_set_id, space, f"All {beyond:,} within the mark")
    made = copies.pairs(workspace(), found, space, start=start - 1)
    held_out = copies.control_pairs(workspace(), found, space)

    def said(pair: Pair) -> list[str]:
        """The captions of a pair: its ratio where it is most suspicious, and how many of the control are as near."""
        ratio = f"{SHORT[pair.space]}, ratio {number(pair.ratios[pair.space])}"
        return [ratio, f"{pair.as_near[pair.space]:,} held-out as near" if facts["control"] else "nearest real"]

    def pairs(shown: list[Pair], key: str, label: str, set_id: int) -> None:
        ids = {pair.image_id for pair in shown}

        def opened(image: int) -> None:
            links.to("gallery", set=set_id if image in ids else found.reference_set_id)(image)

        gallery(
            [image for pair in shown for image in (pair.image_id, pair.nearest_id)], key=key, label=label, columns=2,
            captions=[words for pair in shown for words in said(pair)], tile=230, height=760, on_open=opened,
        )  # fmt: skip

    left, right = st.columns(2, gap="large")
    with left:
        st.header("Generated · nearest real", anchor=False)
        pairs(made, "copies-made", "Generated pictures, each beside its nearest real one", found.sample_set_id)
    with right:
        st.header("Held-out real · nearest real", anchor=False)
        if held_out:
            pairs(held_out, "copies-control", "Held-out real pictures, each beside its nearest", found.reference_set_id)
        else:
            states.empty("No control", "Take the reference set in again with a held-out share, and compare here.")
    st.header("All ratios", anchor=False)
    shape = "pixels" if space == "pixels" else "features"
    one = found.spaces[shape]
    series = {"Generated": one.ratios} | ({"Held-out real": one.control} if facts["control"] else {})
    figure(
        histogram(series, f"copy ratio, {one.words}", one.mark), key="copies-ratios",
        alt=f"Copy ratios by {one.words} of {', '.join(series)}, and the mark of the nearest 1% held out",
    )  # fmt: skip
    st.caption(
        f"The ratio is the distance to the nearest of {facts['m']:,} real pictures over the mean distance to the "
        f"nearest {facts['k']} (Carlini et al. 2023): 0 is a copy, near 1 is as near to many as to one. Pixels are "
        f"compared at {facts['side']} × {facts['side']}, shifted by up to {facts['shift']} each way and mirrored. The "
        f"{facts['control']:,} held-out real pictures cannot have been copied: two real pictures may be near twins. "
        f"Made {ago(report.created_at)}."
    )  # fmt: skip
