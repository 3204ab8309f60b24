"""The pass that neighbour metrics share, against brute force in float64."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import Cancelled
from core.metrics import METRICS, get, tiles
from core.metrics.balls import Balls
from core.metrics.kernel_sums import kernel_sums
from core.metrics.neighbourhoods import Neighbourhoods
from core.metrics.pairing import Pairing
from core.metrics.realism import rarity_scores, realism_scores

FIELDS = ("held", "closed", "open", "smallest")
Matrix = np.ndarray


def sets(n: int, m: int, d: int, seed: int = 0) -> tuple[Matrix, Matrix]:
    """Two clouds far from the origin, with duplicates within both and a copy across."""
    rng = np.random.default_rng(seed)
    x = (rng.normal(size=(n, d)) + 2.3).astype(np.float32)
    y = (rng.normal(size=(m, d)) + 2).astype(np.float32)
    x[3], x[5], y[6] = y[2], x[4], y[1]
    return x, y


def squares(a: Matrix, b: Matrix) -> Matrix:
    return ((a[:, None].astype(float) - b[None].astype(float)) ** 2).sum(axis=2)


def others(a: Matrix) -> Matrix:
    found = squares(a, a)
    np.fill_diagonal(found, np.inf)
    return np.sort(found, axis=1)


@pytest.mark.parametrize("tile", [17, 64, 768])
@pytest.mark.parametrize(("n", "m", "d"), [(60, 50, 4), (150, 200, 16), (7, 9, 3)])
def test_everything_equals_brute_force(n: int, m: int, d: int, tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "TILE", tile)
    x, y = sets(n, m, d)
    found = Pairing(x, y).neighbours(3, 5)
    g, gg, rr = squares(x, y), others(x), others(y)
    for own, brute in ((found.generated, gg), (found.reference, rr)):
        k = min(6, len(brute) - 1)
        assert np.allclose(own.squared[:, :k], brute[:, :k], rtol=1e-12, atol=0)
    seen = found.across
    assert np.array_equal(seen.generated.index[:, 0], g.argmin(axis=1))
    assert np.allclose(seen.generated.squared, np.sort(g, axis=1)[:, :2], rtol=1e-12, atol=0)
    assert np.allclose(seen.reference.squared, np.sort(g, axis=0)[:2].T, rtol=1e-12, atol=0)
    assert np.allclose(seen.generated.roots, np.sqrt(g).sum(axis=1), rtol=1e-5)
    assert np.allclose(seen.reference.roots, np.sqrt(g).sum(axis=0), rtol=1e-5)
    for k in (3, 5):
        check_balls(found.reference_balls[k], g, rr[:, k - 1])
        check_balls(found.generated_balls[k], g.T, gg[:, k - 1])
        kept = rr[:, k - 1] <= np.median(rr[:, k - 1])
        with np.errstate(divide="ignore"):
            ratio = np.sqrt(rr[kept, k - 1] / g[:, kept]).max(axis=1)
        assert np.allclose(seen.realism[k].best, np.minimum(ratio, 1e6))


def check_balls(balls: Balls, g: Matrix, radii: Matrix) -> None:
    """`g`: squared distances of pictures (rows) to the centres of balls (columns)."""
    closed, inside = g <= radii, g < radii
    smallest = np.where(closed, radii, np.inf).min(axis=1)
    expected = inside.sum(axis=0), closed.sum(axis=1), inside.sum(axis=1)
    for name, brute in zip(FIELDS, expected, strict=False):
        assert np.array_equal(getattr(balls, name), brute), name
    assert np.allclose(balls.smallest, smallest)
    held = inside.sum(axis=0)
    assert np.array_equal(balls.sole, np.where(held == 1, inside.argmax(axis=0), -1))


def check_reached(balls: Balls, g: Matrix, radii: Matrix) -> None:
    """`radii`: to one neighbour more than those of the balls."""
    assert np.array_equal(balls.reached, (balls.held == 0) & (g < radii).any(axis=0))


@pytest.mark.parametrize("tile", [17, 64, 768])
@pytest.mark.parametrize(("n", "m", "d"), [(60, 50, 4), (150, 200, 16), (7, 9, 3)])
def test_balls_alone_equal_brute_force(n: int, m: int, d: int, tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "TILE", tile)
    x, y = sets(n, m, d)
    found = Pairing(x, y, only_balls=True).balls(3, 5)
    assert not isinstance(found, Neighbourhoods)
    g, gg, rr = squares(x, y), others(x), others(y)
    for own, brute in ((found.generated, gg), (found.reference, rr)):
        k = min(6, len(brute) - 1)
        assert np.allclose(own.squared[:, :k], brute[:, :k], rtol=1e-12, atol=0)
    for k in (3, 5):
        check_balls(found.reference_balls[k], g, rr[:, k - 1])
        check_balls(found.generated_balls[k], g.T, gg[:, k - 1])
        check_reached(found.reference_balls[k], g, rr[:, k])
        check_reached(found.generated_balls[k], g.T, gg[:, k])


def test_kernel_sums_and_cosines_equal_brute_force() -> None:
    x, y = sets(150, 200, 16)
    found = Pairing(x, y).neighbours()

    def kernel(a: Matrix, b: Matrix) -> Matrix:
        return (a.astype(float) @ b.T.astype(float) / 16 + 1) ** 3 - 1

    own = kernel(x, x)
    assert np.allclose(found.kernel_sums.generated, own.sum(axis=1) - np.diag(own), rtol=1e-5)
    assert np.allclose(found.across.generated.kernel, kernel(x, y).sum(axis=1), rtol=1e-5)
    assert np.allclose(found.across.reference.kernel, kernel(x, y).sum(axis=0), rtol=1e-5)
    units = [rows / np.linalg.norm(rows.astype(float), axis=1, keepdims=True) for rows in (x, y)]
    assert np.allclose(found.across.cosine, (1 - units[0] @ units[1].T).min(axis=1), atol=1e-7)
    assert found.across.cosine[3] == 0


def test_sums_of_the_wide_kernel_equal_float64() -> None:
    x, y = sets(150, 200, 16)
    x[:3], y[7] = 0, 0  # alike among themselves, at right angles to all others
    found = Pairing(x, y).neighbours()
    units = []
    for rows in (x.astype(float), y.astype(float)):
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        units.append(np.hstack([rows / np.where(lengths > 0, lengths, 1), lengths == 0]))
    kernels = {(a, b): -np.expm1((units[a] @ units[b].T - 1) / 100) for a in (0, 1) for b in (0, 1)}
    sums = found.wide_sums
    assert np.allclose(sums.generated, kernels[0, 0].sum(axis=1), rtol=1e-7)
    assert np.allclose(sums.reference, kernels[1, 1].sum(axis=1), rtol=1e-7)
    assert np.allclose(sums.generated_across, kernels[0, 1].sum(axis=1), rtol=1e-7)
    assert np.allclose(sums.reference_across, kernels[1, 0].sum(axis=1), rtol=1e-7)
    assert np.allclose(found.across.opposed, (units[0] @ units[1].T).min(axis=1), atol=1e-6)


def test_distances_within_the_generated_equal_brute_force() -> None:
    x, y = sets(150, 200, 16)
    assert np.allclose(Pairing(x, y).neighbours().generated_roots, np.sqrt(squares(x, x)).sum(axis=1), rtol=1e-5)


def test_tiles_and_threads_change_nothing_that_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    from threadpoolctl import threadpool_limits

    x, y = sets(500, 400, 24)
    whole, balls = Pairing(x, y).neighbours(), Pairing(x, y, only_balls=True).balls()
    monkeypatch.setattr(tiles, "TILE", 100)
    with threadpool_limits(1, "blas"):
        parts, ball_parts = Pairing(x, y).neighbours(), Pairing(x, y, only_balls=True).balls()
    assert np.array_equal(whole.across.reference.squared, parts.across.reference.squared)
    assert np.array_equal(whole.across.reference.index, parts.across.reference.index)
    for other in (parts, balls, ball_parts):
        assert np.array_equal(whole.generated.squared, other.generated.squared)
        assert np.array_equal(whole.generated.index, other.generated.index)
        for field in FIELDS:
            for k in (3, 5):
                one, same = whole.reference_balls[k], other.reference_balls[k]
                assert np.array_equal(getattr(one, field), getattr(same, field))


@pytest.mark.parametrize("name", ["precision", "recall", "density", "coverage"])
@pytest.mark.parametrize("tile", [64, 100])
def test_errors_of_sets_with_many_ties_do_not_depend_on_tiles(
    name: str, tile: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = sets(400, 400, 32)
    x[10:90], x[100:150], x[175:180] = y[2], y[5:55], y[1]  # on edges of balls that grow to the next neighbour
    metric = get(name)
    whole = metric.compute(generated=x, reference=y)
    monkeypatch.setattr(tiles, "TILE", tile)
    for pairing in (None, Pairing(x, y)):
        parts = metric.compute(generated=x, reference=y, pairing=pairing)
        assert (whole.value, whole.standard_error) == (parts.value, parts.standard_error)
        assert np.array_equal(whole.influence, parts.influence)
        assert np.array_equal(whole.reference_influence, parts.reference_influence)


@pytest.mark.parametrize("metric", [m for m in METRICS if m.shares and m.of == "features"], ids=lambda m: m.name)
def test_shared_or_alone_bit_for_bit(metric: object) -> None:
    x, y = sets(120, 120, 8)
    pairing = Pairing(x, y)
    pairing.neighbours()
    control = {"control": sets(40, 40, 8)[0]} if metric.control else {}  # type: ignore[attr-defined]
    shared = metric.compute(generated=x, reference=y, pairing=pairing, **control)  # type: ignore[attr-defined]
    alone = metric.compute(generated=x, reference=y, **control)  # type: ignore[attr-defined]
    assert (shared.value, shared.low, shared.high) == (alone.value, alone.low, alone.high)


@pytest.mark.parametrize("tile", [17, 100])
def test_kernel_sums_alone_are_those_of_the_pass(tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "TILE", tile)
    x, y = sets(150, 210, 8)
    alone, shared = kernel_sums(x, y, tiles.untold), Pairing(x, y).kernel_sums()
    for name in ("generated", "reference", "generated_across", "reference_across"):
        assert np.array_equal(getattr(alone, name), getattr(shared, name)), name
    assert alone.squares == shared.squares


def test_the_pass_is_made_once_and_again_only_for_another_k() -> None:
    x, y = sets(60, 50, 4)
    pairing = Pairing(x, y)
    first = pairing.neighbours(3)
    assert pairing.neighbours(5) is first
    assert pairing.balls(3) is first
    assert pairing.neighbours(2).ks == (2, 3, 5)
    assert pairing.balls(4) is pairing.neighbours()


def test_balls_alone_have_one_pass_of_their_own() -> None:
    x, y = sets(60, 50, 4)
    pairing = Pairing(x, y, only_balls=True)
    first = pairing.balls(3)
    assert pairing.balls(5) is first
    assert pairing.balls(2).ks == (2, 3, 5)


def test_a_set_of_copies_is_counted_exactly() -> None:
    rng = np.random.default_rng(0)
    y = rng.random(size=(300, 32)).astype(np.float32)
    y[:200] = y[0]
    x = np.repeat(y[:1], 250, axis=0)
    found = Pairing(x, y).neighbours()
    assert (found.across.generated.squared == 0).all()
    assert (found.reference_balls[3].closed >= 200).all()  # balls of radius 0 hold what lies on their centre
    assert (found.reference_balls[3].held[:200] == 0).all()  # but nothing strictly inside


def test_a_copy_is_the_most_realistic_and_what_no_ball_holds_has_no_rarity() -> None:
    x, y = sets(60, 80, 4)
    x[0] = 100
    pairing = Pairing(x, y)
    assert realism_scores(pairing).argmax() == 3 or realism_scores(pairing)[3] > 1
    rarity = rarity_scores(pairing)
    radius = np.sqrt(others(y)[:, 2])
    assert rarity[0] == 0
    assert (rarity[rarity > 0] >= radius.min()).all()
    assert rarity.max() <= radius.max()


def test_a_long_pass_says_where_it_is_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = sets(60, 50, 4)
    monkeypatch.setattr(tiles, "TILE", 17)
    for only_balls in (False, True):
        seen: list[tuple[int, int]] = []
        Pairing(x, y, lambda done, total: seen.append((done, total)), only_balls=only_balls).balls()  # noqa: B023
        assert seen[-1][0] == seen[-1][1] == len(seen)

    def stop(done: int, total: int) -> None:
        raise Cancelled("enough")

    for only_balls in (False, True):
        with pytest.raises(Cancelled):
            Pairing(x, y, stop, only_balls=only_balls).balls()
