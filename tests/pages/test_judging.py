"""Verdicts, tags and notes by the pages: what a reviewer gives is stored, once."""

from typing import Any

from core import gallery, review
from core.gallery import Query
from core.review import Subject
from tests.pages.filled import EVIL, Full
from tests.pages.seen import Visit, component, event, ids, ran, words


def log(entries: list[list[Any]], tries: int = 1) -> dict[str, Any]:
    return {"client": "a" * 32, "entries": entries, "tries": tries}


def test_a_log_of_key_presses_is_stored_once_and_acknowledged(full: Full, visit: Visit) -> None:
    number = full.sets[full.true]
    key = f"review-{number}-all"
    app = visit("review", checkpoint=full.true)
    pictures = ids(component(app, key))
    assert component(app, key)["acked"] == {}
    entries = [[i + 1, [pictures[i]], ("approve", "reject", "unsure")[i % 3], number] for i in range(20)]
    for tries in (1, 2):  # an answer was lost: the browser sends all of it again
        event(app, key, log(entries, tries))
    said = review.verdicts(full.workspace, pictures)
    assert said == {image: verdict for _, (image,), verdict, _ in entries}
    assert component(app, key)["acked"] == {"a" * 32: 20}
    assert component(app, key)["marks"] == {str(image): verdict for image, verdict in said.items()}
    assert all(len(review.opinions(full.workspace, Subject(image_id=image))) == 1 for image in said)
    assert dict(review.tally(full.workspace, number)) == {"approve": 7, "reject": 7, "unsure": 6}
    shown = ids(component(app, key))
    assert shown == pictures, "what is judged does not slip away from under the fingers"


def test_the_gallery_stores_verdicts_too_and_filters_by_them(full: Full, visit: Visit) -> None:
    number = full.sets[full.noisy]
    app = visit("gallery", set=number)
    first, second = ids(component(app, f"gallery-{number}"))[:2]
    event(app, f"gallery-{number}", log([[1, [first, second], "reject", number], [2, [second], "clear", number]]))
    assert review.verdicts(full.workspace, [first, second]) == {first: "reject"}
    assert ids(component(visit("gallery", set=number, verdict="reject"), f"gallery-{number}")) == [first]
    assert len(ids(component(visit("gallery", set=number, verdict="unseen"), f"gallery-{number}"))) == 63


def test_a_garbled_log_stores_nothing(full: Full, visit: Visit) -> None:
    number = full.sets[full.true]
    app = visit("gallery", set=number)
    event(app, f"gallery-{number}", log([[1, [999_999], "approve", number]]))
    event(app, f"gallery-{number}", {"client": "b", "entries": [[1, "x"]]})
    assert not review.tally(full.workspace, number)


def test_verdict_tags_and_note_on_a_checkpoint(full: Full, visit: Visit) -> None:
    subject = Subject(checkpoint_id=full.noisy)
    app = visit("review", checkpoint=full.noisy)
    ran(app.get("button_group")[0].set_value("reject").run())
    assert [o.verdict for o in review.opinions(full.workspace, subject)] == ["reject"]
    ran(app.multiselect[0].set_value([]).run())
    app.text_area[0].set_value("too noisy")
    app = ran(next(b for b in app.button if b.label == "Add note").click().run())
    assert [note.text for note in review.notes(full.workspace, subject)] == ["too noisy"]
    assert "too noisy" in words(app)
    ran(app.run())
    assert len(review.notes(full.workspace, subject)) == 1
    assert review.tags(full.workspace, Subject(checkpoint_id=full.true)) == [EVIL]


def test_pictures_with_a_tag_are_found_by_it(full: Full, visit: Visit) -> None:
    number = full.sets[full.true]
    picture = int(gallery.select(full.workspace, Query(number)).ids[4])
    review.set_tags(full.workspace, Subject(image_id=picture), [EVIL])
    assert ids(component(visit("gallery", set=number, tag=EVIL), f"gallery-{number}")) == [picture]
