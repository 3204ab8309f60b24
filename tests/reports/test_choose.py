"""Help in choosing on pictures of which is known what tells them apart."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import jobs, reports, review, sets, worker
from core.errors import BadInput, NotFound
from core.planting import get
from core.reports import same_or_different
from core.review import Subject
from core.settings import Settings
from core.workspace import Workspace
from tests.reports.made import by_colour, by_shape, reference

pytestmark = pytest.mark.slow

CHOOSE = reports.get("choose")
TWO = ["colour-histogram", "hog"]


def asked(place: Workspace, set_id: int, by: str, names: list[str] | None = None) -> dict[str, Any]:
    arguments = {"reference_set_id": set_id, "by": by, "extractors": names or TWO}
    return reports.make(place, CHOOSE, arguments, lambda *_, **__: None).result


def best(found: dict[str, Any], extractor: str) -> float:
    return max(row["auc"] for row in found["rows"] if row["extractor"] == extractor)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    opened = Workspace(Settings(workspace=tmp_path_factory.mktemp("choose") / "workspace"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def colours(place: Workspace, tmp_path_factory: pytest.TempPathFactory) -> int:
    return reference(place, tmp_path_factory.mktemp("colours"), by_colour, 48).set_id


@pytest.fixture(scope="module")
def by_labels(place: Workspace, colours: int) -> dict[str, Any]:
    return asked(place, colours, "labels")


def test_what_makes_the_groups_decides_who_wins(
    workspace: Workspace, tmp_path: Path, by_labels: dict[str, Any]
) -> None:
    by_outline = asked(workspace, reference(workspace, tmp_path, by_shape, 48).set_id, "labels")
    for found, (winner, loser) in ((by_labels, TWO), (by_outline, TWO[::-1])):
        (chosen,) = (row for row in found["rows"] if row["chosen"])
        assert chosen["extractor"] == winner
        assert best(found, winner) > 0.95
        assert best(found, loser) < 0.65, "it knows nothing of what makes these groups"
        assert not any(row["as_good"] for row in found["rows"] if row["extractor"] == loser)
        assert chosen["title"] in found["reason"]


def test_rows_are_ranked_with_intervals_and_times(by_labels: dict[str, Any]) -> None:
    rows = by_labels["rows"]
    assert [row["auc"] for row in rows] == sorted((row["auc"] for row in rows), reverse=True)
    assert all(0 <= row["low"] <= row["auc"] <= row["high"] <= 1 for row in rows)
    assert all(row["compare_seconds"] > 0 and (row["embed_seconds"] > 0) == bool(row["extractor"]) for row in rows)
    assert by_labels["pairs"] == 48 * 47 // 2
    assert by_labels["same"] == 4 * 12 * 11 // 2
    assert {row["measure"] for row in rows if not row["extractor"]} >= {"ssim", "mse"}
    assert any("MS-SSIM" in line["title"] and "0% of the pairs" in line["why"] for line in by_labels["left_out"])


def test_the_recommended_is_the_fastest_of_those_within_chance(by_labels: dict[str, Any]) -> None:
    good = [row for row in by_labels["rows"] if row["as_good"]]
    (chosen,) = (row for row in good if row["chosen"])
    assert chosen["seconds"] <= 1.1 * min(row["seconds"] for row in good)
    assert not any(row["as_good"] for row in by_labels["rows"] if not row["extractor"]), "tried on fewer pairs"


def test_disagreements_are_pairs_near_to_one_and_far_from_the_other(by_labels: dict[str, Any]) -> None:
    (chosen,) = (row["title"] for row in by_labels["rows"] if row["chosen"])
    found = by_labels["disagreements"]
    assert {one["near"] for one in found} == {chosen, by_labels["rival"]}
    for one in found:
        ranks = one["chosen_rank"], one["rival_rank"]
        assert np.diff(ranks)[0] * (1 if one["near"] == chosen else -1) > 0.3
    assert all(one["same"] for one in found if one["near"] == chosen), "near in colour is the same here"


def test_planted_changes_find_who_minds_them(place: Workspace, colours: int) -> None:
    found = asked(place, colours, "augmentations")
    (histogram, hog) = (
        next(row["by_change"] for row in found["rows"] if (row["extractor"], row["measure"]) == (name, "euclidean"))
        for name in TWO
    )
    assert set(histogram) == set(same_or_different.CHANGES)
    assert histogram["flip"] == pytest.approx(1, abs=0.01), "a mirrored picture has the same colours"
    assert hog["hue"] > 0.9 > 0.7 > histogram["hue"], "outlines stay, colours do not"
    assert found["same"] == 48 * len(same_or_different.CHANGES)


def test_a_hue_shift_of_grey_pictures_asks_nothing(workspace: Workspace, tmp_path: Path) -> None:
    grey = reference(workspace, tmp_path, by_shape, 24, labelled=False, grey=True)
    assert same_or_different.possible(workspace, grey.set_id) == ["augmentations"]
    asked_of = same_or_different.question(workspace, grey.set_id, "augmentations", 0)
    assert [block.name for block in asked_of.blocks] == [n for n in same_or_different.CHANGES if n != "hue"]
    assert asked_of.left_out == {get("hue").title: "hue turned by 120° changes nothing in these pictures"}


def test_tags_make_groups_and_new_tags_a_new_report(workspace: Workspace, tmp_path: Path) -> None:
    real = reference(workspace, tmp_path, by_colour, 24)
    members = sets.members(workspace, real.set_id)
    for i, label in zip(members.ids.tolist(), members.labels, strict=True):
        if label in ("kind 0", "kind 1"):
            review.set_tags(workspace, Subject(image_id=i), [str(label), f"only {i}"])
    assert same_or_different.possible(workspace, real.set_id) == ["labels", "tags", "augmentations"]
    found = same_or_different.question(workspace, real.set_id, "tags", 0)
    assert len(found.pictures) == 12
    assert found.blocks[0].same.sum() == 2 * 6 * 5 // 2, "a tag of one picture makes no group"
    first = asked(workspace, real.set_id, "tags", ["hog"])
    assert asked(workspace, real.set_id, "tags", ["hog"]) == first
    third = members.ids[members.labels == "kind 2"].tolist()
    for i in third:
        review.set_tags(workspace, Subject(image_id=i), ["kind 2"])
    assert asked(workspace, real.set_id, "tags", ["hog"])["pictures"] == 18


def test_what_cannot_be_asked_is_refused_with_the_remedy(workspace: Workspace, tmp_path: Path) -> None:
    plain = reference(workspace, tmp_path, by_shape, 24, labelled=False)
    with pytest.raises(BadInput, match="has 0 labels with two pictures or more"):
        asked(workspace, plain.set_id, "labels")
    with pytest.raises(BadInput, match="use labels, tags, augmentations"):
        asked(workspace, plain.set_id, "mood")
    with pytest.raises(NotFound, match="no extractor 'dino'"):
        asked(workspace, plain.set_id, "augmentations", ["dino"])


def test_the_job_makes_the_report(place: Workspace, colours: int, by_labels: dict[str, Any]) -> None:
    job = jobs.submit(place, "choose", {"reference_set_id": colours, "by": "labels", "extractors": TWO})
    worker.run(place, until_idle=True)
    report = reports.find(place, CHOOSE, job.arguments)
    assert report is not None
    assert (jobs.get(place, job.id).result, report.result) == ({"report_id": report.id}, by_labels)
