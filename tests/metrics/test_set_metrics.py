"""Closed forms of the set metrics, their definitions by brute force, and errors that match the spread of repeats."""

from collections.abc import Callable
from math import gamma, pi, sqrt

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist
from scipy.stats import mannwhitneyu, wasserstein_distance

from core.errors import BadInput
from core.metrics import METRICS, Given, Result
from core.metrics.c_t import c_t
from core.metrics.cmmd import cmmd
from core.metrics.diversity import pairwise_distance, pairwise_ms_ssim
from core.metrics.frechet import frechet
from core.metrics.inception_score import class_score
from core.metrics.looking import looked_at
from core.metrics.manifold import nearest
from core.metrics.mifid import mifid
from core.metrics.result import NARROW
from core.metrics.sliced_wasserstein import sliced_wasserstein
from core.metrics.vendi import vendi
from core.similarity.pictures import ms_ssim
from tests.metrics.test_metrics import normal


def units(n: int, d: int, seed: int, shift: float = 0.0) -> np.ndarray:
    rows = normal(n, d, seed, shift=shift)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("sigma", [10.0, 2.0])
def test_cmmd_equals_the_definition(sigma: float) -> None:
    x, y = normal(60, 7, 1, shift=0.5), normal(50, 7, 2) * 3  # lengths do not matter
    u, v = (rows.astype(float) / np.linalg.norm(rows.astype(float), axis=1, keepdims=True) for rows in (x, y))
    kernel = lambda a, b: np.exp(-cdist(a, b, "sqeuclidean") / (2 * sigma**2))  # noqa: E731
    expected = 1000 * (kernel(u, u).mean() + kernel(v, v).mean() - 2 * kernel(u, v).mean())
    assert cmmd(generated=x, reference=y, sigma=sigma).value == pytest.approx(expected, rel=1e-6)


def test_cmmd_is_ten_times_the_squared_difference_of_means() -> None:
    x, y = units(500, 16, 1, 0.5), units(600, 16, 2)
    gap = ((x.mean(axis=0, dtype=float) - y.mean(axis=0, dtype=float)) ** 2).sum()
    assert cmmd(generated=x, reference=y).value == pytest.approx(10 * gap, rel=0.01)
    assert cmmd(generated=x, reference=x).value == pytest.approx(0, abs=1e-6)


def test_cmmd_of_pictures_without_features_is_a_number_with_a_warning() -> None:
    blank = cmmd(generated=np.zeros((20, 4), np.float32), reference=normal(20, 4, 1))
    assert blank.value > 0
    assert "all-zero" in blank.warning


def test_vendi_of_equal_rows_is_one_and_of_orthogonal_ones_their_number() -> None:
    one = np.tile(normal(1, 60, 1), (30, 1))
    same = vendi(generated=one, reference=one)
    assert same.value == pytest.approx(1, abs=1e-12)
    assert NARROW in same.warning
    one = one[:, :6]
    corners = np.repeat(np.eye(5, 8, dtype=np.float32), 20, axis=0)
    assert vendi(generated=corners, reference=one[:, :1].repeat(8, axis=1)).value == pytest.approx(5, rel=1e-6)


@pytest.mark.parametrize("n", [25, 200], ids=["fewer rows than columns", "more"])
def test_vendi_equals_the_definition(n: int) -> None:
    x = units(n, 40, 3, 0.3)
    values = np.linalg.eigvalsh(x.astype(float) @ x.T.astype(float) / n)
    values = values[values > 1e-12]
    expected = np.exp(-(values * np.log(values)).sum())
    found = vendi(generated=x * 7, reference=x)
    assert found.value == pytest.approx(expected, rel=1e-5)
    assert found.influence is not None
    assert abs(found.influence.mean()) < 1e-6


@pytest.mark.slow
def test_sliced_wasserstein_of_a_shift_and_of_a_scale_have_their_closed_forms() -> None:
    d, x = 8, normal(4000, 8, 1)
    moved = sliced_wasserstein(generated=x + np.float32(0.5), reference=x, projections=2000).value
    length = 0.5 * sqrt(d) * gamma(d / 2) / (sqrt(pi) * gamma((d + 1) / 2))
    assert moved == pytest.approx(length, rel=0.03)
    grown = sliced_wasserstein(generated=normal(4000, d, 2, 2.0), reference=x, projections=200).value
    assert grown == pytest.approx(sqrt(2 / pi), rel=0.03)
    # BLAS rounds a row by its place in the matrix.
    assert sliced_wasserstein(generated=x[::-1], reference=x, projections=20).value == pytest.approx(0, abs=1e-6)


def test_sliced_wasserstein_is_scipys_along_each_direction() -> None:
    x, y = normal(70, 1, 1, shift=0.4), normal(50, 1, 2)
    expected = wasserstein_distance(x[:, 0], y[:, 0])
    assert sliced_wasserstein(generated=x, reference=y, projections=3).value == pytest.approx(expected, rel=1e-5)


