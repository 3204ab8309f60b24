"""Which metric notices what: known defects planted into the team's own real pictures."""

import streamlit as st

from core import reports
from core.figures.self_check import heat, signed
from core.reports import blind_spots
from pages.parts import links, pickers, states
from pages.parts.findings import under_way
from pages.parts.gallery import gallery
from pages.parts.heat import heat_map
from pages.parts.house import workspace
from pages.parts.jobs import ask, at_work, outcome
from pages.parts.tables import table
from pages.parts.words import ago, plain

KEY = "self-check"
STRENGTHS = {"strong": "Strong", "light": "Light"}
ERRORS = {"paired": "The same pictures, changed", "unpaired": "Other pictures"}
ALL_SEEN = "Nothing: every change that was planted is called worse by some metric."
WORDS = {"worse": "Say worse", "better": "Say better", "moves": "Move", "blind": "Blind"}
st.title("Self-check", anchor=False)
at_work()
outcome(KEY)
real = pickers.picture_set("set", "Real pictures", "reference", first="reference")
if real is None:
    states.empty("No reference set yet", "Defects are planted into real pictures, to see which metric notices them.")
    links.link("references", "Add real pictures", icon=":material/photo_library:")
    st.stop()
extractor = pickers.extractor()
asked = {"reference_set_id": real.set_id, "extractor": extractor}
report = reports.find(workspace(), reports.get(KEY), asked) or reports.newest(workspace(), reports.get(KEY), asked)
if report is None:
    under_way(KEY, asked)
    st.write(
        "Blur, noise, JPEG, colour, framing, missing kinds, copies: each is planted into these real pictures, lightly "
        "and strongly, and every metric is asked. You learn which number to believe about what, and what none sees."
    )
    st.caption("It takes minutes: 1,500 pictures are changed in a dozen ways, and each needs its features.")
    if st.button("Check the metrics", type="primary", icon=":material/experiment:"):
        with states.shown():
            ask(KEY, KEY, asked, priority=5)
            st.rerun()
    st.stop()

found = report.result
with st.container(horizontal=True, vertical_alignment="bottom"):
    with st.container(width=160):
        strength = pickers.pick("strength", "Planted", STRENGTHS)
    with st.container(width=260):
        errors = pickers.pick(
            "errors", "Standard errors of", ERRORS,
            help="The same pictures, changed: as between two checkpoints on one latent bank, where chance cancels. "
            "Other pictures: as between any two sets; fewer differences can be told from chance.",
        )  # fmt: skip
lines, sees = blind_spots.at(found, strength, errors == "paired")
said = blind_spots.sentences(found, strength, errors == "paired")
st.header("What to beware of", anchor=False)
st.markdown("\n".join(f"- {plain(sentence.text)}" for sentence in said if sentence.warns) or ALL_SEEN)
st.header("Which metric sees what", anchor=False)
titles = {p["plant"]: p["title"] for p in lines}
heat_map(
    list(titles.values()), heat(sees, titles),
    alt="Metrics by planted changes, in signed standard errors; below, the same in words",
)  # fmt: skip
st.caption(
    "In standard errors of one comparison of "
    f"{found['n']:,} with {found['n']:,} pictures; above 0 the value rose. Vermilion: the metric says worse; blue: it "
    "says better; purple: it moves and judges nothing. Pale from 2, filled from 8; below 2 it is blind to that. The "
    "first column is other real pictures with nothing planted: what chance does."
)  # fmt: skip
rows = blind_spots.by_plant(sees)
with st.expander("In words", icon=":material/table_rows:"):
    table(
        {"Planted": [f"{p['title']}: {p['says']}" for p in lines if (p["plant"], p["strength"]) in rows]}
        | {
            heading: [", ".join(f"{r.title} {signed(r.errors)}" for r in row[kind]) for row in rows.values()]
            for kind, heading in WORDS.items()
        },
        key="by-plant", words=list(WORDS.values()), alt="Every planted change, and which metrics notice it",
    )  # fmt: skip
    if found["left_out"]:
        st.caption("Not asked: " + " ".join(f"{plain(o['title'])}: {plain(o['why'])}" for o in found["left_out"]))

st.header("What was planted", anchor=False)
example = st.segmented_control("Picture", range(1, 5), default=1, key="example", required=True)
pictures = [p for p in lines if len(p["image_ids"]) >= example]
gallery(
    [p["image_ids"][example - 1] for p in pictures], captions=[p["title"] for p in pictures], key="planted",
    label="One real picture with every change", tile=112, height=0,
)  # fmt: skip
st.caption(
    f"Modes are {found['modes']['from']}: {plain(', '.join(found['modes']['names'][:20]))}. Each number is the mean of "
    f"{found['splits']} random splits of {3 * found['n']:,} real pictures into a stand-in for generated ones, a "
    f"reference, and a spare third. Made {ago(report.created_at)}."
)  # fmt: skip
