"""What pairs of pictures add to the variance of the Fréchet distance: by definition, for normal features and others."""

import numpy as np
import pytest

from core.metrics.fd_infinity import fd_infinity
from core.metrics.frechet import analyse
from core.metrics.looking import Looked
from core.metrics.pairing import Pairing
from core.metrics.products import Asked, asked, mean_squares, normal
from core.metrics.spread import spread


def kinds(rng: np.random.Generator, n: int) -> np.ndarray:
    """Thirty kinds of pictures, little apart within: no coordinate has heavy tails, and products of two do."""
    centres = np.random.default_rng(9).normal(size=(30, 20))
    return (centres[rng.integers(0, 30, n)] + 0.3 * rng.normal(size=(n, 20))).astype(np.float32)


def test_equals_its_definition() -> None:
    rng = np.random.default_rng(0)
    roots = np.array([3.0, 1.0, 0.2, 0.01])
    z, w = rng.normal(size=(5, 4)), rng.normal(size=(7, 4))
    x, y = rng.normal(size=(5, 6)), rng.normal(size=(7, 6))
    weights = roots[:, None] * roots / (roots[:, None] + roots)
    k = [
        [(weights * (np.outer(a, a) - np.eye(4)) * (np.outer(b, b) - np.eye(4))).sum() / 2 + u @ v
         for b, v in zip(w, y, strict=True)]
        for a, u in zip(z, x, strict=True)
    ]  # fmt: skip
    found = mean_squares(roots, Asked(10**9, z, x), Asked(10**9, w, y))
    assert found.across == pytest.approx(np.square(k).mean(), rel=0.01)
    products = found.products(50, 20)
    assert products.generated == pytest.approx(2 * found.generated / 2500)
    assert products.across == pytest.approx(4 * found.across / 1000)


def test_of_normal_features_it_is_the_closed_form() -> None:
    rng = np.random.default_rng(1)
    x, y = (rng.normal(size=(1200, 40)).astype(np.float32) * np.arange(1, 41, dtype=np.float32) ** -1 for _ in range(2))
    found = analyse(Pairing(x, y)).pairs
    values = np.arange(1, 41) ** -2.0
    expected = normal(values, (1.0, 1.0))
    for one, other in ((found.generated, expected.generated), (found.across, expected.across)):
        assert one == pytest.approx(other, rel=0.15)


def test_more_pictures_than_are_asked_are_told_by_their_weights() -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(6, 3)).astype(np.float32)
    seen = Looked(6, np.arange(5), np.array([1.0, 1, 1, 1, 2]))
    some = asked(seen, rows[:5] / np.sqrt(5).astype(np.float32), rows, np.zeros(3))
    assert some.n == 6
    assert sorted(map(tuple, some.coordinates.round(4))) == sorted(map(tuple, rows[:5].round(4)))
    assert sorted(map(tuple, some.vectors)) == sorted(map(tuple, rows[:5]))


@pytest.mark.slow
def test_a_difference_of_equals_has_its_error_where_features_are_far_from_normal() -> None:
    rng, rows = np.random.default_rng(3), []
    for _ in range(250):
        y = kinds(rng, 500)
        found = [fd_infinity(generated=kinds(rng, 500), reference=y) for _ in range(2)]
        rows.append([found[0].value - found[1].value, *(spread(one.influence)[0] for one in found)])
    difference, one, two = np.array(rows).T
    # 0.87 by what normal features would have.
    assert np.sqrt((one + two).mean()) / difference.std(ddof=1) == pytest.approx(1.03, abs=0.1)