def test_pairwise_distance_equals_scipys() -> None:
    x = normal(80, 5, 1)
    assert pairwise_distance(generated=x, reference=x[:2]).value == pytest.approx(pdist(x).mean(), rel=1e-5)
    same = pairwise_distance(generated=np.tile(x[:1] + 70, (30, 1)), reference=x)
    assert (same.value, same.standard_error) == (0, 0)
    assert NARROW in same.warning
    near = (normal(50, 5, 2, scale=1e-3) + 70).astype(np.float32)
    found = pairwise_distance(generated=near, reference=x)
    assert found.value == pytest.approx(pdist(near.astype(float)).mean(), rel=1e-5)
    assert NARROW not in found.warning


def pictures(n: int, side: int = 24, seed: int = 0) -> list[np.ndarray]:
    smooth = np.random.default_rng(seed).integers(0, 256, (n, side // 4, side // 4, 1), dtype=np.uint8)
    return list(smooth.repeat(4, axis=1).repeat(4, axis=2))


def test_pairwise_ms_ssim_is_one_for_one_picture_over_and_over() -> None:
    (one,) = pictures(1)
    assert pairwise_ms_ssim(generated=[one] * 20, reference=[one] * 20).value == pytest.approx(1)
    different = pairwise_ms_ssim(generated=pictures(40), reference=[one] * 20)
    assert different.value < 0.5
    assert different.parameters["pairs"] == 20
    again = pairwise_ms_ssim(generated=pictures(40), reference=[])
    assert again.value == different.value


def test_pairwise_ms_ssim_is_the_mean_over_disjoint_pairs_of_the_first_pictures() -> None:
    found = pictures(12)
    order = np.random.default_rng(5).permutation(8).reshape(4, 2)
    expected = np.mean([ms_ssim(found[i], found[j]).value for i, j in order])
    assert pairwise_ms_ssim(generated=found, reference=[], pairs=4, seed=5).value == pytest.approx(expected)


def test_pictures_too_small_for_ms_ssim_are_said_to_be() -> None:
    (line,) = [m for m in METRICS if m.name == "pairwise-ms-ssim"]
    assert "at least 11 pixels" in line.applies(Given(100, 100, side=8))
    assert line.applies(Given(100, 100, side=11)) == ""
    for wrong in (pictures(9, side=8), pictures(3)):
        with pytest.raises(BadInput):
            pairwise_ms_ssim(generated=wrong, reference=wrong)


def test_class_score_of_sure_and_of_clueless_classifiers() -> None:
    sure = np.tile(np.eye(5, dtype=np.float32), (40, 1))
    assert class_score(generated=sure, reference=sure).value == pytest.approx(5)
    clueless = np.full((200, 5), 0.2, np.float32)
    assert class_score(generated=clueless, reference=sure).value == pytest.approx(1)
    with pytest.raises(BadInput, match="probabilities"):
        class_score(generated=normal(30, 5, 0), reference=sure)


def test_class_score_is_the_mean_of_its_parts() -> None:
    p = np.random.default_rng(0).dirichlet(np.ones(6) * 0.3, 101)
    parts = [np.exp((q * np.log(q / q.mean(axis=0))).sum(axis=1).mean()) for q in np.array_split(p, 10)]
    got = class_score(generated=p.astype(np.float32), reference=p.astype(np.float32))
    assert got.value == pytest.approx(np.mean(parts), rel=1e-4)
    assert got.parameters == {"splits": 10, "classes": 6}


def test_only_the_network_of_2015_gives_an_inception_score() -> None:
    names = {m.name: m for m in METRICS}
    for given, here in (
        (Given(9, 9), []), (Given(9, 9, probabilities=True), ["class-score"]),
        (Given(9, 9, probabilities=True, inception=True), ["inception-score"]),
    ):  # fmt: skip
        assert [n for n in ("inception-score", "class-score") if not names[n].applies(given)] == here


def copying(share: float, seed: int) -> Result:
    train, control, generated = normal(600, 8, seed), normal(150, 8, seed + 1), normal(600, 8, seed + 2)
    generated[: int(600 * share)] = train[: int(600 * share)] + np.float32(0.01)
    return c_t(generated=generated, reference=train, control=control)


def test_c_t_is_far_below_zero_for_copies_and_above_for_strangers() -> None:
    assert copying(0.5, 0).value < -4
    assert abs(copying(0, 0).value) < 2
    train = normal(600, 8, 1)
    assert c_t(generated=normal(300, 8, 2, 3.0), reference=train, control=normal(100, 8, 3)).value > 4


def test_c_t_of_one_cell_is_scipys_mann_whitney() -> None:
    train, control, generated = normal(200, 4, 1), normal(40, 4, 2), normal(90, 4, 3)
    far, near = nearest(generated, train), nearest(control, train)
    u = mannwhitneyu(far, near).statistic
    expected = (u - 90 * 40 / 2) / np.sqrt(90 * 40 * 131 / 12)
    got = c_t(generated=generated, reference=train, control=control, cells=1)
    assert got.value == pytest.approx(expected, rel=1e-5)
    assert got.parameters == {"cells": 1, "control": 40}


def test_c_t_without_enough_control_says_so() -> None:
    (line,) = [m for m in METRICS if m.name == "c_t"]
    assert "held-out part of at least 20" in line.applies(Given(100, 100, control=19))
    assert line.applies(Given(100, 100, control=20)) == ""
    with pytest.raises(BadInput, match="at least 20"):
        c_t(generated=normal(50, 3, 0), reference=normal(50, 3, 1), control=normal(19, 3, 2))


@pytest.mark.slow
def test_c_t_of_equal_distributions_varies_as_told() -> None:
    found = [copying(0, 3 * seed) for seed in range(80)]
    told = np.mean([r.standard_error for r in found])
    assert np.std([r.value for r in found], ddof=1) == pytest.approx(told, rel=0.3)


def test_mifid_is_the_frechet_distance_over_the_memorisation_distance() -> None:
    x, y = normal(300, 4, 1), normal(250, 4, 2, shift=0.2)
    u, v = (rows / np.linalg.norm(rows.astype(float), axis=1, keepdims=True) for rows in (x, y))
    distance = (1 - np.abs(u @ v.T)).min(axis=1).mean()
    base = frechet(generated=x, reference=y).value
    assert distance < 0.1
    assert mifid(generated=x, reference=y).value == pytest.approx(base / distance, rel=1e-4)
    assert mifid(generated=x, reference=y, threshold=distance / 2).value == pytest.approx(base, rel=1e-9)
    copies = mifid(generated=y, reference=y)
    assert np.isfinite([copies.value, copies.low, copies.high]).all()
    assert "as those of copies" in copies.warning
    assert "as those of copies" not in mifid(generated=x, reference=y).warning


def test_mifid_reads_both_of_its_factors_off_the_same_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = normal(900, 6, 1, shift=0.3), normal(800, 6, 2)
    whole = mifid(generated=x, reference=y)
    monkeypatch.setattr("core.metrics.looking.PART", 400)
    part = mifid(generated=x, reference=y)
    seen = looked_at(x, x.mean(axis=0, dtype=np.float64))
    assert (part.value, np.count_nonzero(part.influence)) == (whole.value, 400)
    assert np.corrcoef(part.influence[seen.places] / np.sqrt(seen.weights), whole.influence[seen.places])[0, 1] > 0.9999
    assert part.standard_error == pytest.approx(whole.standard_error, rel=0.12)  # three times by chance


Measure = Callable[..., Result]


def repeats(metric: Measure, **given: object) -> tuple[float, float]:
    """Spread of the values of 60 repeats, and the mean of the errors that were told."""
    found = [
        metric(
            generated=normal(250, 6, seed, 1.3, 0.4) + np.float32(1), reference=normal(200, 6, 1000 + seed) + 1, **given
        )
        for seed in range(60)
    ]
    return float(np.std([r.value for r in found], ddof=1)), float(np.mean([r.standard_error for r in found]))


@pytest.mark.parametrize("metric", [cmmd, vendi, pairwise_distance, sliced_wasserstein], ids=lambda m: m.__name__)
def test_errors_match_the_spread_of_repeats(metric: Measure) -> None:
    spread, told = repeats(metric, **({"projections": 40} if metric is sliced_wasserstein else {}))
    assert told == pytest.approx(spread, rel=0.3)


def test_blocks_do_not_change_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = normal(90, 6, 1), normal(70, 6, 2)
    measures: list[Measure] = [cmmd, vendi, pairwise_distance, sliced_wasserstein, mifid]
    whole = [metric(generated=x, reference=y).value for metric in measures]
    for block in ("tiles.TILE", "vendi.CHUNK", "sliced_wasserstein.TOGETHER"):
        monkeypatch.setattr(f"core.metrics.{block}", 17)
    assert [metric(generated=x, reference=y).value for metric in measures] == pytest.approx(whole, rel=1e-5)


REAL = np.abs(normal(60, 8, 1))
ODD = {
    "blank pictures": (REAL * 0, REAL), "nothing but blank ones": (REAL * 0, REAL * 0), "copies": (REAL, REAL),
    "one picture over and over": (REAL[:1].repeat(60, axis=0), REAL),
    "one number a picture": (REAL[:, :1], REAL[:, 1:2]),
    "six a side": (REAL[:6], REAL[6:12]), "tiny numbers": (REAL[:30] * 1e-6, REAL[30:] * 1e-6),
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_odd_sets_give_numbers_inside_their_intervals(odd: str) -> None:
    generated, reference = (rows.astype(np.float32) for rows in ODD[odd])
    control = np.abs(normal(25, generated.shape[1], 7))
    found = [metric(generated=generated, reference=reference) for metric in
             (cmmd, vendi, pairwise_distance, sliced_wasserstein, mifid)]  # fmt: skip
    for result in (*found, c_t(generated=generated, reference=reference, control=control)):
        assert np.isfinite([result.value, result.low, result.high, result.standard_error]).all()
        assert result.low <= result.value <= result.high
