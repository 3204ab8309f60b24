"""What can be measured on an input is; what cannot is left out, and why is said."""

from pathlib import Path

import numpy as np
import pytest

from core import checkpoints, evaluate, images, references, results
from core.images import Stored
from core.references import ReferenceView
from core.results import EvaluationView
from core.workspace import Workspace
from tests.evaluation.test_evaluate import onnx_generator


def real(workspace: Workspace, tmp_path: Path, n: int, held_out: float, side: int = 16) -> ReferenceView:
    np.save(tmp_path / "real.npy", np.random.default_rng(5).integers(0, 256, (n, side, side), dtype=np.uint8))
    return references.add(workspace, "noise", tmp_path / "real.npy", held_out=held_out)


def evaluated(workspace: Workspace, tmp_path: Path, reference: ReferenceView, extractor: str) -> EvaluationView:
    view = checkpoints.register(workspace, onnx_generator(tmp_path / "g.onnx"), run="r", step=1)
    number = evaluate.evaluate(workspace, view.id, reference.set_id, extractor=extractor, n=40)
    return results.get(workspace, number)


@pytest.mark.slow
def test_with_control_and_classes_only_few_pictures_and_the_published_name_are_missing(
    workspace: Workspace, tmp_path: Path
) -> None:
    reference = real(workspace, tmp_path, 120, 0.25)
    found = evaluated(workspace, tmp_path, reference, "efficientnet-lite0-96")
    assert [title for title, _ in results.absent(workspace, found)] == ["FD-infinity", "Inception score"]
    assert found.values["c_t"].parameters["control"] == 30
    score = found.values["class-score"]
    assert 1 <= score.value <= 1000
    assert score.floor is not None
    assert score.floor >= 1


def test_what_is_left_out_says_why(workspace: Workspace, tmp_path: Path) -> None:
    found = evaluated(workspace, tmp_path, real(workspace, tmp_path, 120, 0.1, side=10), "lbp")
    said = dict(results.absent(workspace, found))
    assert "has 12" in said["Data copying (C_T)"]
    assert "some of 10" in said["Pairwise MS-SSIM within the set"]
    assert "no classes" in said["Class-probability score"]
    assert not {"c_t", "pairwise-ms-ssim", "class-score", "inception-score"} & found.values.keys()


def test_pictures_of_a_set_are_read_when_they_are_looked_at(workspace: Workspace, tmp_path: Path) -> None:
    reference = real(workspace, tmp_path, 30, 0)
    whole = images.load(workspace, reference.set_id, 0, 30)
    stored = Stored(workspace, reference.set_id, range(30))
    for part in (slice(None), slice(5), slice(-7, None), slice(3, 20, 4), slice(40, 50)):
        chosen = stored[part]
        assert len(chosen) == len(whole[part])
        assert all(np.array_equal(a, b) for a, b in zip(chosen, whole[part], strict=True))
    assert np.array_equal(stored[-1], whole[-1])
    with pytest.raises(IndexError):
        stored[30]


def test_where_no_picture_has_a_rarity_there_is_no_number_and_a_sentence(workspace: Workspace, tmp_path: Path) -> None:
    """Real pictures of nearly one grey, generated ones all over the place: no ball of theirs holds any."""
    rng = np.random.default_rng(5)
    np.save(tmp_path / "real.npy", (128 + rng.integers(0, 2, (120, 16, 16))).astype(np.uint8))
    grey = references.add(workspace, "grey", tmp_path / "real.npy", held_out=0.1)
    found = evaluated(workspace, tmp_path, grey, "pixels")
    assert found.values["precision"].value == 0
    assert "rarity" not in found.values
    said = dict(results.absent(workspace, found))
    assert said["Mean rarity"] == "No generated picture lies where real ones do, so none has a rarity."
    assert all(np.isfinite(value.value) for value in found.values.values())
    again = evaluate.evaluate(workspace, found.checkpoint_ids[0], grey.set_id, extractor="pixels", n=40)
    assert again == found.id, "a value that cannot be had is not looked for again"
