"""The nearest pictures under small shifts and mirroring: the definition by brute force, and copies that were moved."""

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from core.errors import BadInput
from core.similarity.moved import border, nearest_moved
from core.similarity.neighbourhood import nearest_several, ratio


def pictures(n: int, side: int, channels: int, seed: int) -> NDArray[np.uint8]:
    """Crops of a photograph, (n, side, side, channels)."""
    rng, photograph = np.random.default_rng(seed), data.astronaut()[..., :channels]
    places = rng.integers(0, 512 - side, (n, 2))
    return np.stack([photograph[r : r + side, c : c + side] for r, c in places])


def defined(x: NDArray[np.uint8], y: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Every distance (N, M): the smallest over windows and mirror images."""
    edge, side = border(x.shape[1]), x.shape[1] - 2 * border(x.shape[1])
    middle = y[:, edge : edge + side, edge : edge + side].astype(float)
    steps = range(2 * edge + 1)
    windows = [v[:, i : i + side, j : j + side] for v in (x, x[:, :, ::-1]) for i in steps for j in steps]
    return np.sqrt(np.min([((w[:, None].astype(float) - middle) ** 2).mean((2, 3, 4)) for w in windows], axis=0))


@pytest.mark.parametrize(("side", "channels", "k"), [(20, 1, 7), (12, 3, 60), (8, 1, 3), (6, 1, 5)])
def test_it_is_the_definition(side: int, channels: int, k: int) -> None:
    x, y = pictures(9, side, channels, 0), pictures(50, side, channels, 1)
    expected = defined(x, y)
    places, distances = nearest_moved(x, y, k)
    assert distances.shape == (9, min(k, 50))
    np.testing.assert_allclose(distances, np.sort(expected, axis=1)[:, :k], rtol=1e-6)
    np.testing.assert_allclose(np.take_along_axis(expected, places, axis=1), distances, rtol=1e-6)


def test_moved_and_mirrored_copies_are_at_distance_0() -> None:
    y = pictures(300, 28, 1, 2)
    moved = [np.roll(y[k], step, (0, 1)) for k, step in ((5, (2, -1)), (6, (-2, 2)), (7, (0, 1)))]
    x = np.stack([y[4], *moved, y[8][:, ::-1], np.roll(y[9][:, ::-1], (1, 2), (0, 1)), np.roll(y[10], 3, 0)])
    places, distances = nearest_moved(x, y, 5)
    assert places[:6, 0].tolist() == [4, 5, 6, 7, 8, 9]
    assert (distances[:6, 0] == 0).all()
    assert distances[6, 0] > 1, "three pixels are farther than is looked"


def test_equal_pictures_come_in_their_order_and_progress_is_told() -> None:
    y = np.repeat(pictures(1, 16, 1, 3), 6, axis=0)
    told: list[tuple[int, int]] = []
    places, distances = nearest_moved(y[:2], y, 4, lambda *step: told.append(step))
    assert (places == np.arange(4)).all()
    assert not distances.any()
    assert told[-1] == (2, 2)
    with pytest.raises(BadInput, match="no other picture"):
        nearest_moved(y, y[:0], 1)


def test_several_nearest_rows_are_those_of_all_distances() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 6)).astype(np.float32) + 100, rng.normal(size=(90, 6)).astype(np.float32) + 100
    x[3] = y[17]
    expected = np.linalg.norm(x[:, None].astype(float) - y, axis=2)
    places, distances = nearest_several(x, y, 8)
    assert (places == np.argsort(expected, axis=1)[:, :8]).all()
    np.testing.assert_allclose(distances, np.sort(expected, axis=1)[:, :8], rtol=1e-6)
    assert (places[3, 0], distances[3, 0]) == (17, 0)
    assert nearest_several(x, y[:3], 50)[0].shape == (40, 3)


def test_the_ratio_is_0_for_a_copy_and_1_in_the_crowd() -> None:
    assert ratio(np.array([[0.0, 4, 8], [5, 5, 5], [0, 0, 0], [1, 2, 3]])).tolist() == [0, 1, 1, 0.5]
