"""A filter of latents finds the good half, is judged on fresh ones, and what it lets through can be taken elsewhere."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import checkpoints, images, latents, references, reports, review, sampling, sets, work, wrapping
from core.errors import BadInput, NotFound
from core.generators import as_bytes, open_generator
from core.generators.wrapped import picks
from core.metrics.accepting import accepted, threshold
from core.progress import silent
from core.reports import ReportView
from core.review import Subject
from tests.improving.half import Half


def asked(half: Half, **more: Any) -> dict[str, Any]:
    model = {"checkpoint_id": half.checkpoint, "reference_set_id": half.reference, "extractor": "pixels"}
    return {**model, "by": "realism", "n": 120, **more}


@pytest.fixture(scope="module")
def made(half: Half) -> ReportView:
    return reports.make(half.workspace, reports.get("latent-filter"), asked(half), silent)


@pytest.mark.slow
def test_the_good_half_is_let_through_and_the_verdict_says_better(made: ReportView, half: Half) -> None:
    found = made.result
    z = wrapping.allowed(half.workspace, made).latents
    assert (z[:, 4] <= 0.5).mean() > 0.95
    verdicts = {row["metric"]: row["verdict"] for row in found["rows"]}
    assert verdicts["frechet"] == verdicts["kid"] == verdicts["precision"] == "better"
    assert "better by" in found["sentence"]
    assert "held-out" in found["judged_by"]
    assert len(set(found["seeds"].values())) == 3
    assert found["m"] == 120
    assert abs(found["accepted"] / found["drawn"] - 0.5) < 0.12
    curve = found["curve"]
    assert [point["accepted"] for point in curve] == sorted(point["accepted"] for point in curve)
    assert curve[-1]["accepted"] == pytest.approx(1, abs=0.02)
    assert curve[0]["precision"]["value"] > curve[-1]["precision"]["value"]
    assert len({point["n"] for point in curve}) == 1


@pytest.mark.slow
def test_a_filter_by_chance_is_not_called_better(half: Half) -> None:
    everything = reports.make(half.workspace, reports.get("latent-filter"), asked(half, keep=1.0), silent)
    assert {row["verdict"] for row in everything.result["rows"]} == {"cannot tell"}


@pytest.mark.slow
def test_the_list_holds_the_very_latents_of_the_bank(made: ReportView, half: Half) -> None:
    allowed = wrapping.allowed(half.workspace, made)
    read = np.load(io.BytesIO(allowed.npz()))  # no pickle
    spec = checkpoints.open_checkpoint(half.workspace, half.checkpoint).spec
    base, labels = latents.drawn(spec, made.result["drawn"], int(read["seed"]))
    np.testing.assert_array_equal(base[read["positions"]], read["latents"])
    np.testing.assert_array_equal(labels[read["positions"]], read["labels"])
    assert str(read["bank"]) == sampling.bank_key(spec, made.result["drawn"], int(read["seed"]))
    assert '"threshold"' in str(read["rule"])
    assert '"checkpoint"' in str(read["fingerprints"])


def test_drawn_latents_are_those_of_the_stored_bank(half: Half) -> None:
    number = sampling.sample(half.workspace, half.checkpoint, n=20, seed=3)
    spec = checkpoints.open_checkpoint(half.workspace, half.checkpoint).spec
    base, _ = latents.drawn(spec, 20, 3)
    np.testing.assert_array_equal(base[7], sampling.latent(half.workspace, number, 7))


@pytest.mark.slow
def test_the_wrapped_generator_makes_exactly_the_allowed_pictures(made: ReportView, half: Half) -> None:
    view = wrapping.register(half.workspace, made.id)
    allowed = wrapping.allowed(half.workspace, made)
    n = len(allowed.latents)
    original = checkpoints.open_checkpoint(half.workspace, half.checkpoint)
    wanted = as_bytes(original.floats(allowed.latents, allowed.labels))
    built = checkpoints.open_checkpoint(half.workspace, view.id)
    rows = np.arange(n)
    made_again = as_bytes(built.floats(picks(rows, n), np.zeros(n, np.int64)))
    np.testing.assert_array_equal(made_again, wanted)
    number = sampling.sample(half.workspace, view.id, n=300)  # random picks: only allowed ones, most of them
    known = {picture.tobytes() for picture in wanted}
    drawn = [picture.tobytes() for picture in images.load(half.workspace, number, 0, 300)]
    assert set(drawn) <= known
    assert len(set(drawn)) > 0.5 * n
    extremes = np.array([[-40], [40], [0]], np.float32)
    assert {p.tobytes() for p in as_bytes(built.floats(extremes, np.zeros(3, np.int64)))} <= known
    assert sets.get(half.workspace, number).n == 300


@pytest.mark.slow
def test_pictures_that_people_chose_decide(half: Half) -> None:
    number = sampling.sample(half.workspace, half.checkpoint, n=40, seed=9)
    z = np.stack([sampling.latent(half.workspace, number, i) for i in range(40)])
    ids = sets.members(half.workspace, number).ids
    rough = [int(ids[i]) for i in range(40) if z[i, 4] > 0.5]
    with pytest.raises(BadInput, match="was rejected yet"):
        reports.make(half.workspace, reports.get("latent-filter"), asked(half, by="rejected"), silent)
    for image in rough:
        review.vote(half.workspace, Subject(image_id=image), "reject")
        review.set_tags(half.workspace, Subject(image_id=image), ["rough"])
    kind = reports.get("latent-filter")
    rejected = reports.make(half.workspace, kind, asked(half, by="rejected"), silent)
    kept = wrapping.allowed(half.workspace, rejected).latents[:, 4]
    assert (kept > 0.5).mean() < 0.31 * 0.7  # of all latents 31% are
    tagged = reports.make(half.workspace, kind, asked(half, by="rejected", tag="rough"), silent)
    assert tagged.result["threshold"] == pytest.approx(rejected.result["threshold"])
    assert "did not look at" in tagged.result["judged_by"]
    review.vote(half.workspace, Subject(image_id=rough[0]), "clear")
    assert reports.find(half.workspace, kind, asked(half, by="rejected")) is None  # another set of pictures


@pytest.mark.slow
def test_a_set_of_pictures_decides_and_does_not_judge_itself(half: Half, tmp_path: Path) -> None:
    """Rough pictures as a set of their own, then real ones, some of which the judging set holds too."""
    number = sampling.sample(half.workspace, half.checkpoint, n=80, seed=9)
    z = np.stack([sampling.latent(half.workspace, number, i) for i in range(80)])
    made = np.stack(images.load(half.workspace, number, 0, 80))
    np.save(tmp_path / "rough.npy", made[z[:, 4] > 0.5])
    rough = references.add(half.workspace, "rough", tmp_path / "rough.npy", held_out=0.2)
    kind = reports.get("latent-filter")
    report = reports.make(
        half.workspace, kind, asked(half, by="rejected", chosen_set_id=rough.set_id), silent
    )  # fmt: skip
    kept = wrapping.allowed(half.workspace, report).latents[:, 4]
    assert (kept > 0.5).mean() < 0.31 * 0.7  # of all latents 31% are
    assert report.result["judged_by"].endswith("which the rule did not look at")
    with pytest.raises(NotFound, match="no reference set 999"):
        work.get("latent-filter").complete(half.workspace, asked(half, by="rejected", chosen_set_id=999))

    np.save(tmp_path / "some.npy", np.stack(images.load(half.workspace, half.reference, 100, 150)))
    some = references.add(half.workspace, "some", tmp_path / "some.npy", held_out=0)
    like = reports.make(half.workspace, kind, asked(half, by="approved", chosen_set_id=some.set_id), silent)
    assert "310 pictures" in like.result["judged_by"], "50 of the 360 were looked at"
    kept = wrapping.allowed(half.workspace, like).latents[:, 4]
    assert (kept > 0.5).mean() < 0.31 * 0.7


@pytest.mark.slow
def test_a_threshold_can_be_given_and_can_be_too_strict(half: Half) -> None:
    kind = reports.get("latent-filter")
    with pytest.raises(BadInput, match="pass this threshold"):
        reports.make(half.workspace, kind, asked(half, threshold=1e9, n=20), silent)
    with pytest.raises(BadInput, match="cannot be kept"):
        reports.make(half.workspace, kind, asked(half, keep=0.0), silent)
    with pytest.raises(BadInput, match="no rule 'beauty'"):
        reports.make(half.workspace, kind, asked(half, by="beauty"), silent)


def test_the_threshold_is_the_quantile_and_ties_pass() -> None:
    scores = np.array([3.0, 1.0, 2.0, 2.0])
    assert threshold(scores, 0.25) == 3
    assert accepted(scores, threshold(scores, 0.5)).tolist() == [0, 2, 3]
    assert threshold(scores, 1.0) == 1
    with pytest.raises(ValueError, match="cannot be kept"):
        threshold(scores, 0)


@pytest.mark.slow
def test_wrapping_is_a_job(made: ReportView, half: Half) -> None:
    done = work.get("wrap").run(half.workspace, {"report_id": made.id, "level": None}, silent)
    view = checkpoints.get(half.workspace, done["checkpoint_id"])
    assert view.run == "half wrapped"
    assert open_generator(view.path, view.overrides).spec.latent_size == 1
