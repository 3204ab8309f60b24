"""Say what you see: approve, reject or unsure, picture by picture and for the checkpoint as a whole."""

import streamlit as st

from core import checkpoints, review, sets
from core.gallery import UNSEEN, Query, select
from core.review import Subject
from pages.parts import links, pickers, states
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.picture import SIGNS, judge
from pages.parts.words import ago

ORDER = {"all": "All", UNSEEN: "Unseen only", "approve": "Approved", "reject": "Rejected", "unsure": "Unsure"}
st.title("Review", anchor=False)
found = checkpoints.every(workspace())
if not found:
    states.empty("Nothing to review yet", "Register and evaluate a checkpoint; its pictures appear here.")
    links.link("checkpoints", "Register a checkpoint", icon=":material/deployed_code:")
    st.stop()
number = pickers.checkpoint()
own = [view for view in sets.every(workspace()) if number in view.checkpoint_ids]
left, right = st.columns([5, 2])
with right, states.shown(), st.container(border=True):
    st.markdown("**The checkpoint as a whole**")
    judge(Subject(checkpoint_id=number))
    links.link("checkpoints", "Its numbers", icon=":material/deployed_code:", checkpoint=number)
with left:
    if not own:
        states.empty("No pictures of it yet", "Evaluate this checkpoint first.")
        links.link("checkpoints", "Evaluate it", checkpoint=number)
        st.stop()
    view = own[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=200):
            wanted = pickers.pick("show", "Show", ORDER)
        tally = review.tally(workspace(), view.set_id)
        st.caption(", ".join(f"{count} {verdict}" for verdict, count in tally.items()) or "nobody judged any yet")
    # The pictures that fitted when the list was made stay in it: one that is judged must not slip away from under
    # the reviewer's fingers.
    key = f"review-list-{view.set_id}-{wanted}"
    if st.button("Refresh the list", icon=":material/refresh:") or key not in st.session_state:
        verdict = "" if wanted == "all" else wanted
        st.session_state[key] = select(workspace(), Query(view.set_id, verdict=verdict)).ids
    st.caption("Arrow keys move, Space selects several, Enter opens. a approve, r reject, u unsure, c clear.")
    if len(st.session_state[key]):
        gallery(
            st.session_state[key], key=f"review-{view.set_id}-{wanted}", label=f"Pictures of {view.title}", tile=128,
            vote_in=view.set_id, on_open=links.to("gallery", set=view.set_id),
        )  # fmt: skip
    else:
        states.empty("None of these", "Choose another list.", ":material/done_all:")
    said = review.said(workspace(), view.set_id)
    if said:
        with st.expander(f"Who said what ({len(said):,})", icon=":material/groups:"):
            st.dataframe(
                {
                    "Picture": [links.address("gallery", set=view.set_id, image=one.image_id) for one in said],
                    "Who": [one.user for one in said],
                    "Verdict": [SIGNS[one.verdict] for one in said],
                    "When": [ago(one.created_at) for one in said],
                },
                key="said", hide_index=True, height=min(38 + 36 * len(said), 320),
                column_config={"Picture": st.column_config.LinkColumn(display_text=r"image=(\d+)")},
            )  # fmt: skip
