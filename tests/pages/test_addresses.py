"""Whatever stands in the address, a page says what it makes of it; what was archived is still found by its link."""

import pytest
from streamlit.testing.v1 import AppTest

from core import checkpoints, overview, references, review
from core.review import Subject
from pages.parts.links import PAGES
from pages.parts.words import plain
from tests.pages.filled import Full
from tests.pages.seen import Visit, choose, ran, words

ODD = ("²", "9" * 26, "-1", "1e5", "", "\x00", "٣", "a" * 3000)


@pytest.mark.slow
@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize(("name", "parameter"), [("gallery", "image"), ("neighbours", "image"), ("jobs", "job")])
def test_what_is_no_number_is_said(full: Full, visit: Visit, name: str, parameter: str, text: str) -> None:
    app = visit(name, **{parameter: text})
    assert any("in the address is no" in one.value for one in app.warning)
    assert max(len(one.value) for one in app.warning) < 300


@pytest.mark.slow
@pytest.mark.parametrize("text", ODD)
def test_an_unknown_checkpoint_is_said_once_and_another_shown(full: Full, visit: Visit, text: str) -> None:
    app = visit("checkpoints", checkpoint=text)
    assert [one.value.startswith("Checkpoint: there is no") for one in app.warning] == [True]
    assert [one.value for one in app.header], "another one is shown"


@pytest.mark.slow
def test_archived_things_are_found_by_their_link(full: Full, visit: Visit) -> None:
    checkpoints.archive(full.workspace, full.true)
    references.archive(full.workspace, full.reference)
    for name, query in (
        ("checkpoints", {"checkpoint": full.true}),
        ("review", {"checkpoint": full.true}),
        ("compare", {"a": full.noisy, "b": full.true}),
        ("gallery", {"set": full.sets[full.true]}),
        ("gallery", {"set": full.reference}),
    ):
        app = visit(name, **query)
        assert not [one.value for one in app.warning if "there is no" in one.value], name
        assert {k: app.query_params[k] for k in query} == {k: str(v) for k, v in query.items()}


def test_an_archived_checkpoint_keeps_its_numbers(full: Full, visit: Visit) -> None:
    before = visit("compare", a=full.noisy, b=full.true).success[0].value
    checkpoints.archive(full.workspace, full.true)
    assert visit("compare", a=full.noisy, b=full.true).success[0].value == before
    assert visit("checkpoints", checkpoint=full.true).table[0].value.shape[0] > 6
    assert all(view.id != full.true for view in overview.to_review(full.workspace))


def test_every_evaluated_checkpoint_waits_for_a_verdict(full: Full, visit: Visit) -> None:
    assert {view.id for view in overview.to_review(full.workspace)} == {full.noisy, full.evil}
    review.vote(full.workspace, Subject(checkpoint_id=full.noisy), "unsure")
    assert [view.id for view in overview.to_review(full.workspace)] == [full.evil]
    assert "1 evaluated checkpoint without a verdict" in words(visit("overview"))


def test_a_table_shows_strangers_words_as_they_are() -> None:
    def script() -> None:
        from pages.parts.tables import table

        table({"Name": ["![x](http://evil/x.png)"], "Value": [""]}, key="test", alt="one")

    app = AppTest.from_function(script).run()
    shown = app.table[0].value
    assert shown["Name"][0].startswith("\\!\\[x\\]")
    assert shown["Value"][0] == "–"


@pytest.mark.parametrize("name", [line.name for line in PAGES])
def test_a_visit_writes_nothing_into_the_address(full: Full, visit: Visit, name: str) -> None:
    """Each write is a step of the back button: defaults there would make it a trap."""
    assert dict(visit(name).query_params) == {}


def test_what_is_picked_is_in_the_address_and_wins_on_the_way_back(full: Full, visit: Visit) -> None:
    app = choose(visit("checkpoints", checkpoint=full.noisy), "Checkpoint", full.true)
    assert app.query_params["checkpoint"] in (str(full.true), [str(full.true)])
    app.query_params["checkpoint"] = str(full.noisy)
    assert ran(app.run()).header[0].value == plain("blobs @ 1")
    trend = visit("trends", run="blobs", features="hog")
    assert [box.value for box in trend.multiselect] == [["blobs"], ["blobs v1"], ["hog"]]
    ran(trend.multiselect[1].set_value([]).run())
