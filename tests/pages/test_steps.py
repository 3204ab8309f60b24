"""From picture to picture on Neighbours."""

import io

import numpy as np
from PIL import Image

from tests.pages.filled import Full
from tests.pages.seen import Visit, component, event, ids, ran


def test_a_click_leads_away_from_an_uploaded_picture(full: Full, visit: Visit) -> None:
    app = visit("neighbours", set=full.reference, extractor="hog")
    asked = io.BytesIO()
    Image.fromarray(np.full((16, 16), 90, np.uint8)).save(asked, "png")
    app = ran(app.file_uploader[0].upload("mine.png", asked.getvalue(), "image/png").run())
    found = ids(component(app, "nearest"))
    app = event(app, "nearest", opened=found[1])
    assert ids(component(app, "nearest"))[0] == found[1], "a reference picture is its own nearest"


def test_every_picture_is_compared_with_its_own_nearest(full: Full, visit: Visit) -> None:
    app = visit("neighbours", set=full.reference, extractor="hog")
    first = ids(component(app, "nearest"))
    app = event(app, "nearest", opened=first[3])
    shown = ids(component(app, "nearest"))
    assert ids(component(app, "pair")) == [first[3], next(one for one in shown if one != first[3])]
    assert "other" not in app.query_params


def test_a_picture_opened_on_a_page_leads_to_the_gallery_that_has_it(full: Full, visit: Visit) -> None:
    app = visit("review", checkpoint=full.true)
    shown = ids(component(app, f"review-{full.sets[full.true]}-all"))
    app = event(app, f"review-{full.sets[full.true]}-all", opened=shown[2])
    assert app.title[0].value == "Gallery"
    assert component(app, f"gallery-{full.sets[full.true]}")["open"] == shown[2]
