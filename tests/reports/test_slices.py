"""The report on slices: by label, by tag, by cluster; the worst first; what is too small is listed."""

import numpy as np
import pytest

from core import reports, review, sets
from core.errors import BadInput, NotFound
from core.progress import silent
from core.reports import ReportView, slices
from core.review import Subject
from tests.reports.conftest import EXTRACTOR, Digits, sample_set

pytestmark = pytest.mark.slow

KIND = reports.get("slices")


def report(digits: Digits, set_id: int, by: str) -> ReportView:
    asked = slices.arguments(digits.workspace, set_id, digits.reference.set_id, EXTRACTOR, by)
    return reports.make(digits.workspace, KIND, asked, silent)


@pytest.fixture(scope="module")
def spoiled(digits: Digits) -> int:
    """A conditional generator that is asked for every digit and makes black pictures for 3."""
    pictures = [p if label != "digit 3" else p * 0 for p, label in zip(digits.real, digits.labels, strict=True)]
    return sample_set(digits.workspace, pictures[:500], "spoiled", digits.labels[:500])


def test_the_class_that_is_not_made_is_the_worst_slice(digits: Digits, spoiled: int) -> None:
    made = report(digits, spoiled, "label")
    for metric in ("coverage", "recall", "precision", "kid", "frechet"):
        found = slices.read(made, metric)
        assert found.rows[0].name == "digit 3", metric
        assert found.sentence.startswith("Worst: digit 3"), metric
        assert "class they were asked for" in found.explained
    coverage = slices.read(made, "coverage")
    assert coverage.overall is not None
    worst = coverage.rows[0]
    assert worst.value < worst.best_guess < coverage.overall, "drawn towards the whole"
    assert worst.low <= worst.best_guess <= worst.high
    kid = slices.read(made, "kid").rows
    assert all(abs(one.floor) < 0.5 * kid[0].value for one in kid)
    assert set(slices.choices(made)) >= {"coverage", "precision", "sharpness", "kid"}
    with pytest.raises(BadInput, match="has no slices"):
        slices.read(made, "mean-cosine")
    group = reports.group(digits.workspace, made.id, f"generated-{worst.number}")
    labels = sets.members(digits.workspace, spoiled).labels
    assert set(labels[group.positions]) == {"digit 3"}
    with pytest.raises(BadInput, match="no slice 'generated-77'"):
        reports.group(digits.workspace, made.id, "generated-77")


def test_without_classes_the_nearest_label_decides(digits: Digits) -> None:
    made = report(digits, digits.generated, "label")
    found = slices.read(made, "precision")
    assert "nearest to them" in found.explained
    real = sets.members(digits.workspace, digits.reference.set_id).labels
    number = next(i for i, one in enumerate(made.result["slices"]) if one["name"] == real[0])
    group = reports.group(digits.workspace, made.id, f"generated-{number}")
    assert digits.planted["exact"][0] in group.positions, "a copy is in the slice of its original"
    assert sum(len(one["generated"]) for one in made.result["slices"]) == 400


def test_clusters_need_no_labels(digits: Digits, spoiled: int) -> None:
    found = slices.read(report(digits, spoiled, "cluster"), "coverage")
    assert "k-means" in found.explained
    assert len(found.rows) + len(found.small) == slices.CLUSTERS
    assert found.rows[0].best_guess < found.overall


def test_tags_are_those_of_the_moment_and_small_slices_are_listed(digits: Digits) -> None:
    with pytest.raises(BadInput, match="carries a tag yet"):
        report(digits, digits.generated, "tag")
    ids = sets.members(digits.workspace, digits.generated).ids
    for image in ids[:30]:
        review.set_tags(digits.workspace, Subject(image_id=int(image)), ["odd"])
    before = slices.arguments(digits.workspace, digits.generated, digits.reference.set_id, EXTRACTOR, "tag")
    found = slices.read(report(digits, digits.generated, "tag"), "precision")
    assert {one.name: one.n for one in found.rows} == {"odd": 30, "(no tag)": 370}
    review.set_tags(digits.workspace, Subject(image_id=int(ids[40])), ["rare"])
    with pytest.raises(BadInput, match="tags have changed"):
        reports.make(digits.workspace, KIND, {**before, "tags": "old"}, silent)
    found = slices.read(report(digits, digits.generated, "tag"), "precision")
    assert found.small == [("rare", 1)]


def test_what_cannot_be_sliced_is_said(digits: Digits, spoiled: int) -> None:
    with pytest.raises(BadInput, match="no slicing by 'colour'"):
        report(digits, spoiled, "colour")
    with pytest.raises(NotFound):
        slices.read(report(digits, spoiled, "label"), "nonsense")
    few = sample_set(digits.workspace, [np.full((24, 24, 1), 9, np.uint8)] * 10, "few")
    found = slices.read(report(digits, few, "cluster"), "precision")
    assert found.rows == []
    assert "No slice has the 20 pictures" in found.sentence
