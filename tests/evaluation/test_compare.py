"""Better, worse or cannot tell; strips and trends of the same latents."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from core import checkpoints, compare, evaluate, overview, references, results, strip, trends
from core.cli import app
from core.errors import NotFound, ProofsheetError
from core.figures.comparison import forest
from core.figures.trends import trend
from core.settings import Settings
from core.workspace import Workspace
from storage import vectors
from storage.tables import MetricValue
from tests.evaluation.test_sampling import folder_of_pictures
from tests.pages.filled import SMOOTH, generator


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, int, int]]:
    """Checkpoints at step 1 (noisy) and step 2 (as the real pictures are), evaluated alike."""
    tmp_path = tmp_path_factory.mktemp("measured")
    workspace = Workspace(Settings(workspace=tmp_path / "workspace"))
    rng = np.random.default_rng(0)
    real = np.tanh(np.einsum("nk,khw->nhw", rng.normal(size=(400, 4)), SMOOTH))
    np.save(tmp_path / "real.npy", np.round((real + 1) * 127.5).astype(np.uint8))
    reference = references.add(workspace, "blobs", tmp_path / "real.npy", held_out=0)
    ids = []
    for step, noise in ((1, 0.5), (2, 0.0)):
        path = generator(tmp_path / f"{step}.onnx", noise)
        view = checkpoints.register(workspace, path, run="blobs", step=step)
        evaluate.evaluate(workspace, view.id, reference.set_id, extractor="pixels", n=200)
        ids.append(view.id)
    yield workspace, ids[0], ids[1]
    workspace.close()


def test_the_true_generator_is_better_and_the_other_way_round_worse(measured: tuple[Workspace, int, int]) -> None:
    workspace, noisy, true = measured
    found = compare.compare(workspace, noisy, true)
    verdicts = {row.metric: row.verdict for row in found.rows}
    assert verdicts["frechet"] == verdicts["coverage"] == verdicts["precision"] == "better"
    assert verdicts["sharpness"] == ""
    assert found.worse == []
    assert "better than" in found.sentence
    back = compare.compare(workspace, true, noisy)
    assert {row.metric for row in back.worse} == {"frechet", "coverage"}
    assert back.rows[0].difference == -found.rows[0].difference
    assert all(row.paired and row.low <= row.difference <= row.high for row in found.rows)
    drawn = sum(len(trace.x) for trace in forest(found.judged).data)
    assert drawn == sum(row.direction != "none" for row in found.rows)


def test_a_checkpoint_is_not_better_than_itself(measured: tuple[Workspace, int, int]) -> None:
    workspace, noisy, _ = measured
    found = compare.compare(workspace, noisy, noisy)
    assert {row.verdict for row in found.rows} == {"cannot tell", ""}
    assert "cannot tell" in found.sentence


def test_without_a_common_protocol_the_remedy_is_named(measured: tuple[Workspace, int, int], tmp_path: Path) -> None:
    workspace, noisy, true = measured
    with pytest.raises(NotFound, match="1 and blobs @ 2 were not both evaluated under hog; there is: blobs v1"):
        compare.compare(workspace, noisy, true, extractor="hog")
    with pytest.raises(NotFound, match="not both evaluated under lbp with n 9; there is: blobs v1"):
        compare.compare(workspace, noisy, true, extractor="lbp", n=9)
    with pytest.raises(NotFound, match="There is no extractor 'hgo'; there are: "):
        compare.compare(workspace, noisy, true, extractor="hgo")
    with pytest.raises(NotFound, match="There is no 'blobs@9'; of 'blobs' there are: 1"):
        compare.compare(workspace, noisy, true, reference="blobs@9")
    one = compare.compare(workspace, noisy, true).evaluation_a
    assert compare.compare(workspace, noisy, true, n=one.n, seed=one.seed).evaluation_a == one
    fresh = checkpoints.register(workspace, generator(tmp_path / "f.onnx", 0.1), run="blobs", step=3)
    with pytest.raises(NotFound, match="evaluate both"):
        compare.compare(workspace, noisy, fresh.id)


def test_trends_and_strips_follow_the_steps(measured: tuple[Workspace, int, int]) -> None:
    workspace, noisy, true = measured
    (line,) = trends.series(workspace, "frechet")
    assert [p.step for p in line.points] == [1, 2]
    assert line.points[0].value.value > line.points[1].value.value
    assert line.floor is not None
    figure = trend([line], ["blobs"])
    assert list(figure.data[1].customdata) == [noisy, true]
    assert trend([line], ["<a href='x'>b</a>"]).data[1].name.startswith("&lt;a")
    assert trends.series(workspace, "kid", runs=["other"]) == []
    rows = strip.strip(workspace, checkpoints.every(workspace), [0, 5])
    assert [row.step for row in rows] == [1, 2]
    assert all(len(row.image_ids) == 2 for row in rows)


def test_ready_made_pictures_stand_in_a_row_of_their_own(workspace: Workspace, tmp_path: Path) -> None:
    """They share latents with nobody: a strip of two such sets holds one of them, and nothing of the other."""
    real = references.add(workspace, "real", folder_of_pictures(tmp_path / "real", 24), held_out=0)
    folders = [folder_of_pictures(tmp_path / str(n), n) for n in (12, 13)]
    both = [checkpoints.register(workspace, path, run="theirs", step=i) for i, path in enumerate(folders)]
    assert strip.of_its_own(workspace, both[1], range(5)) == []
    for one in both:
        evaluate.evaluate(workspace, one.id, real.set_id, extractor="pixels", n=12)
    (row,) = strip.strip(workspace, both, range(5))
    (other,) = (one for one in both if one.id != row.checkpoint_id)
    (own,) = strip.of_its_own(workspace, other, range(5))
    assert (own.checkpoint_id, len(own.image_ids)) == (other.id, 5)


def test_another_n_starts_another_line(measured: tuple[Workspace, int, int]) -> None:
    workspace, noisy, _ = measured
    real = references.every(workspace)[0]
    evaluate.evaluate(workspace, noisy, real.set_id, extractor="pixels", n=150)
    assert len(trends.series(workspace, "kid")) == 2


def test_the_gate_fails_only_for_a_worse_candidate(measured: tuple[Workspace, int, int]) -> None:
    workspace, _, _ = measured
    common = ["--workspace", str(workspace.folder), "--reference", "blobs@1"]
    better = CliRunner().invoke(app, ["compare", "blobs@1", "blobs@2", "--gate", *common])
    worse = CliRunner().invoke(app, ["compare", "blobs@2", "blobs@1", "--gate", "--json", *common])
    ungated = CliRunner().invoke(app, ["compare", "blobs@2", "blobs@1", *common])
    unknown = CliRunner().invoke(app, ["compare", "blobs@2", "blobs@9", *common])
    assert (better.exit_code, worse.exit_code, ungated.exit_code) == (0, 1, 0)
    told = json.loads(worse.stdout)
    assert (told["answer"], told["protocol"].split(" · ")[0]) == ("worse", "blobs v1")
    assert told["sentence"].startswith("blobs @ 1 is worse than blobs @ 2 by Fréchet distance")
    assert {row["verdict"] for row in told["rows"] if row["metric"] in ("frechet", "coverage")} == {"worse"}
    assert "blobs @ 1 is worse than blobs @ 2" in ungated.stdout
    assert isinstance(unknown.exception, ProofsheetError)


def test_checkpoints_that_wait_for_numbers_hide_no_answer(measured: tuple[Workspace, int, int], tmp_path: Path) -> None:
    """While a training runs, its newest checkpoints have none yet."""
    workspace, _, _ = measured
    for step in range(4, 4 + overview.NEWEST):
        checkpoints.register(workspace, generator(tmp_path / f"{step}.onnx", step / 10), run="blobs", step=step)
    (line,) = overview.runs(workspace)
    assert all(one.evaluation is None for one in line.newest)
    assert line.evaluated == 2
    assert line.answer is not None
    assert (line.answer.a, line.answer.b) == ("blobs @ 1", "blobs @ 2")


def test_unlike_under_the_extractor_that_was_asked_for(measured: tuple[Workspace, int, int]) -> None:
    workspace, noisy, true = measured
    real = references.every(workspace)[0]
    for number, n in ((noisy, 20), (true, 24)):
        evaluate.evaluate(workspace, number, real.set_id, extractor="colour-histogram", n=n)
    with pytest.raises(NotFound, match=r"not measured alike \(generated pictures \(n\): 20 against 24"):
        compare.compare(workspace, noisy, true, extractor="colour-histogram")


def test_protocols_with_another_n_are_told_apart(measured: tuple[Workspace, int, int]) -> None:
    workspace, noisy, true = measured
    (reference,) = references.every(workspace)
    before = compare.by_protocol(compare.protocols(workspace, noisy, true))
    for number in (noisy, true):
        evaluate.evaluate(workspace, number, reference.set_id, extractor="pixels", n=150)
    found = compare.by_protocol(compare.protocols(workspace, noisy, true))
    assert list(before) == ["blobs v1|pixels"]
    assert list(found) == ["blobs v1|pixels", "blobs v1|pixels|200|0"]
    assert [[view.n for view in pair] for pair in found.values()] == [[150, 150], [200, 200]]
    assert found["blobs v1|pixels|200|0"] == before["blobs v1|pixels"]
    assert compare.compare(workspace, noisy, true, n=200).evaluation_a.n == 200


def test_trends_begin_with_what_was_measured_last(measured: tuple[Workspace, int, int], tmp_path: Path) -> None:
    workspace, *_ = measured
    (reference,) = references.every(workspace)
    other = checkpoints.register(workspace, generator(tmp_path / "other.onnx", 0.3), run="another", step=1)
    evaluate.evaluate(workspace, other.id, reference.set_id, extractor="gabor", n=150)
    views = results.every(workspace)
    owned = trends.owners(workspace)
    first = trends.newest(views, owned, [])
    assert (first.extractor, first.checkpoint_ids) == ("gabor", (other.id,))
    assert trends.measured(views, owned, first.reference, first.extractor) == {"another"}
    assert trends.newest(views, owned, ["blobs"]).extractor == "pixels"
    assert trends.newest(views, owned, ["nothing"]) == first


def test_an_error_that_is_no_number_tells_nothing(measured: tuple[Workspace, int, int]) -> None:
    workspace, noisy, true = measured
    before = compare.compare(workspace, noisy, true, n=200)
    value = before.evaluation_b.values["frechet"]
    assert before.verdicts["frechet"] != "cannot tell"

    with workspace.database.write() as session:
        no_number = vectors.store(session, np.full((value.n + value.m, 1), np.nan, np.float32))
        row = session.scalars(select(MetricValue).where(MetricValue.influence_id == value.influence_id)).one()
        row.influence_id = no_number
    found = compare.compare(workspace, noisy, true, n=200)
    assert found.verdicts["frechet"] == "cannot tell"
    assert found.verdicts["coverage"] == before.verdicts["coverage"]
    with workspace.database.write() as session:
        session.scalars(
            select(MetricValue).where(MetricValue.influence_id == no_number)
        ).one().influence_id = value.influence_id
