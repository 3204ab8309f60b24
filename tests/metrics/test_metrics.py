"""Closed forms, and what every metric must do."""

import numpy as np
import pytest

from core.errors import BadInput
from core.metrics import METRICS, Metric, Result, density_coverage, get, manifold, precision_recall, shares
from core.metrics.kid import kid
from core.metrics.result import NARROW


def normal(n: int, d: int, seed: int, scale: float = 1.0, shift: float = 0.0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(n, d)) * scale + shift).astype(np.float32)


metric = pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
IN_ORDER = ("fd-infinity", "pairwise-ms-ssim", "inception-score", "class-score")
"""Their definition takes the pictures in parts, in order."""


def measured(metric: Metric, generated: np.ndarray, reference: np.ndarray, **parameters: object) -> Result:
    """The metric of rows made into what it is about."""
    control = {"control": normal(40, reference.shape[1], 3)} if metric.control else {}
    sides = (suited(metric, rows) for rows in (generated, reference))
    return metric.compute(**dict(zip(("generated", "reference"), sides, strict=True)), **control, **parameters)


def suited(metric: Metric, rows: np.ndarray) -> object:
    if metric.of == "probabilities":
        odds = np.exp(rows)
        return odds / odds.sum(axis=1, keepdims=True)
    if metric.of == "pictures":
        return list((rows[:, :16].repeat(16, axis=1).reshape(-1, 16, 16, 1) * 30 + 128).clip(0, 255).astype(np.uint8))
    return rows


@metric
def test_is_finite_inside_its_interval_and_repeatable(metric: Metric) -> None:
    a, b = normal(300, 16, 1), normal(200, 16, 2, shift=0.2)
    first = measured(metric, a, b, **metric.parameters)
    again = measured(metric, a, b, **metric.parameters)
    assert first.value == again.value
    assert first.low is not None
    assert first.high is not None
    assert first.low <= first.value <= first.high
    assert np.isfinite([first.value, first.low, first.high]).all()
    if first.influence is not None:
        assert first.influence.shape == (300,)
        assert abs(first.influence.mean()) < 1e-6 * (1 + abs(first.influence).max())


