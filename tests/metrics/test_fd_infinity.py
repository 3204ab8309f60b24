"""FD-infinity: the line's intercept, what every picture has in it, an error that holds, and where there is no line."""

from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from core.metrics import Given, get
from core.metrics.fd_infinity import enough, fd_infinity, sizes_of, weights, windows
from core.metrics.frechet import frechet
from core.metrics.pairing import Pairing


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


def normal(n: int, d: int, seed: int, scale: float = 1.0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(n, d)) * scale).astype(np.float32)


def test_the_intercept_of_a_line_is_found() -> None:
    sizes = sizes_of(1000, 16)
    assert (len(sizes), sizes[0], sizes[-1]) == (15, 100, 1000)
    line = 3 + 70 / sizes
    assert weights(sizes) @ line == pytest.approx(3)
    assert weights(sizes) == pytest.approx([np.polyfit(1 / sizes, row, 1)[1] for row in np.eye(15)])


@pytest.mark.parametrize(("n", "d"), [(60, 40), (640, 64), (3000, 64), (301, 16)])
def test_every_picture_has_about_the_same_part(n: int, d: int) -> None:
    sizes = sizes_of(n, d)
    runs = windows(sizes, n)
    assert [len(set(run)) for run in runs] == sizes.tolist()
    part = np.zeros(n)
    for weight, run in zip(weights(sizes), runs, strict=True):
        part[run] += weight * n / len(run)
    assert part.mean() == pytest.approx(1)
    assert (part**2).mean() < 1.15  # the error of a mean with these weights, against that of the plain mean


def test_equals_its_definition_and_shares_the_whole() -> None:
    a, b = normal(300, 10, 1, 1.2), normal(200, 10, 2)
    pairing = Pairing(a, b)
    whole = frechet(generated=a, reference=b, pairing=pairing)
    found = fd_infinity(generated=a, reference=b, pairing=pairing)
    order, sizes = np.random.default_rng(0).permutation(300), sizes_of(300, 10)
    parts = [frechet(generated=a[order[run]], reference=b).value for run in windows(sizes, 300)]
    assert found.value == pytest.approx(np.polyfit(1 / sizes, parts, 1)[1], rel=1e-5)
    assert found.value < whole.value
    assert fd_infinity(generated=a, reference=b, seed=1).value != found.value
    assert found.parameters == {"sizes": 15, "seed": 0, "smallest": 30}
    assert found.standard_error == pytest.approx(
        np.sqrt(found.influence.var(ddof=1) / 300 + found.reference_influence.var(ddof=1) / 200)
    )


@pytest.mark.slow
def test_takes_most_of_the_bias_off_and_its_error_holds() -> None:
    rng = np.random.default_rng(3)
    reference = rng.normal(size=(20000, 10)).astype(np.float32)
    results, plain = [], []
    for _ in range(80):
        a = (rng.normal(size=(150, 10)) * 1.2).astype(np.float32)
        pairing = Pairing(a, reference[rng.integers(0, 20000, 400)])
        results.append(fd_infinity(generated=a, reference=pairing.reference, pairing=pairing))
        plain.append(frechet(generated=a, reference=pairing.reference, pairing=pairing).value)
    values = np.array([r.value for r in results])
    truth = 10 * 0.2**2 + 10 * 11 / 4 / 400  # the distance, and the reference's share of the bias
    assert abs(values.mean() - truth) < 0.25 * abs(np.mean(plain) - truth)
    told = np.sqrt(np.mean([r.standard_error**2 for r in results]))
    assert told == pytest.approx(values.std(ddof=1), rel=0.3)
    assert np.mean([r.low <= values.mean() <= r.high for r in results]) > 0.86


def test_says_where_the_line_bends_or_is_missing() -> None:
    few = fd_infinity(generated=normal(90, 30, 1), reference=normal(90, 30, 2))
    assert "bends" in few.warning
    assert "bends" not in fd_infinity(generated=normal(200, 8, 1), reference=normal(90, 8, 2)).warning
    line = get("fd-infinity")
    assert "60" in line.applies(Given(59, 500, dim=8))
    assert "1,280" in enough(Given(1000, 1000, dim=1280))
    assert enough(Given(2000, 2000, dim=1280)) == ""
