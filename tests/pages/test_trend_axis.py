"""The axis of a trend names only steps that there are; what its lines are is said below it, where there is room."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from pages.parts.words import plain
from tests.pages.filled import EVIL, Full
from tests.pages.seen import Visit


def layouts(app: AppTest) -> list[dict[str, Any]]:
    found = [json.loads(element.proto.spec)["layout"] for element in app.get("plotly_chart")]
    assert found
    return found


def test_near_steps_are_named_each(full: Full, visit: Visit) -> None:
    drawn = layouts(visit("trends", run="blobs"))
    assert all(layout["xaxis"]["tickvals"] == [1, 2] for layout in drawn)
    assert all(layout["yaxis"]["exponentformat"] == "none" for layout in drawn)


def test_several_lines_are_named_below_the_plot_not_in_it(full: Full, visit: Visit) -> None:
    """A legend inside the figure leaves the plot a few pixels where the page is narrow."""
    app = visit("trends")  # the runs blobs and the one with an evil name
    drawn = layouts(app)
    assert not any(layout["showlegend"] for layout in drawn)
    lists = [e.value.split("\n") for e in app.markdown if e.value.startswith("- ")]
    assert len(lists) == len(drawn)
    for one in lists:
        assert all(line.startswith(f"- {plain(run)}") for line, run in zip(one, sorted(("blobs", EVIL)), strict=True))
    styles = [e.proto.body for e in app.get("html") if ".st-key-legend-trend-frechet" in e.proto.body]
    assert len(styles) == 1
    assert all(said in styles[0] for said in ("●", "■", "#0072B2", "#D55E00")), "the letter and colour of each line"
