"""The report on missing modes: a digit that is not made comes first; all, nothing and too little are sentences."""

import numpy as np
import pytest

from core import gallery, images, reports
from core.errors import BadInput
from core.gallery import Query
from core.progress import silent
from core.reports import missing
from tests.reports.conftest import Digits, sample_set

pytestmark = pytest.mark.slow

KIND = reports.get("missing")


def test_the_digit_that_is_not_made_is_the_largest_cluster(digits: Digits) -> None:
    others = [p for p, label in zip(digits.real, digits.labels, strict=True) if label != "digit 0"]
    made = sample_set(digits.workspace, others[:350], "no zero")
    report = reports.make(digits.workspace, KIND, digits.asked(made), silent)
    found = missing.read(digits.workspace, report)
    side = found.left_out
    assert (side.size, side.set_id, found.held_out) == (350, digits.reference.set_id, 140)
    worst = side.clusters[0]
    assert worst.called.endswith("digit 0")
    assert worst.certain
    (label, here, of_all), *_ = worst.labels
    assert label == "digit 0"
    assert here <= of_all
    assert worst.low < worst.share == worst.size / 350 < worst.high
    assert worst.real < worst.size / 4
    assert f"The largest kind that is missing holds {worst.size}" in found.sentence
    assert side.count == sum(one.size for one in side.clusters)
    group = reports.group(digits.workspace, report.id, "left-out-1")
    shown = gallery.select(digits.workspace, Query(group.set_id, positions=tuple(group.positions)))
    assert shown.ids.tolist() == worst.image_ids
    assert "cluster 1" in group.title
    with pytest.raises(BadInput, match="no cluster 'left-out-99'"):
        reports.group(digits.workspace, report.id, "left-out-99")


def test_a_generator_of_noise_misses_everything(digits: Digits) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 24, 24, 1), dtype=np.uint8)
    made = sample_set(digits.workspace, list(noise), "noise")
    found = missing.read(digits.workspace, reports.make(digits.workspace, KIND, digits.asked(made), silent))
    assert found.sentence.startswith("Everything is missing: none of the 60 real pictures")
    assert found.bad
    assert found.off.count == found.off.size == 60
    assert found.off.clusters[0].called == ""


def test_a_generator_that_makes_the_reference_misses_nothing(digits: Digits) -> None:
    same = images.load(digits.workspace, digits.reference.set_id, 0, 100)
    made = sample_set(digits.workspace, same, "same")
    found = missing.read(digits.workspace, reports.make(digits.workspace, KIND, digits.asked(made), silent))
    assert found.sentence.startswith("Nothing is missing: every one of the 100 real pictures")
    assert not found.bad
    assert (found.left_out.clusters, found.off.clusters) == ([], [])


def test_more_than_chance_without_a_kind_that_stands_out_is_said(digits: Digits) -> None:
    """Whether or not a cluster is called missing, the whole is compared with the control."""
    made = sample_set(digits.workspace, digits.real[:300], "honest")
    report = reports.make(digits.workspace, KIND, digits.asked(made), silent)
    honest = missing.read(digits.workspace, report)
    assert honest.sentence.startswith("No kind of picture is missing as a whole")
    assert honest.left_out.p > 0.05
    assert not honest.bad
    blind = [digits.real[i] if i % 2 else digits.real[i] // 2 for i in range(300)]
    made = sample_set(digits.workspace, [p if i % 3 else p * 0 for i, p in enumerate(blind)], "half")
    found = missing.read(digits.workspace, reports.make(digits.workspace, KIND, digits.asked(made), silent))
    assert found.left_out.p < 0.05
    assert found.bad


def test_too_few_pictures_are_refused(digits: Digits) -> None:
    made = sample_set(digits.workspace, digits.real[:12], "few")
    with pytest.raises(BadInput, match="12 generated pictures against the 700 of digits v1 leave 12 a side"):
        reports.make(digits.workspace, KIND, digits.asked(made), silent)
