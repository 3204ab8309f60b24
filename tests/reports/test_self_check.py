"""The self-check on pictures of which is known who must notice what."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import jobs, reports, worker
from core.errors import BadInput, Cancelled
from core.metrics import METRICS
from core.planting import PLANTS
from core.reports import blind_spots
from core.reports.blind_spots import Reaction
from core.reports.reactions import UNCHANGED, standard_error
from core.settings import Settings
from core.workspace import Workspace
from tests.reports.made import by_both, reference

pytestmark = pytest.mark.slow

SELF_CHECK = reports.get("self-check")


def asked(place: Workspace, set_id: int, **more: Any) -> dict[str, Any]:
    arguments = {"reference_set_id": set_id, "extractor": "colour-histogram", "n": 60, **more}
    return reports.make(place, SELF_CHECK, arguments, lambda *_, **__: None).result


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    opened = Workspace(Settings(workspace=tmp_path_factory.mktemp("self-check") / "workspace"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def found(place: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return asked(place, reference(place, tmp_path_factory.mktemp("made"), by_both, 180).set_id)


def reaction(found: dict[str, Any], metric: str, plant: str, strength: str = "strong", paired: bool = True) -> Reaction:
    (one,) = [
        r for r in blind_spots.reactions(found, paired) if (r.metric, r.plant, r.strength) == (metric, plant, strength)
    ]
    return one


def test_every_metric_meets_every_plant(found: dict[str, Any]) -> None:
    met = {(r.metric, r.plant, r.strength) for r in blind_spots.reactions(found)}
    measured = {m.name for m in METRICS} - {line["metric"] for line in found["left_out"]}
    planted = {(p.name, s) for p in PLANTS for s in p.amounts} | {(UNCHANGED, "strong")}
    planted.remove(("blur", "light"))  # a fiftieth of 10 pixels changes none of them
    assert [p["plant"] for p in found["plants"] if not p["changed"]] == ["blur"]
    assert met == {(m, *p) for m in measured for p in planted}
    assert {line["metric"] for line in found["left_out"]} >= {"c_t", "inception-score"}
    assert all(line["why"] for line in found["left_out"])
    assert {"frechet", "kid", "precision", "recall", "coverage", "sharpness"} <= measured
    assert found["modes"] == {"from": "labels", "names": [f"kind {i}" for i in range(4)]}


@pytest.mark.parametrize("paired", [True, False])
def test_nothing_planted_moves_nothing(found: dict[str, Any], paired: bool) -> None:
    still = [r for r in blind_spots.reactions(found, paired) if r.plant == UNCHANGED]
    assert [r.metric for r in still if r.sure] == []
    assert max(abs(r.errors) for r in still) > 0, "other pictures do give other values"
    assert blind_spots.sentences(found, paired=paired)[0].text.startswith("Nothing planted: no metric moves")


def test_missing_modes_move_recall_and_coverage_and_not_precision(found: dict[str, Any]) -> None:
    for metric in ("recall", "coverage"):
        assert (reaction(found, metric, "drop").towards, reaction(found, metric, "drop").sure) == ("worse", True)
    assert reaction(found, "coverage", "drop").value < reaction(found, "coverage", "drop").unchanged - 0.3
    assert reaction(found, "precision", "drop").towards == "blind"


def test_blur_lowers_sharpness_and_noise_raises_it(found: dict[str, Any]) -> None:
    assert (reaction(found, "sharpness", "blur").towards, reaction(found, "sharpness", "noise").towards) == (
        "down", "up",
    )  # fmt: skip
    light, strong = (reaction(found, "sharpness", "noise", s) for s in ("light", "strong"))
    assert light.unchanged < light.value < strong.value


def test_copies_are_nearer_and_worse_in_nothing(found: dict[str, Any]) -> None:
    copied = reaction(found, "nearest-euclidean", "copies")
    assert copied.towards == "down"
    assert copied.value < 0.9 * copied.unchanged
    judged = [line["metric"] for line in found["metrics"] if line["direction"] != "none"]
    assert not [m for m in judged if (r := reaction(found, m, "copies")).sure and r.towards == "worse"]
    assert any("exact copies" in s.text.lower() and s.warns for s in blind_spots.sentences(found))


def test_every_strong_plant_has_its_sentence_and_its_pictures(found: dict[str, Any]) -> None:
    said = blind_spots.sentences(found)
    assert len(said) == 1 + len(PLANTS)
    for line, plant in zip([p for p in found["plants"] if p["strength"] == "strong"][1:], PLANTS, strict=True):
        assert line["plant"] == plant.name
        assert len(line["image_ids"]) == (4 if plant.change else 0)


def test_a_hue_shift_of_grey_pictures_is_said_and_not_called_blind_and_the_same_again_is_the_same(
    place: Workspace, tmp_path: Path
) -> None:
    other = Workspace(Settings(workspace=tmp_path / "other"))
    grey, again = (
        asked(where, reference(where, tmp_path, by_both, 60, labelled=False, grey=True).set_id)
        for where in (place, other)
    )
    other.close()
    assert again["cells"] == grey["cells"]
    assert grey["n"] == 20
    assert "hue" not in {r.plant for r in blind_spots.reactions(grey)}
    assert {line["changed"] for line in grey["plants"] if line["plant"] == "hue"} == {0.0}
    assert any(
        s.text.startswith("Colour shift") and "changes nothing here" in s.text for s in blind_spots.sentences(grey)
    )
    assert grey["modes"]["from"] == "clusters"
    assert len(grey["modes"]["names"]) > 1


def test_too_few_pictures_and_a_cancelled_job(workspace: Workspace, tmp_path: Path) -> None:
    few = reference(workspace, tmp_path, by_both, 40)
    with pytest.raises(BadInput, match="at least 20 a side"):
        asked(workspace, few.set_id)
    (tmp_path / "more").mkdir()
    enough = reference(workspace, tmp_path / "more", by_both, 60)

    def stop(done: int, total: int, message: str = "", session: object = None) -> None:
        if message.startswith("planting: Noise"):
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        reports.make(workspace, SELF_CHECK, {"reference_set_id": enough.set_id, "extractor": "colour-histogram"}, stop)
    assert reports.every(workspace, SELF_CHECK) == []


def test_the_job_makes_the_report(place: Workspace, found: dict[str, Any]) -> None:
    report = reports.every(place, SELF_CHECK)[-1]
    job = jobs.submit(place, "self-check", {**report.arguments})
    worker.run(place, until_idle=True)
    assert jobs.get(place, job.id).result == {"report_id": report.id}


def test_the_error_of_overlapping_splits_is_that_of_one_comparison() -> None:
    """Means of n out of 3n numbers: the true standard error of one is 1 / sqrt(n), whatever the splits share."""
    n, squared = 20, []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        pool = rng.normal(size=3 * n)
        means = np.array([pool[rng.permutation(3 * n)[:n]].mean() for _ in range(8)])
        squared.append(standard_error(means, 1 / 3) ** 2)
    assert abs(np.mean(squared) * n - 1) < 0.1
