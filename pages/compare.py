"""Two checkpoints: is B better than A, metric by metric; and the same latents through every checkpoint of the run."""

import streamlit as st

from core import checkpoints, compare, strip
from core.figures.comparison import forest
from core.metrics import HEADLINE, METRICS
from pages.parts import links, pickers, states
from pages.parts.differences import differences
from pages.parts.figures import figure
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.numbers import meanings, warned
from pages.parts.words import plain

BANNERS = {"better": st.success, "worse": st.error, "mixed": st.warning, "cannot tell": st.info}
st.title("Compare", anchor=False)
found = checkpoints.every(workspace(), run=st.query_params.get("run")) or checkpoints.every(workspace())
if len(found) < 2:
    states.empty("Two checkpoints are needed", "Register and evaluate another one, then compare them here.")
    links.link("checkpoints", "Register a checkpoint", icon=":material/deployed_code:")
    st.stop()
left, right = st.columns(2)
with left:
    a = pickers.checkpoint("a", "A, the one to beat", default=found[0].id)
with right:
    b = pickers.checkpoint("b", "B, the candidate", default=found[-1].id)
assert a is not None
assert b is not None
with states.shown():
    pairs = compare.protocols(workspace(), a, b)
    protocols = compare.by_protocol(pairs)
    key = pickers.pick("protocol", "Protocol", {k: one.protocol for k, (one, _) in protocols.items()})
    answer = compare.between(workspace(), a, b, *protocols[key])
    BANNERS[answer.answer](plain(answer.sentence))
    for beside in answer.beside:
        st.markdown(plain(beside))
    for one in answer.apart:
        st.warning(f"Not compared: {plain(one)}.")
    differences(answer.judged, answer.described)
    figure(
        forest(answer.judged), key="forest", alt=f"{answer.sentence} Differences in standard errors, a line a metric."
    )
    with st.container(horizontal=True):
        meanings([(r.metric, r.title) for r in answer.rows])
        with st.popover("What would settle it", icon=":material/add_photo_alternate:", type="tertiary"):
            open_ones = [r for r in answer.rows if r.more]
            st.markdown("\n".join(f"- **{r.title}**: {plain(r.more)}" for r in open_ones) or "Nothing is open.")
    st.caption(
        f"The answer on top is that of {', '.join(m.title for m in METRICS if m.name in HEADLINE)}. p says how often "
        "chance alone would give such a difference, corrected for asking about "
        f"{len(answer.judged)} metrics at once (Holm, the three on top with five "
        "times the weight); below 0.05 counts. The intervals carry the same correction: one that holds 0 cannot tell. "
        "Differences are taken picture by picture where both were made from the same latents. Precision and density "
        "alone do not follow what people see: read them beside coverage."
    )
    for one in answer.made_by:
        st.caption(plain(one))
    warned((r.title, r.note) for r in answer.rows)

st.header("The same latents, step by step", anchor=False)
with states.shown():
    start = st.number_input("First latent", 0, 1_000_000, 0, 10, key="strip-start", width=180, bind="query-params")
    run = checkpoints.get(workspace(), b).run
    own = checkpoints.every(workspace(), run=run)
    other = [c for c in found if c.id == a and c.run != run]
    places = range(start, start + 10)
    asked = [*other, *own]
    rows = strip.strip(workspace(), asked, places)
    apart = [c for c in asked if c.id in {a, b} - {row.checkpoint_id for row in rows}]
    alone = [row for c in apart for row in strip.of_its_own(workspace(), c, places)]
    if alone:
        names = " and ".join(plain(row.label) for row in alone)
        st.caption(f"The pictures of {names} come from other latents, or are ready-made: compare them as a whole.")
    for row in sorted([*rows, *alone], key=lambda row: [c.id for c in asked].index(row.checkpoint_id)):
        name = plain(row.label) if row.checkpoint_id in [c.id for c in other] else f"step {row.step:,}"
        links.link("checkpoints", name, checkpoint=row.checkpoint_id)
        gallery(row.image_ids, key=f"strip-{row.checkpoint_id}", label=row.label, columns=10, tile=96, height=0)
