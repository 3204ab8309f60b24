"""Two windows at one item: what is chosen in one over what it showed loses nothing that came from the other."""

import pytest

from core import review
from core.errors import BadInput
from core.review import Subject
from pages.parts.words import plain
from tests.pages.filled import Full
from tests.pages.seen import Visit, ran, words


def test_a_verdict_is_kept_though_another_window_gave_one_meanwhile(full: Full, visit: Visit) -> None:
    subject = Subject(checkpoint_id=full.noisy)
    app = visit("review", checkpoint=full.noisy)
    review.vote(full.workspace, subject, "reject")
    ran(app.get("button_group")[0].set_value("unsure").run())
    assert [one.verdict for one in review.opinions(full.workspace, subject)] == ["unsure"]
    review.vote(full.workspace, subject, "approve")
    assert ran(app.run()).get("button_group")[0].value == "approve", "the newest is shown"


def test_tags_added_elsewhere_stay(full: Full, visit: Visit) -> None:
    subject = Subject(checkpoint_id=full.noisy)
    review.set_tags(full.workspace, subject, ["old"])
    app = visit("review", checkpoint=full.noisy)
    review.set_tags(full.workspace, subject, ["old", "theirs"])
    app = ran(app.multiselect[0].set_value(["old"]).run())
    assert app.multiselect[0].value == ["old", "theirs"]
    review.set_tags(full.workspace, subject, ["mine"], shown=["old"])
    assert review.tags(full.workspace, subject) == ["mine", "theirs"]


def test_a_tag_too_long_is_said_by_its_name_and_the_notes_stay(full: Full, visit: Visit) -> None:
    subject = Subject(checkpoint_id=full.noisy)
    review.add_note(full.workspace, subject, "hands are wrong")
    with pytest.raises(BadInput, match=r"'t{20}…' has 400"):
        review.set_tags(full.workspace, subject, ["fine", "t" * 400])
    assert review.tags(full.workspace, subject) == []
    assert "hands are wrong" in words(visit("review", checkpoint=full.noisy))


def test_reading_direction_of_a_name_stays_within_it() -> None:
    assert plain("a\u202egnp.exe\u2066") == "agnp\\.exe"
