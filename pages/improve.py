"""Better pictures from the weights there are: which latents to use."""

import streamlit as st

from pages.parts import findings, latent_filter, latent_search, latent_sweep
from pages.parts.words import plain

WAYS = {
    "Filter": (
        "Let through only latents whose pictures score well.",
        latent_filter.show,
    ),
    "Sweep": (
        "Pull every latent towards the middle, or away from it: quality against diversity, measured for yours.",
        latent_sweep.show,
    ),
    "Search": (
        "For single real pictures, the nearest that the generator can make: what stays far away, it cannot.",
        latent_search.show,
    ),
}

st.title("Better pictures, same weights", anchor=False)
view = findings.measured()
way = st.segmented_control(
    "What to try", list(WAYS), default="Filter", key="way", bind="query-params", label_visibility="collapsed"
)
words, show = WAYS[way or "Filter"]
st.caption(plain(words))
show(view)
