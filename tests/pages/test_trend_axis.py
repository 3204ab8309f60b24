"""The axis of a trend names only steps that there are."""

import json

from tests.pages.filled import Full
from tests.pages.seen import Visit


def test_near_steps_are_named_each(full: Full, visit: Visit) -> None:
    app = visit("trends", run="blobs")
    drawn = [json.loads(element.proto.spec)["layout"] for element in app.get("plotly_chart")]
    assert drawn
    assert all(layout["xaxis"]["tickvals"] == [1, 2] for layout in drawn)
    assert all(layout["yaxis"]["exponentformat"] == "none" for layout in drawn)
