"""Slices: per-picture values add up to the metrics; shrinkage by its formula, and intervals that hold."""

import numpy as np
import pytest

from core import metrics
from core.metrics.slices import kinds, per_picture, shrunk


def test_the_means_of_the_pictures_are_the_metrics() -> None:
    rng = np.random.default_rng(0)
    sides = {"generated": rng.normal(0.3, 0.8, (150, 5)), "reference": rng.normal(size=(150, 5))}
    sides = {name: rows.astype(np.float32) for name, rows in sides.items()}
    made, real = per_picture(**sides)
    for name, values in {**made, **real}.items():
        line = metrics.get(name)
        assert values.mean() == pytest.approx(line.compute(**sides, **line.parameters).value, rel=1e-5), name


def test_equal_slices_are_drawn_to_the_whole_and_large_ones_stay() -> None:
    rng = np.random.default_rng(0)
    alike = [rng.normal(size=50) for _ in range(8)]
    alike = [one - one.mean() + 3 for one in alike]
    for found in shrunk(alike, np.concatenate(alike)):
        assert (found.value, found.shrunk) == pytest.approx((3, 3))
    unlike = [rng.normal(k, 1, 100_000) for k in range(5)]
    for k, found in enumerate(shrunk(unlike, np.concatenate(unlike))):
        assert found.shrunk == pytest.approx(k, abs=0.02)
        assert found.high - found.low == pytest.approx(2 * 1.96 / np.sqrt(100_000), rel=0.02)


def test_a_small_slice_of_equal_values_is_not_certain() -> None:
    rng = np.random.default_rng(1)
    flags = [(rng.random(400) < p).astype(float) for p in (0.5, 0.7, 0.8, 0.9)]
    *_, small = shrunk([*flags, np.ones(20)], np.concatenate(flags))
    assert small.value == 1
    assert small.shrunk < 0.99
    assert small.low < 0.95
    assert small.high <= 1
    (alone,) = shrunk([np.ones(30)], np.ones(30))
    assert (alone.shrunk, alone.high) == (1, 1)
    assert 0.9 < alone.low < 1, "none of 30 is not never"
    flat = shrunk([np.full(30, 2.5)] * 3, np.full(90, 2.5))
    assert [(one.low, one.high) for one in flat] == [(2.5, 2.5)] * 3


def test_intervals_hold_the_true_means_of_slices() -> None:
    rng = np.random.default_rng(0)
    held, nearer = [], []
    for _ in range(60):
        true = rng.normal(10, 1, 12)
        slices = [rng.normal(t, 4, n) for t, n in zip(true, rng.integers(20, 200, 12), strict=True)]
        found = shrunk(slices, np.concatenate(slices))
        held += [f.low <= t <= f.high for f, t in zip(found, true, strict=True)]
        nearer.append(sum((f.value - t) ** 2 - (f.shrunk - t) ** 2 for f, t in zip(found, true, strict=True)))
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.mean(nearer) > 0, "drawn towards the whole they are nearer to the truth"


def test_one_bad_slice_among_good_ones_is_not_drawn_away() -> None:
    rng = np.random.default_rng(0)
    true = np.array([0.5, *[0.97] * 9])
    bad, held = [], []
    for _ in range(100):
        slices = [(rng.random(n) < p).astype(float) for p, n in zip(true, [40, *[80] * 9], strict=True)]
        found = shrunk(slices, np.concatenate(slices))
        assert min(found, key=lambda f: f.shrunk) is found[0]
        assert abs(found[0].shrunk - found[0].value) <= 1.01 * np.sqrt(0.25 / 40)
        bad.append(found[0].shrunk)
        held.append(found[0].low <= 0.5 <= found[0].high)
    assert np.mean(bad) < 0.6, "without a limit it is drawn to 0.8"
    assert np.mean(held) >= 0.8, "without a limit 6 of 10"


def test_kinds_are_clusters_of_the_reference() -> None:
    rng = np.random.default_rng(0)
    true = np.repeat([0, 1], [80, 40])
    rows = (rng.normal(size=(120, 6)) + 9 * np.eye(6)[true]).astype(np.float32)
    real, made = kinds(rows, rows[::-1], 2)
    assert (real == true).all()
    assert (made == true[::-1]).all()
