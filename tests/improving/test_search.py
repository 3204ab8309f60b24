"""The search finds what a generator can make, and says what it cannot."""

from typing import Any

import numpy as np
import pytest

from core import checkpoints, images, latents, reports, sets
from core.errors import BadInput, Cancelled
from core.generators import as_bytes
from core.metrics.searching import percentile, prior, search
from core.progress import silent
from core.reports.latent_search import FAR
from tests.improving.half import Half
from tests.improving.true import true_generator


def test_a_known_minimum_is_found_for_every_target() -> None:
    targets = np.random.default_rng(0).normal(size=(3, 12))

    def loss(z: Any, of: Any) -> Any:
        return ((z - targets[of]) ** 2).sum(axis=1)

    starts = np.zeros((3, 12), np.float32)
    best, least = search(loss, starts, 120, seed=0)
    assert least.max() < 0.02 * loss(starts, np.arange(3)).min()
    np.testing.assert_allclose(loss(best, np.arange(3)), least, rtol=1e-4)
    again, _ = search(loss, starts, 120, seed=0)
    np.testing.assert_array_equal(best, again)
    at_best, _ = search(loss, targets.astype(np.float32), 3, seed=0)  # never worse than the start
    np.testing.assert_allclose(at_best, targets, atol=1e-6)


def test_it_stops_when_told() -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        search(lambda z, _: np.zeros(len(z)), np.zeros((1, 3), np.float32), 10, 0, stop)


def test_prior_and_percentile_by_their_definitions() -> None:
    z = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]], np.float32)
    assert prior(z).tolist() == [0, 0, 1]
    assert percentile(np.array([0.5, 2.5, 9.0]), np.array([3.0, 1.0, 2.0, 4.0])).tolist() == [0, 0.5, 1]


def asked(half: Half, **more: Any) -> dict[str, Any]:
    model = {"checkpoint_id": half.checkpoint, "reference_set_id": half.reference, "extractor": "lbp"}
    return {**model, "count": 3, "n": 100, "steps": 15, **more}


@pytest.mark.slow
def test_what_the_generator_can_make_comes_near_and_what_it_cannot_is_ranked_first(half: Half) -> None:
    true = true_generator(half)
    found = reports.make(half.workspace, reports.get("latent-search"), asked(true, extractor="pixels"), silent).result
    assert all(row["after"] <= row["before"] for row in found["rows"])
    assert np.mean([row["after"] / row["before"] for row in found["rows"]]) < 0.5
    assert found["out"] == 0
    assert all(row["held_out"] for row in found["rows"])
    assert found["own"]["after"] < found["own"]["before"]
    view = checkpoints.open_checkpoint(half.workspace, true.checkpoint)
    with half.workspace.database.read() as session:
        from storage import vectors

        z = vectors.load(session, found["matrix_id"])
    row = found["rows"][0]
    made = as_bytes(view.floats(z[row["row"]][None], np.zeros(1, np.int64)))[0]
    np.testing.assert_array_equal(made, images.picture(half.workspace, row["found"]))
    assert row["real"] == sets.members(half.workspace, half.reference).ids[row["position"]]
    assert latents.drawn(view.spec, 1, 0)[0].shape == (1, 4)


@pytest.mark.slow
def test_a_collapsed_generator_is_said_to_miss(half: Half, tmp_path: Any) -> None:
    from tests.onnx_models import linear

    path = linear(tmp_path / "grey.onnx", np.full((4, 256), 1e-3), (16, 16, 1))
    number = checkpoints.register(half.workspace, path, run="grey", step=1).id
    collapsed = asked(half, extractor="pixels") | {"checkpoint_id": number, "positions": [3, 1]}
    found = reports.make(half.workspace, reports.get("latent-search"), collapsed, silent).result
    assert found["out"] == 2
    assert found["rows"][0]["after"] >= found["rows"][1]["after"]
    assert {row["position"] for row in found["rows"]} == {1, 3}
    assert min(row["among_real"] for row in found["rows"]) >= FAR


def test_positions_that_are_not_there_are_refused(half: Half) -> None:
    for more in ({"positions": [10**6]}, {"count": 0}):
        with pytest.raises(BadInput, match="give"):
            reports.make(half.workspace, reports.get("latent-search"), asked(half, **more), silent)
