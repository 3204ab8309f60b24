"""Every measure against SciPy or OpenCV, on copies, and where it is not defined."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from scipy.spatial import distance

from core import similarity
from core.errors import BadInput, NotFound
from core.similarity import MEASURES, Measure
from core.similarity.nearest import nearest_by, nearest_rows, pair_distances, pairs_by, top

rng = np.random.default_rng(0)
X = rng.gamma(1.0, size=(7, 33)).astype(np.float32)
Y = rng.gamma(1.0, size=(5000, 33)).astype(np.float32)
X, Y = X / X.sum(1, keepdims=True), Y / Y.sum(1, keepdims=True)


def opencv(method: int) -> Callable[..., float]:
    return lambda x, y: cv2.compareHist(x.astype(np.float32), y.astype(np.float32), method)


ORACLES = {
    "euclidean": distance.euclidean,
    "squared-euclidean": distance.sqeuclidean,
    "manhattan": distance.cityblock,
    "chebyshev": distance.chebyshev,
    "cosine": lambda x, y: 1 - distance.cosine(x, y),
    "correlation": lambda x, y: 1 - distance.correlation(x, y),
    "perceptual": lambda x, y: np.sqrt(2 * distance.cosine(x, y)),
    "chi-square": lambda x, y: opencv(cv2.HISTCMP_CHISQR_ALT)(x, y) / 4,
    "intersection": opencv(cv2.HISTCMP_INTERSECT),
    "hellinger": opencv(cv2.HISTCMP_HELLINGER),
}
each = pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)


@each
def test_equals_its_oracle(measure: Measure) -> None:
    found = measure.compute(X, Y)
    assert found.shape == (7, 5000)
    assert found.dtype == np.float32
    expected = [[ORACLES[measure.name](x, y) for y in Y[::97].astype(np.float64)] for x in X.astype(np.float64)]
    assert np.allclose(found[:, ::97], expected, rtol=1e-4, atol=1e-6)


@each
def test_a_copy_is_best_and_order_does_not_matter(measure: Measure) -> None:
    # 1000 more: |x|^2 + |y|^2 - 2xy would lose every digit
    own = np.diag(measure.compute(X, X) if measure.histogram else measure.compute(X + 1000, X + 1000))
    assert (own == 0).all() if measure.kind == "distance" else np.allclose(own, 1, atol=1e-5)
    assert np.allclose(measure.compute(X, X), measure.compute(X, X).T, atol=1e-6)


@each
def test_top_is_the_full_sort(measure: Measure) -> None:
    exact = measure.compute(X[:1].astype(np.float64), Y)[0]
    order = np.argsort(exact if measure.order == "ascending" else -exact, kind="stable")
    found, values = top(measure, X[0], Y, 20)
    assert found.tolist() == order[:20].tolist()
    assert np.array_equal(values, exact[order[:20]])
    without, _ = top(measure, X[0], Y, 20, skip=order[:3])
    assert without.tolist() == order[3:23].tolist()


def test_top_of_few_rows_and_of_copies() -> None:
    same = np.ones((6000, 4), np.float32)
    found, values = top(similarity.get("euclidean"), same[0], same, 3)
    assert found.tolist() == [0, 1, 2]
    assert values.tolist() == [0, 0, 0]
    assert len(top(similarity.get("euclidean"), same[0], same[:2], 9)[0]) == 2
    assert len(top(similarity.get("euclidean"), same[0], same[:2], 9, skip=np.array([0, 1]))[0]) == 0


def test_what_is_not_defined_is_said() -> None:
    zero = np.zeros((1, 33), np.float32)
    for name in ("cosine", "correlation", "perceptual"):
        for x, y in ((zero, X), (X, zero)):
            with pytest.raises(BadInput, match="use Euclidean"):
                similarity.get(name).compute(x, y)
    for name in ("chi-square", "intersection", "hellinger"):
        with pytest.raises(BadInput, match="negative"):
            similarity.get(name).compute(-X, Y)
    with pytest.raises(ValueError, match="expected"):
        similarity.get("euclidean").compute(X, X[:, :5])
    with pytest.raises(NotFound, match="hellinger"):
        similarity.get("mahalanobis")
    plain = {m.name for m in MEASURES if not m.histogram and not m.deep}
    assert {m.name for m in similarity.applicable(False)} == plain
    assert {m.name for m in similarity.applicable(False, deep=True)} == plain | {"perceptual"}


@pytest.mark.parametrize("unit", [False, True])
def test_nearest_rows_are_exact_over_blocks_and_tiles(unit: bool) -> None:
    far = np.float32(300)  # a common offset, where float32 products alone would be wrong in every digit
    x, y = rng.normal(far, 1, (2500, 6)).astype(np.float32), rng.normal(far, 1, (9000, 6)).astype(np.float32)
    y[8999] = x[2400]
    metric = "cosine" if unit else "euclidean"
    expected = distance.cdist(x.astype(np.float64), y.astype(np.float64), metric).min(axis=1)
    found = nearest_rows(x, y, unit=unit)
    assert found[2400] == 0
    assert np.allclose(found, expected, rtol=1e-5 if not unit else 1e-3, atol=1e-12)
    inner = distance.cdist(x.astype(np.float64), x.astype(np.float64), metric)
    np.fill_diagonal(inner, np.inf)
    assert np.allclose(nearest_rows(x, x, unit=unit, same=True), inner.min(axis=1), rtol=1e-3, atol=1e-12)


def test_a_collapsed_generator_is_all_zeros_and_one_row_has_no_neighbour() -> None:
    same = np.full((3000, 40), 0.3, np.float32)
    assert (nearest_rows(same, same, same=True) == 0).all()
    with pytest.raises(BadInput, match="no other picture"):
        nearest_rows(same[:1], same[:1], same=True)
    with pytest.raises(BadInput, match="all zeros"):
        nearest_rows(same * 0, same, unit=True)


def test_pair_distances() -> None:
    i, j = rng.integers(0, 7, 5000), rng.integers(0, 5000, 5000)
    for unit, metric in ((False, "euclidean"), (True, "cosine")):
        assert np.allclose(pair_distances(X, Y, i, j, unit=unit), distance.cdist(X, Y, metric)[i, j], atol=1e-5)


@each
def test_distances_of_sets_are_those_of_the_measure(measure: Measure, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the nearest and of pairs, the quick way and the long one, across blocks; a similarity is 1 - similarity."""
    for name in ("BLOCK", "TILE", "STRIP"):
        monkeypatch.setattr(f"core.similarity.nearest.{name}", 64)
    x, y = Y[:150].copy(), Y[150:400].copy()
    y[200] = x[7]
    whole = np.array([[ORACLES[measure.name](a, b) for b in y.astype(float)] for a in x[::10].astype(float)])
    expected = whole if measure.kind == "distance" else 1 - whole
    told: list[tuple[int, int]] = []
    found = nearest_by(measure, x, y, tick=lambda done, total: told.append((done, total)))
    assert np.allclose(found[::10], expected.min(axis=1), rtol=1e-4, atol=1e-6)
    assert found[7] == pytest.approx(0, abs=1e-6)
    assert told[-1] == (150, 150)
    assert nearest_by(measure, x, x, same=True).min() > 0
    i, j = rng.integers(0, 15, 300) * 10, rng.integers(0, 250, 300)
    assert np.allclose(pairs_by(measure, x, y, i, j), expected[i // 10, j], rtol=1e-4, atol=1e-6)
    with pytest.raises(BadInput, match="no other picture"):
        nearest_by(measure, x[:1], x[:1], same=True)
