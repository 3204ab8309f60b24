"""The report on copies: planted ones come first, the control says what is near, nothing is judged without it."""

import numpy as np
import pytest

from core import gallery, images, references, reports, scores, sets
from core.errors import BadInput, Cancelled, NotFound
from core.gallery import Query
from core.progress import silent
from core.reports import ReportView, copies
from core.workspace import Workspace
from tests.reports.conftest import COPIES, Digits, sample_set

pytestmark = pytest.mark.slow

KIND = reports.get("copies")


@pytest.fixture(scope="module")
def report(digits: Digits) -> ReportView:
    return reports.make(digits.workspace, KIND, digits.asked(), silent)


@pytest.fixture(scope="module")
def found(digits: Digits, report: ReportView) -> copies.Copies:
    return copies.read(digits.workspace, report)


def test_its_features_are_called_what_they_are(digits: Digits, found: copies.Copies) -> None:
    """Raw pixels are no deep features, nor is Gabor."""
    features = found.spaces["features"]
    assert (features.title, features.words) == ("Features (Raw pixels)", "features (Raw pixels)")
    assert "by features (Raw pixels)" in found.sentence
    assert "deep" not in found.sentence


@pytest.mark.parametrize("way", ["exact", "flip", "moved", "jpeg"])
def test_planted_copies_come_first(digits: Digits, found: copies.Copies, way: str) -> None:
    top = set(found.order[: round(1.25 * 4 * COPIES)].tolist())
    assert len(top & set(digits.planted[way])) >= (COPIES if way == "exact" else COPIES - 1)
    ratios = found.spaces["pixels"].ratios[digits.planted[way]]
    assert (ratios == 0).all() if way != "jpeg" else (ratios < found.spaces["pixels"].mark).all()


def test_exact_copies_are_at_0_in_both_spaces_and_the_pair_shows_the_original(
    digits: Digits, found: copies.Copies
) -> None:  # fmt: skip
    real = sets.members(digits.workspace, digits.reference.set_id).ids
    for position, original in zip(digits.planted["exact"], real, strict=False):
        for space in found.spaces.values():
            assert space.ratios[position] == 0
            assert real[space.nearest[position]] == original
    pairs = copies.pairs(digits.workspace, found, count=COPIES)
    assert all(pair.ratios == {"pixels": 0, "features": 0} for pair in pairs)
    assert all(pair.image_id == pair.nearest_id for pair in pairs), "the same picture is one picture"
    assert copies.pairs(digits.workspace, found, count=1, start=1) == pairs[1:2]


def test_more_than_chance_is_said_with_the_control_beside(digits: Digits, found: copies.Copies) -> None:
    pixels = found.spaces["pixels"]
    assert (len(pixels.ratios), len(pixels.control)) == (400, 140)
    (mark,) = pixels.marks
    assert mark.count >= 4 * COPIES - 1 > mark.chance[2]
    low, high = mark.interval
    assert low < mark.count / 400 < high
    assert found.same == 3 * COPIES
    assert "24 of 400 generated pictures have the very pixels of a real one" in found.sentence
    assert "more are close to one real picture than chance explains" in found.sentence
    shown = copies.control_pairs(digits.workspace, found, count=5)
    control = sets.members(digits.workspace, digits.reference.set_id).ids[digits.reference.m :]
    assert all(pair.image_id == control[pair.position] for pair in shown)
    assert shown[0].as_near[shown[0].space] == 1, "itself alone"


def test_other_real_pictures_are_not_called_copies(digits: Digits) -> None:
    honest = sample_set(digits.workspace, digits.real[:300], "honest")
    answer = copies.read(digits.workspace, reports.make(digits.workspace, KIND, digits.asked(honest), silent))
    assert answer.sentence.startswith("Nothing points at copies")
    assert not any(space.more_than_chance for space in answer.spaces.values())


def test_a_threshold_is_applied_when_reading(digits: Digits, report: ReportView) -> None:
    loose = copies.read(digits.workspace, report, level=0.2).spaces["pixels"]
    strict = copies.read(digits.workspace, report, level=0.01).spaces["pixels"]
    assert (loose.rank, strict.rank) == (28, 1)
    assert [mark.title for mark in loose.marks] == ["any held-out", "the nearest 20% held out"]
    assert loose.marks[1].count > loose.marks[0].count == strict.marks[0].count
    assert loose.mark > strict.mark


def test_the_gallery_shows_the_group(digits: Digits, report: ReportView, found: copies.Copies) -> None:
    group = reports.group(digits.workspace, report.id, "pixels")
    assert group.set_id == digits.generated
    shown = gallery.select(digits.workspace, Query(group.set_id, positions=tuple(group.positions)))
    assert shown.positions.tolist() == group.positions == found.beyond("pixels").tolist()
    assert shown.total == 400
    with pytest.raises(BadInput, match="no group 'x'"):
        reports.group(digits.workspace, report.id, "x")
    with pytest.raises(NotFound, match="no report 99"):
        reports.group(digits.workspace, 99, "both")


def test_a_cancelled_report_leaves_nothing_half_written(digits: Digits) -> None:
    def stop(done: int, total: int, message: str = "", session: object = None) -> None:
        if message == "copies by pixels":
            raise Cancelled("enough")

    made = sample_set(digits.workspace, digits.real[:30], "cancelled")
    with pytest.raises(Cancelled):
        reports.make(digits.workspace, KIND, digits.asked(made), stop)
    assert reports.find(digits.workspace, KIND, digits.asked(made)) is None


def test_asked_again_it_is_the_same_report(digits: Digits, report: ReportView) -> None:
    assert reports.make(digits.workspace, KIND, digits.asked(), silent).id == report.id
    with pytest.raises(NotFound, match="not known for this set"):
        scores.load(digits.workspace, digits.generated, "copy-pixels")  # scores belong to an evaluation


def test_without_a_control_nothing_is_judged_and_a_tiny_set_is_refused(workspace: Workspace, digits: Digits) -> None:
    np.save(workspace.uploads / "real.npy", np.stack(digits.real[:40]))
    np.save(workspace.uploads / "few.npy", np.stack(digits.real[:6]))
    bare = references.add(workspace, "bare", workspace.uploads / "real.npy", held_out=0)
    few = references.add(workspace, "few", workspace.uploads / "few.npy", held_out=0)
    made = sample_set(workspace, images.load(workspace, bare.set_id, 0, 3) + digits.real[50:60], "bare")
    asked = {**digits.asked(made), "reference_set_id": bare.set_id}
    answer = copies.read(workspace, reports.make(workspace, KIND, asked, silent))
    assert answer.sentence.startswith("3 of 13 generated pictures have the very pixels")
    assert "No real pictures were held out" in answer.sentence
    assert sorted(answer.order[:3].tolist()) == [0, 1, 2]
    assert copies.control_pairs(workspace, answer) == []
    assert answer.beyond().tolist() == []
    with pytest.raises(BadInput, match="few v1 has 6 reference pictures"):
        reports.make(workspace, KIND, {**asked, "reference_set_id": few.set_id}, silent)
