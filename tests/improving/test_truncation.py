"""Sweeps of the latents: the distributions they promise, verdicts on planted optima, and the pick taken elsewhere."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from core import checkpoints, references, reports, wrapping
from core.cli import app
from core.errors import BadInput
from core.generators import as_bytes
from core.generators.wrapped import picks
from core.progress import silent
from core.reports import ReportView
from core.reports.truncation import moved
from tests.improving.half import Half

BASE = np.random.default_rng(0).standard_normal((4000, 5), dtype=np.float32)


def asked(half: Half, mode: str) -> dict[str, object]:
    model = {"checkpoint_id": half.checkpoint, "reference_set_id": half.reference, "extractor": "pixels"}
    return {**model, "mode": mode, "n": 100, "levels": [0.3, 0.5]}


@pytest.fixture(scope="module")
def scaled(half: Half) -> ReportView:
    return reports.make(half.workspace, reports.get("truncation"), asked(half, "scale"), silent)


@pytest.mark.parametrize("level", [0.5, 1.0, 2.0])
def test_truncated_latents_are_distributed_as_drawing_again_gives_them(level: float) -> None:
    z = moved(BASE, "truncate", level)
    assert abs(z).max() <= level
    assert stats.kstest(z.ravel(), stats.truncnorm(-level, level).cdf).pvalue > 1e-3
    again = BASE.ravel()[abs(BASE.ravel()) <= level]  # Brock et al. 2019: what lies outside is drawn again
    assert stats.ks_2samp(z.ravel(), again).pvalue > 1e-3
    assert stats.spearmanr(z.ravel(), BASE.ravel()).statistic == pytest.approx(1)  # latent i stays latent i


def test_ends_of_the_levels() -> None:
    np.testing.assert_array_equal(moved(BASE, "truncate", np.inf), BASE)
    np.testing.assert_array_equal(moved(BASE, "scale", 0.5), BASE / 2)
    for mode, level in (("scale", 0.0), ("fold", 1.0)):
        with pytest.raises(BadInput, match="no way to move"):
            moved(BASE, mode, level)


@pytest.mark.slow
def test_the_curve_trades_quality_for_diversity(scaled: ReportView) -> None:
    points = {point["level"]: point for point in scaled.result["points"]}
    assert list(points) == [0.3, 0.5, 1.0]
    assert points[0.3]["recall"]["value"] < points[1.0]["recall"]["value"]
    assert points[1.0]["rows"] == []
    rows = {row["metric"]: row for row in points[0.3]["rows"]}
    assert rows["coverage"]["verdict"] == "worse"
    assert rows["coverage"]["high"] < 0
    assert scaled.result["pick"] in points
    assert all(point["kid"]["low"] < point["kid"]["value"] < point["kid"]["high"] for point in points.values())


@pytest.mark.slow
def test_the_pick_is_the_usual_level_where_nothing_beats_it(half: Half) -> None:
    from tests.improving.true import true_generator

    true = true_generator(half)
    found = reports.make(half.workspace, reports.get("truncation"), asked(true, "truncate"), silent).result
    assert found["pick"] is None
    assert found["sentence"].startswith("Leave the latents as they are")


@pytest.mark.slow
def test_on_the_command_line_a_level_that_was_not_swept_and_a_lost_folder_are_refused(
    half: Half, scaled: ReportView, tmp_path: Path
) -> None:
    named = references.get(half.workspace, half.reference).label.replace(" v", "@")
    sweep = ["improve", "sweep", str(half.checkpoint), "--reference", named, "--extractor", "pixels", "--n", "100",
             "--levels", "0.3,0.5", "--workspace", str(half.workspace.folder)]  # fmt: skip
    with pytest.raises(BadInput, match=r"Level 0\.7 was not swept; there are: 0\.3, 0\.5, 1\."):
        CliRunner().invoke(app, [*sweep, "--level", "0.7"], catch_exceptions=False)
    with pytest.raises(BadInput, match="gone to write into"):
        CliRunner().invoke(app, [*sweep, "--npz", str(tmp_path / "gone" / "a.npz")], catch_exceptions=False)
    with pytest.raises(BadInput, match="a folder; give the name of a file"):
        CliRunner().invoke(app, [*sweep, "--onnx", str(tmp_path)], catch_exceptions=False)
    done = CliRunner().invoke(app, [*sweep, "--level", "0.3", "--npz", str(tmp_path / "a.npz")], catch_exceptions=False)
    assert done.exit_code == 0
    with np.load(tmp_path / "a.npz") as kept:
        assert len(kept["latents"]) == 100


def test_levels_that_mean_nothing_are_refused(half: Half) -> None:
    for levels in ([0.0], ["much"], [1.0] * 21):
        with pytest.raises(BadInput, match="cannot be swept"):
            reports.make(half.workspace, reports.get("truncation"), {**asked(half, "scale"), "levels": levels}, silent)


@pytest.mark.slow
def test_a_scale_becomes_a_generator_that_scales(scaled: ReportView, half: Half) -> None:
    view = wrapping.register(half.workspace, scaled.id, 0.5)
    built = checkpoints.open_checkpoint(half.workspace, view.id)
    original = checkpoints.open_checkpoint(half.workspace, half.checkpoint)
    labels = np.zeros(20, np.int64)
    np.testing.assert_allclose(
        built.floats(BASE[:20], labels), original.floats(BASE[:20] * np.float32(0.5), labels), atol=1e-6
    )
    assert built.spec.latent_size == original.spec.latent_size
    for level in (0.55, None):
        with pytest.raises(BadInput, match="no level"):
            wrapping.register(half.workspace, scaled.id, level)


@pytest.mark.slow
def test_a_truncated_list_is_built_in(half: Half) -> None:
    report = reports.make(half.workspace, reports.get("truncation"), asked(half, "truncate"), silent)
    allowed = wrapping.allowed(half.workspace, report, 0.5)
    assert abs(allowed.latents).max() <= 0.5
    view = wrapping.register(half.workspace, report.id, 0.5)
    built = checkpoints.open_checkpoint(half.workspace, view.id)
    original = checkpoints.open_checkpoint(half.workspace, half.checkpoint)
    labels = np.zeros(100, np.int64)
    np.testing.assert_array_equal(
        as_bytes(built.floats(picks(np.arange(100), 100), labels)),
        as_bytes(original.floats(allowed.latents, labels)),
    )
