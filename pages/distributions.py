"""How far pictures lie from one another, and the tail that lies too near or too far."""

import numpy as np
import streamlit as st

from core import distributions, similarity
from core.distributions import MODES
from core.embeddings import NotEmbedded
from core.figures.distributions import ecdf, histogram
from core.numbers import number
from pages.parts import links, pickers, states
from pages.parts.figures import figure
from pages.parts.gallery import gallery
from pages.parts.house import workspace
from pages.parts.missing import offer_embedding
from pages.parts.moving import moving
from pages.parts.tables import table

st.title("Distributions", anchor=False)
left, right = st.columns(2)
with left:
    sample = pickers.picture_set("set", "Generated", "sample")
with right:
    real = pickers.picture_set("reference", "Real", "reference")
if real is None:
    states.empty("No reference set yet", "Add real pictures, evaluate a checkpoint, and their distances appear here.")
    links.link("references", "Add real pictures", icon=":material/photo_library:")
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    with st.container(width=390):
        extractor = pickers.extractor()
    with st.container(width=200):
        measure = pickers.measure(extractor, distances=True)
    with st.container(width=200):
        mode = pickers.pick("mode", "Distances", {k: v[0].upper() + v[1:] for k, v in MODES.items()})
    with st.container(width=160):
        drawn = pickers.pick("as", "Drawn as", {"histogram": "Histogram", "ecdf": "Cumulative"})
chosen = {"sample_set_id": sample.set_id if sample else None, "reference_set_id": real.set_id, "extractor": extractor}
try:
    with moving("Measuring distances") as progress:
        found = distributions.distributions(workspace(), measure=measure, mode=mode, progress=progress, **chosen)
except NotEmbedded as error:
    offer_embedding(error, [s.set_id for s in (sample, real) if s], extractor, real.set_id)
    st.stop()
axis = similarity.get(measure).distance_title
series = {d.title: d.values for d in found}
low, high = (float(f([f(v) for v in series.values()])) for f in (np.min, np.max))
threshold = None
if mode == "nearest" and sample and low < high:
    threshold = st.slider(
        "Threshold", low, high, float(np.quantile(found[0].values, 0.02)), key=f"t-{chosen}-{measure}",
        help="Generated pictures nearer to a real one than this may be copies: see how many of the held-out real "
        "pictures are as near.",
    )  # fmt: skip
drawing = (ecdf if drawn == "ecdf" else histogram)(series, axis, threshold)
figure(drawing, key="distances", alt=f"{axis} of {', '.join(series)}; their quantiles are in the table.")
table(
    {"Pair": list(series), "Distances": [f"{d.n:,}" for d in found]}
    | {f"{q:.0%}": [number(d.quantiles[q]) for d in found] for q in (0.01, 0.05, 0.5, 0.95, 0.99)},
    key="quantiles", alt="How many distances there are of each kind, and their quantiles",
)  # fmt: skip
if threshold is not None and sample is not None:
    side = st.segmented_control(
        "Tail", ["below", "above"], default="below", key="tail", required=True,
        format_func={"below": "Nearer than this (copies?)", "above": "Farther (strays?)"}.__getitem__,
    )  # fmt: skip
    tail = distributions.tail(workspace(), measure=measure, threshold=threshold, below=side == "below", **chosen)
    st.markdown(f"**{tail.count:,} of {tail.n:,}** generated pictures ({tail.share:.1%}), the most extreme first")
    if tail.count:
        gallery(
            [p.image_id for p in tail.pictures], values=[p.value for p in tail.pictures], key="tail-gallery",
            label="Generated pictures beyond the threshold", height=380,
            on_open=links.to("neighbours", set=real.set_id),
        )  # fmt: skip
