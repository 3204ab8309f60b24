"""Distances between sets against SciPy; the tail that is too near; figures."""

from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

from core import distributions, embeddings
from core.embeddings import NotEmbedded
from core.errors import BadInput, Cancelled, NotFound
from core.figures.distributions import ecdf, histogram
from core.similarity.nearest import nearest_rows
from storage.images import members
from tests.similarity.conftest import Sets


@pytest.fixture
def asked(sets: Sets) -> dict[str, Any]:
    built = embeddings.build(sets.workspace, "colour-histogram")
    for set_id in (sets.reference.set_id, sets.sample_id):
        embeddings.embed_set(sets.workspace, set_id, built)
    return {
        "sample_set_id": sets.sample_id,
        "reference_set_id": sets.reference.set_id,
        "extractor": "colour-histogram",
    }


@pytest.mark.parametrize("measure", ["euclidean", "cosine", "cityblock"])
def test_all_kinds_equal_scipy(sets: Sets, asked: dict[str, Any], measure: str) -> None:
    ours = {"cityblock": "manhattan"}.get(measure, measure)
    built = embeddings.build(sets.workspace, "colour-histogram")
    generated, real = (built.embed(p).astype(np.float64) for p in (sets.generated, sets.real))
    parts = {"generated": generated, "reference": real[:48], "control": real[48:]}
    for which, (x, y) in distributions.WHICH.items():
        whole = cdist(parts[x], parts[y], measure)
        pairwise = distributions.distribution(sets.workspace, **asked, measure=ours, which=which, mode="pairwise")
        expected = pdist(parts[x], measure) if x == y else whole.ravel()
        assert np.allclose(np.sort(pairwise.values), np.sort(expected), atol=1e-6)
        nearest = distributions.distribution(sets.workspace, **asked, measure=ours, which=which, mode="nearest")
        if x == y:
            np.fill_diagonal(whole, np.inf)
        assert np.allclose(nearest.values, whole.min(axis=1), atol=1e-6)
        assert nearest.n == len(parts[x])
        assert nearest.quantiles[0.5] == pytest.approx(np.median(nearest.values))
        again = distributions.distribution(sets.workspace, **asked, measure=ours, which=which, mode="nearest")
        assert again.values is nearest.values


def test_copies_are_the_tail(sets: Sets, asked: dict[str, Any]) -> None:
    found = distributions.tail(sets.workspace, **asked, measure="euclidean", threshold=0)
    with sets.workspace.database.read() as session:
        ids = [image_id for _, image_id, _ in members(session, sets.sample_id)]
    assert [(p.position, p.image_id, p.value) for p in found.pictures] == [(0, ids[0], 0.0), (7, ids[7], 0.0)]
    assert (found.count, found.n, found.share) == (2, 40, 0.05)
    everything = distributions.tail(sets.workspace, **asked, measure="euclidean", threshold=0, below=False)
    assert everything.count == 40
    values = [p.value for p in everything.pictures]
    assert values == sorted(values, reverse=True)


def test_a_large_set_is_sampled_by_seed_and_never_pairs_a_row_with_itself() -> None:
    i, j = distributions._pairs(3000, 3000, True, 0)
    assert len(i) == distributions.PAIRS
    assert (i != j).all()
    assert j.min() == 0
    assert j.max() == 2999
    same, other = distributions._pairs(3000, 3000, True, 0), distributions._pairs(3000, 3000, True, 1)
    assert np.array_equal(same[1], j)
    assert not np.array_equal(other[1], j)
    assert len(distributions._pairs(5, 5, True, 0)[0]) == 10
    assert len(distributions._pairs(5, 7, False, 0)[0]) == 35


def test_progress_is_told_and_may_stop_the_work(sets: Sets, asked: dict[str, Any]) -> None:
    told = []

    def stop(done: int, total: int, message: str = "", session: object = None) -> None:
        told.append(message)
        if "control" in message.lower():
            raise Cancelled("stop")

    ask = {**asked, "measure": "cosine", "mode": "pairwise", "seed": 77}
    for _ in range(2):  # what was done is kept, what was stopped is not
        with pytest.raises(Cancelled):
            distributions.distributions(sets.workspace, **ask, progress=stop)
    assert [m.removeprefix("distances: ") for m in told] == [
        "Generated - reference", "Generated - generated", "Reference - reference", "Control - reference",
        "Control - reference",
    ]  # fmt: skip


def test_what_is_missing_is_said(sets: Sets, asked: dict[str, Any]) -> None:
    ask = {**asked, "measure": "euclidean", "which": "generated-reference", "mode": "nearest"}
    with pytest.raises(NotEmbedded, match="Gabor"):
        distributions.distribution(sets.workspace, **{**ask, "extractor": "gabor"})
    with pytest.raises(BadInput, match="pick a checkpoint"):
        distributions.distribution(sets.workspace, **{**ask, "sample_set_id": None})
    with pytest.raises(BadInput, match="deep features"):
        distributions.distribution(sets.workspace, **{**ask, "measure": "perceptual"})
    for wrong in ({"which": "x"}, {"mode": "x"}, {"measure": "x"}, {"reference_set_id": 99}, {"sample_set_id": 99}):
        with pytest.raises(NotFound):
            distributions.distribution(sets.workspace, **{**ask, **wrong})
    assert distributions.possible(sets.workspace, None, sets.reference.set_id) == [
        "reference-reference", "control-reference",
    ]  # fmt: skip


def test_figures_show_every_series_and_the_threshold() -> None:
    rng = np.random.default_rng(0)
    series = {"Generated - reference": rng.normal(5, 1, 100_000), "Control - reference": rng.normal(6, 1, 50)}
    steps = histogram(series, "Euclidean distance", threshold=4.0)
    curves = ecdf(series, "Euclidean distance", threshold=4.0)
    for figure in (steps, curves):
        assert [trace.name for trace in figure.data] == list(series)
        assert figure.layout.shapes[0].x0 == 4.0
        assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
        assert len(figure.to_json()) < 60_000
        assert len({(t.line.color, t.line.dash) for t in figure.data}) == 2
    for trace in steps.data:
        area = (np.diff(trace.x) * trace.y[:-1]).sum()
        assert area == pytest.approx(1)
    at = np.searchsorted(curves.data[0].x, 5.0)
    assert curves.data[0].y[at] == pytest.approx(0.5, abs=0.01)
    assert curves.data[0].y[-1] == 1
    alone = histogram({"all equal": np.zeros(5, np.float32)}, "distance")
    assert np.isfinite(alone.data[0].y).all()


@pytest.mark.slow
def test_memory_stays_small_for_ten_thousand_rows() -> None:
    """The whole matrix of distances alone would be 400 MB."""
    import tracemalloc

    rows = np.random.default_rng(0).random((10_000, 64), dtype=np.float32)
    tracemalloc.start()
    nearest_rows(rows, rows, same=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200e6
