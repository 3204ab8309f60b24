"""The Fréchet distance: closed forms, the matrix square root, moments, and an error that holds."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import scipy.linalg
from threadpoolctl import threadpool_limits

from core.errors import BadInput
from core.metrics import frechet as module
from core.metrics import looking
from core.metrics.decompositions import eigen_to_read
from core.metrics.frechet import distance, frechet
from core.metrics.moments import Factor, Moments, factorise, moments
from core.metrics.pairing import Pairing
from core.metrics.spread import spread


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small matrices: threads would only wait for one another."""
    with threadpool_limits(1):
        yield


def normal(n: int, d: int, seed: int, scale: float = 1.0, shift: float = 0.0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(n, d)) * scale + shift).astype(np.float32)


def by_definition(x: np.ndarray, y: np.ndarray) -> float:
    """With the nuclear norm of the cross matrix, in float64; any n, m and d."""
    x, y = x.astype(float), y.astype(float)
    a, b = (x - x.mean(axis=0)) / np.sqrt(len(x) - 1), (y - y.mean(axis=0)) / np.sqrt(len(y) - 1)
    gap = ((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum()
    return float(gap + (a**2).sum() + (b**2).sum() - 2 * np.linalg.norm(a @ b.T, "nuc"))


def test_of_gaussians() -> None:
    d, s = 8, 1.5
    value = distance(Moments(9, np.zeros(d), np.eye(d)), Moments(9, np.full(d, 2.0), s * s * np.eye(d)))
    assert value == pytest.approx(4 * d + d * (1 - s) ** 2, rel=1e-12)


def test_equals_the_matrix_square_root() -> None:
    a, b = normal(400, 12, 1), normal(500, 12, 2, 1.3, 0.4)
    one, two = moments(a), moments(b)
    assert np.allclose(one.cov, np.cov(a.astype(float), rowvar=False), rtol=1e-5, atol=1e-6)
    expected = ((one.mean - two.mean) ** 2).sum() + np.trace(
        one.cov + two.cov - 2 * scipy.linalg.sqrtm(one.cov @ two.cov).real
    )
    assert distance(one, two) == pytest.approx(expected, rel=1e-9)
    assert frechet(generated=a, reference=b).value == pytest.approx(expected, rel=1e-6)


def test_of_itself_is_zero_and_symmetric() -> None:
    a, b = normal(300, 10, 1), normal(300, 10, 2, 1.2)
    assert frechet(generated=a, reference=a).value == pytest.approx(0, abs=1e-6)
    assert frechet(generated=a, reference=b).value == pytest.approx(frechet(generated=b, reference=a).value, rel=1e-9)


@pytest.mark.parametrize(("n", "m"), [(20, 25), (20, 300), (300, 20), (90, 95), (300, 200)])
def test_any_number_of_pictures_gives_the_same_distance(n: int, m: int) -> None:
    a, b = normal(n, 40, 1), normal(m, 40, 2, 1.2, 0.3)
    assert frechet(generated=a, reference=b).value == pytest.approx(by_definition(a, b), rel=1e-6)


def test_directions_without_variance_are_no_trouble() -> None:
    a, b = normal(300, 10, 1), normal(250, 10, 2, 1.2)
    a[:, 3], b[:, 3], b[:, 7] = 5, 4, 0  # constant on both sides, and on one
    a[:, 8], b[:, 8] = a[:, 9], b[:, 9]  # two features that are one
    assert not moments(b).factor.triangular
    assert frechet(generated=a, reference=b).value == pytest.approx(by_definition(a, b), rel=1e-6)
    constant = np.ones((300, 10), np.float32)
    alone = frechet(generated=a, reference=constant)
    assert alone.value == pytest.approx(by_definition(a, constant), rel=1e-6)
    assert frechet(generated=constant, reference=constant).value == 0
    assert np.isfinite([alone.standard_error, *alone.influence]).all()


@pytest.mark.parametrize("n", [60, 30, 15])
def test_leaving_one_out_is_exact(n: int) -> None:
    a, b = normal(n, 20, 1), normal(50, 20, 2, 1.2, 0.3)
    found = frechet(generated=a, reference=b)
    without = np.array([by_definition(np.delete(a, i, axis=0), b) for i in range(n)])
    expected = (n - 1) * (without.mean() - without)
    scale = np.std(found.influence) / np.std(expected)  # less the part that the jackknife counts twice
    assert 0.7 < scale <= 1.001
    assert found.influence / scale == pytest.approx(expected, abs=5e-3 * np.std(expected))
    assert abs(found.influence.mean()) + abs(found.reference_influence.mean()) < 1e-9


@pytest.mark.parametrize("d", [12, 300])
def test_of_many_pictures_a_part_is_left_out_in_turn(d: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found there is what would be found among all, and spreads as much."""
    sides = [[normal(900, d, seed, scale), normal(700, d, 9)] for seed, scale in ((1, 1.2), (2, 1.1))]
    whole = [frechet(generated=x, reference=y) for x, y in sides]
    monkeypatch.setattr(looking, "PART", 350)
    part = [frechet(generated=x, reference=y) for x, y in sides]
    for all_of_them, some in zip(whole, part, strict=True):
        assert some.value == all_of_them.value
        for found in (some.influence, some.reference_influence):
            assert np.count_nonzero(found) == 350
        assert np.std(some.influence) == pytest.approx(np.std(all_of_them.influence), rel=0.12)  # three times by chance
        assert some.standard_error == pytest.approx(all_of_them.standard_error, rel=0.12)
    apart = [spread(one.influence - two.influence)[0] for one, two in (whole, part)]
    assert apart[1] == pytest.approx(apart[0], rel=0.25)


def test_eigenvectors_to_read_with_are_those_of_lapack() -> None:
    spectrum = 10.0 ** np.linspace(0, -8, 300)
    basis = np.linalg.qr(normal(300, 300, 4).astype(float))[0]
    symmetric = np.asfortranarray((basis * spectrum) @ basis.T)
    values, vectors = eigen_to_read(np.asfortranarray(np.tril(symmetric)))
    assert values == pytest.approx(spectrum[::-1], abs=1e-14)
    assert vectors.dtype == np.float32
    assert vectors.T @ vectors == pytest.approx(np.eye(300), abs=1e-5)
    along = np.einsum("ij,ij->j", vectors, symmetric @ vectors)
    assert along == pytest.approx(values, rel=1e-3, abs=1e-11)


def light(rng: np.random.Generator, n: int) -> np.ndarray:
    return (rng.normal(size=(n, 12)) * np.linspace(1, 0.2, 12)).astype(np.float32)


def heavy(rng: np.random.Generator, n: int) -> np.ndarray:
    return (light(rng, n) / np.sqrt(rng.chisquare(12, (n, 1)) / 12)).astype(np.float32)


@pytest.mark.parametrize("draw", [light, heavy])
@pytest.mark.parametrize("scale", [1.0, 1.3])
def test_the_error_is_the_spread_of_fresh_draws(draw: Callable[..., np.ndarray], scale: float) -> None:
    rng = np.random.default_rng(5)
    results = [frechet(generated=draw(rng, 120) * np.float32(scale), reference=draw(rng, 90)) for _ in range(150)]
    values = np.array([r.value for r in results])
    told = np.sqrt(np.mean([r.standard_error**2 for r in results]))
    assert told == pytest.approx(values.std(ddof=1), rel=0.2)
    inside = np.mean([r.low <= values.mean() <= r.high for r in results])
    assert inside > 0.89  # 95% expected; below 89% has probability < 0.1%


def test_few_pictures_and_heavy_tails_are_said() -> None:
    assert "singular" in frechet(generated=normal(10, 20, 0), reference=normal(50, 20, 1)).warning
    assert "bias" in frechet(generated=normal(30, 20, 0), reference=normal(50, 20, 1)).warning
    tails = np.random.default_rng(0).standard_t(3, size=(400, 1)) * normal(400, 10, 1)
    assert "tails" in frechet(generated=tails.astype(np.float32), reference=normal(400, 10, 2)).warning
    assert frechet(generated=normal(400, 10, 1, 1.3), reference=normal(400, 10, 2)).warning == ""
    with pytest.raises(BadInput, match="at least 3"):
        frechet(generated=normal(2, 4, 0), reference=normal(9, 4, 1))


def test_moments_of_a_memory_map_in_any_chunks_and_threads(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = normal(3000, 24, 1, 0.5, 40.0) @ np.linalg.qr(normal(24, 24, 2))[0]
    np.save(tmp_path / "rows.npy", rows)
    whole = moments(rows)
    mapped = moments(np.load(tmp_path / "rows.npy", mmap_mode="r"))
    assert (mapped.cov == whole.cov).all()
    monkeypatch.setattr("core.metrics.moments.CHUNK", 170)
    monkeypatch.setattr("core.metrics.moments.SMALL", 5)
    with threadpool_limits(2):
        small = moments(rows)
    exact = np.cov(rows.astype(float), rowvar=False)
    for found in (whole, small):
        assert found.mean == pytest.approx(rows.astype(float).mean(axis=0), abs=1e-6)
        assert abs(found.cov - exact).max() < 2e-6 * exact.max()
        assert (found.cov == found.cov.T).all()


def test_a_factor_gives_its_covariance_back() -> None:
    regular = np.cov(normal(100, 8, 1), rowvar=False)
    flat = np.diag([4.0, 1.0, 0.0, 2.0])
    for cov, triangular, rank in ((regular, True, 8), (flat, False, 3), (np.zeros((3, 3)), False, 0)):
        factor = factorise(cov)
        assert (factor.triangular, factor.left.shape[1]) == (triangular, rank)
        assert factor.left @ factor.left.T == pytest.approx(cov, abs=1e-12)
        assert factor.dual(np.eye(rank)).T @ factor.left == pytest.approx(np.eye(rank), abs=1e-9)


def test_moments_known_before_change_no_bit_and_are_taken() -> None:
    a, b = normal(300, 10, 1), normal(250, 10, 2, 1.2)
    asked: list[int] = []

    def known() -> Moments:
        asked.append(1)
        found = moments(b)
        return Moments(found.n, found.mean, found.cov, Factor(found.factor.left, found.factor.triangular))

    pairing = Pairing(a, b, known_moments=known)
    one, two = frechet(generated=a, reference=b), module.frechet(generated=a, reference=b, pairing=pairing)
    assert (one.value, one.standard_error) == (two.value, two.standard_error)
    assert module.analyse(pairing) is module.analyse(pairing)
    assert asked == [1]


def test_the_value_is_that_of_the_moments() -> None:
    """Nearly alike, where rounding shows most: float32 products err by 1e-7 of the spread, not of the distance."""
    mixing = normal(40, 40, 3) * np.arange(1, 41, dtype=np.float32)[:, None] ** -0.7
    a, b = np.maximum(normal(6000, 40, 1, 1.05) @ mixing + 0.2, 0), np.maximum(normal(6000, 40, 2) @ mixing + 0.2, 0)
    found = frechet(generated=a, reference=b).value
    assert found == pytest.approx(distance(moments(a), moments(b)), rel=1e-7)
    spread = np.trace(moments(a).cov)
    assert found == pytest.approx(by_moments(a, b), abs=2e-7 * spread)


def by_moments(x: np.ndarray, y: np.ndarray) -> float:
    return distance(*(Moments(len(s), s.mean(axis=0, dtype=float), np.cov(s.astype(float).T)) for s in (x, y)))


def test_a_collapsed_set_is_exact_however_many_pictures_it_has() -> None:
    """Few different pictures make a singular covariance, whose rounding is large under a root."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=(1200, 100)).astype(np.float32)
    x = rng.normal(size=(20, 100)).astype(np.float32)[rng.integers(0, 20, 1200)]
    gap = x.mean(0, dtype=float) - y.mean(0, dtype=float)
    ours, theirs = (np.cov(side.T.astype(float)) for side in (x, y))
    lower = np.linalg.cholesky(theirs)
    root = np.sqrt(np.clip(np.linalg.eigvalsh(lower.T @ ours @ lower), 0, None)).sum()
    exact = gap @ gap + np.trace(ours) + np.trace(theirs) - 2 * root
    assert frechet(generated=x, reference=y).value == pytest.approx(exact, rel=1e-6)