@pytest.mark.parametrize("metric", [m for m in METRICS if m.name not in IN_ORDER], ids=lambda m: m.name)
def test_order_of_rows_is_irrelevant(metric: Metric) -> None:
    a, b = normal(300, 16, 1), normal(200, 16, 2)
    mixed = np.random.default_rng(0).permutation(300)
    one = measured(metric, a, b).value
    two = measured(metric, a[mixed], b[::-1]).value
    assert one == pytest.approx(two, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("metric", [m for m in METRICS if m.of != "pictures"], ids=lambda m: m.name)
def test_too_few_nan_and_unlike_widths_are_our_error(metric: Metric) -> None:
    good = normal(50, 4, 0)
    bad = good.copy()
    bad[3, 2] = np.nan
    for wrong in (good[: metric.minimum - 1], bad, normal(50, 5, 0)):
        with pytest.raises(BadInput):
            measured(metric, wrong, good)


@metric
def test_block_size_does_not_change_the_value(metric: Metric, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = normal(300, 16, 1), normal(200, 16, 2)
    whole = measured(metric, a, b).value
    for module in ("moments.CHUNK", "looking.BLOCK", "tiles.TILE", "manifold.BLOCK"):
        monkeypatch.setattr(f"core.metrics.{module}", 37)
    assert measured(metric, a, b).value == pytest.approx(whole, rel=1e-5, abs=1e-6)


def test_a_share_of_zero_keeps_its_interval_around_it() -> None:
    for n in range(10, 100):
        share = shares.share(np.zeros(n, bool))
        assert share.low == share.value == 0 < (share.high or 0)


def test_kid_of_a_shift_has_its_closed_form() -> None:
    a = normal(4000, 64, 1)
    b = normal(4000, 64, 2, shift=0.25)  # |m|^2 = 4
    result = kid(generated=a, reference=b)
    assert result.standard_error is not None
    assert abs(result.value - 0.20285) < 4 * result.standard_error
    assert result.standard_error < 0.02


def test_kid_equals_the_definition() -> None:
    x, y = normal(40, 5, 1).astype(float), normal(30, 5, 2).astype(float)
    k = lambda p, q: (p @ q.T / 5 + 1) ** 3  # noqa: E731
    xx, yy = k(x, x), k(y, y)
    expected = (xx.sum() - np.trace(xx)) / (40 * 39) + (yy.sum() - np.trace(yy)) / (30 * 29) - 2 * k(x, y).mean()
    got = kid(generated=x.astype(np.float32), reference=y.astype(np.float32)).value
    assert got == pytest.approx(expected, abs=1e-5)


def test_kid_error_covers_the_truth() -> None:
    hits = 0
    for seed in range(100):
        r = kid(generated=normal(200, 8, seed), reference=normal(200, 8, 1000 + seed, shift=0.3))
        truth = kid_truth(8, 0.09 * 8)
        hits += r.low <= truth <= r.high  # type: ignore[operator]
    assert hits >= 88  # 95 expected; below 88 has probability < 0.2%


def kid_truth(d: int, a: float) -> float:
    same = 1 + 3 / d
    moved = 1 + 3 * a / d + 3 * (d + 2 * a + a * a) / d**2 + (a**3 + 6 * a * a + 3 * d * a + 6 * a) / d**3
    return same + moved - 2 * (1 + 3 * (d + a) / d**2)


def test_identical_distributions_have_density_one_and_their_coverage() -> None:
    a, b = normal(3000, 8, 1), normal(3000, 8, 2)
    assert density_coverage.density(generated=a, reference=b).value == pytest.approx(1, abs=0.06)
    assert density_coverage.coverage(generated=a, reference=b).value == pytest.approx(1 - 2**-5, abs=0.02)


def test_collapse_is_precise_without_recall_and_noise_the_reverse() -> None:
    reference = normal(800, 8, 1)
    collapsed = normal(800, 8, 2, 0.02)
    assert precision_recall.precision(generated=collapsed, reference=reference).value > 0.95
    assert precision_recall.recall(generated=collapsed, reference=reference).value < 0.05
    noise = normal(800, 8, 3, 4.0)
    assert precision_recall.precision(generated=noise, reference=reference).value < 0.1
    assert precision_recall.recall(generated=noise, reference=reference).value > 0.9


def test_manifold_equals_brute_force() -> None:
    a, b = normal(60, 4, 1), normal(50, 4, 2, shift=0.5)
    ab = np.linalg.norm(a[:, None] - b[None], axis=2)
    bb = np.sort(np.linalg.norm(b[:, None] - b[None], axis=2), axis=1)
    assert precision_recall.precision(generated=a, reference=b).value == (ab <= bb[:, 3]).any(axis=1).mean()
    assert density_coverage.coverage(generated=a, reference=b).value == (ab.min(axis=0) < bb[:, 5]).mean()
    assert density_coverage.density(generated=a, reference=b).value == pytest.approx((ab < bb[:, 5]).sum() / (5 * 60))
    assert np.allclose(manifold.nearest(a, b), ab.min(axis=1), atol=1e-5)


def test_pictures_without_features_are_alike_and_far_from_all_others() -> None:
    blank, real = np.zeros((20, 4), np.float32), normal(20, 4, 2)
    for name in ("mean-cosine", "nearest-cosine"):
        cosine = next(m for m in METRICS if m.name == name)
        far, same = cosine.compute(generated=blank, reference=real), cosine.compute(generated=blank, reference=blank)
        assert (far.value, same.value) == (pytest.approx(1), pytest.approx(0, abs=1e-6))
        assert "20 generated and 0 reference" in far.warning
        one = normal(20, 4, 1)
        plain = cosine.compute(generated=one, reference=real)
        mixed = cosine.compute(generated=np.vstack([one, blank]), reference=real)
        assert mixed.value == pytest.approx((plain.value + 1) / 2, rel=1e-5)
        assert "all-zero" not in plain.warning


@pytest.mark.parametrize("scale", [1e3, 1e5])
def test_kid_of_large_features_is_that_of_small_ones_scaled(scale: float) -> None:
    x, y = abs(normal(300, 32, 1, 1.2)), abs(normal(250, 32, 2))
    found, bigger = (
        kid(generated=(x * one).astype(np.float32), reference=(y * one).astype(np.float32)) for one in (100, scale)
    )
    assert bigger.value == pytest.approx(found.value * (scale / 100) ** 6, rel=1e-2)
    assert found.standard_error is not None
    assert bigger.standard_error == pytest.approx(found.standard_error * (scale / 100) ** 6, rel=1e-2)
    assert bigger.warning == ""


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_kid_beyond_what_float32_holds_is_none_and_says_so() -> None:
    x = (abs(normal(50, 8, 1)) * 1e14).astype(np.float32)
    assert "scale them down" in kid(generated=x, reference=x).none
    far = kid(generated=normal(200, 64, 1, shift=1e4), reference=normal(200, 64, 2, shift=1e4))
    assert NARROW in far.warning
    assert far.standard_error is not None
    assert np.isfinite(far.standard_error)


def test_copies_of_one_picture_lie_on_its_ball_without_extent() -> None:
    one = np.tile(normal(1, 6, 1), (40, 1))
    for name in ("precision", "recall"):
        assert get(name).compute(generated=one, reference=one, k=3).value == 1
