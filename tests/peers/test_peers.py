"""Our numbers against those of other programs on the same feature matrices: `make peers`, in `.venv-peers`.

Agreement to 1e-6 relative; each deliberate difference has its test and its reason in docs/numbers.md.
"""

import contextlib
import io

import numpy as np
import pytest

from benchmarks.stand_in import torchvision

pytestmark = pytest.mark.peers
torch = pytest.importorskip("torch", reason="the peers are installed in .venv-peers only: make peers")
torchvision()
clean_fid = pytest.importorskip("cleanfid.fid", reason="make peers installs clean-fid")
metric_fid = pytest.importorskip("torch_fidelity.metric_fid", reason="make peers installs torch-fidelity")
metric_isc = pytest.importorskip("torch_fidelity.metric_isc", reason="make peers installs torch-fidelity")
metric_kid = pytest.importorskip("torch_fidelity.metric_kid", reason="make peers installs torch-fidelity")
metric_prc = pytest.importorskip("torch_fidelity.metric_prc", reason="make peers installs torch-fidelity")
pytorch_fid = pytest.importorskip("pytorch_fid.fid_score", reason="make peers installs pytorch-fid")
torchmetrics = pytest.importorskip("torchmetrics", reason="make peers installs torchmetrics")
prdc = pytest.importorskip("prdc", reason="make peers installs prdc")
vendi_score = pytest.importorskip("vendi_score.vendi", reason="make peers installs vendi-score")

import scipy.spatial.distance  # noqa: E402
import scipy.stats  # noqa: E402
import skimage.metrics  # noqa: E402
from torchmetrics.functional.image import (  # noqa: E402
    multiscale_structural_similarity_index_measure,
    peak_signal_noise_ratio,
    structural_similarity_index_measure,
)
from torchmetrics.image.fid import _compute_fid  # noqa: E402
from torchmetrics.image.kid import poly_mmd  # noqa: E402
from torchmetrics.image.mifid import _mifid_compute  # noqa: E402

from core.metrics import cmmd, distances, diversity, inception_score, mifid, sliced_wasserstein, vendi  # noqa: E402
from core.metrics.density_coverage import coverage, density  # noqa: E402
from core.metrics.frechet import frechet  # noqa: E402
from core.metrics.kid import kid  # noqa: E402
from core.metrics.precision_recall import precision, recall  # noqa: E402
from core.similarity import pictures  # noqa: E402

ALIKE = 1e-6
Sides = tuple[np.ndarray, np.ndarray]


def features(n: int, d: int, seed: int, scale: float, shift: float) -> np.ndarray:
    """Skewed, correlated and nowhere negative, as the features of a network are."""
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(n, d)) @ (np.random.default_rng(99).normal(size=(d, d)) / np.sqrt(d)) * scale + shift
    return np.logaddexp(0, mixed).astype(np.float32)


@pytest.fixture(scope="module", params=[(600, 600, 64), (900, 400, 96)], ids=["n = m", "n > m"])
def sides(request: pytest.FixtureRequest) -> Sides:
    n, m, d = request.param
    return features(n, d, 1, 1.2, 0.3), features(m, d, 2, 1.0, 0.0)


def exact(x: np.ndarray) -> np.ndarray:
    return x.astype(np.float64)


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return exact(x).mean(axis=0), np.cov(exact(x), rowvar=False)


def test_frechet(sides: Sides) -> None:
    x, y = sides
    ours = frechet(generated=x, reference=y).value
    both = [metric_fid.fid_features_to_statistics(torch.from_numpy(exact(side))) for side in sides]
    assert metric_fid.fid_statistics_to_metric(*both, False)["frechet_inception_distance"] == pytest.approx(ours, ALIKE)
    assert clean_fid.frechet_distance(*moments(x), *moments(y)) == pytest.approx(ours, ALIKE)
    assert pytorch_fid.calculate_frechet_distance(*moments(x), *moments(y)) == pytest.approx(ours, ALIKE)
    tensors = [torch.from_numpy(part) for side in sides for part in moments(side)]
    assert float(_compute_fid(*tensors)) == pytest.approx(ours, ALIKE)


def test_frechet_of_fewer_pictures_than_dimensions() -> None:
    """The peers take roots of rounding errors there; ours is the sum of n exact singular values."""
    x, y = features(60, 200, 1, 1.2, 0.3), features(500, 200, 2, 1.0, 0.0)
    a, b = (exact(s) - exact(s).mean(axis=0) for s in (x, y))
    root = np.linalg.norm(a @ b.T, "nuc") / np.sqrt(59 * 499)
    truth = ((moments(x)[0] - moments(y)[0]) ** 2).sum() + (a**2).sum() / 59 + (b**2).sum() / 499 - 2 * root
    assert frechet(generated=x, reference=y).value == pytest.approx(truth, ALIKE)
    assert clean_fid.frechet_distance(*moments(x), *moments(y)) == pytest.approx(truth, 1e-3)  # no nearer than that


def test_kid_over_all_pictures() -> None:
    """The peers' averages over subsets of one size are, with one subset of all, our number for n = m."""
    x, y = features(600, 64, 1, 1.2, 0.3), features(600, 64, 2, 1.0, 0.0)
    ours = kid(generated=x, reference=y).value
    asked = {"kid_kernel": "poly", "kid_kernel_poly_degree": 3, "kid_kernel_poly_gamma": None,
             "kid_kernel_poly_coef0": 1.0}  # fmt: skip
    assert metric_kid.kernel_mmd(exact(x), exact(y), **asked) == pytest.approx(ours, ALIKE)
    assert clean_fid.kernel_distance(exact(x), exact(y), 1, 600) == pytest.approx(ours, ALIKE)
    assert float(poly_mmd(torch.from_numpy(exact(y)), torch.from_numpy(exact(x)))) == pytest.approx(ours, ALIKE)


def test_kid_of_unequal_sizes_by_its_definition(sides: Sides) -> None:
    x, y = map(exact, sides)
    xx, yy, xy = ((a @ b.T / x.shape[1] + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    within = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (xx, yy)]
    assert kid(generated=sides[0], reference=sides[1]).value == pytest.approx(sum(within) - 2 * xy.mean(), ALIKE)


@pytest.mark.parametrize("k", [3, 5])
def test_precision_and_recall(sides: Sides, k: int) -> None:
    """torch-fidelity 0.4: the first set is the generated one, balls are closed; the k-th neighbour is not the row."""
    x, y = sides
    theirs = metric_prc.calculate_precision_recall_full(torch.from_numpy(exact(x)), torch.from_numpy(exact(y)), k)
    assert theirs[0] == pytest.approx(precision(generated=x, reference=y, k=k).value, ALIKE)
    assert theirs[1] == pytest.approx(recall(generated=x, reference=y, k=k).value, ALIKE)
    assert 0 < theirs[1] < 1


@pytest.mark.parametrize("k", [3, 5])
def test_density_and_coverage(sides: Sides, k: int) -> None:
    x, y = sides
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = prdc.compute_prdc(real_features=exact(y), fake_features=exact(x), nearest_k=k)
    ours = {f.__name__: f(generated=x, reference=y, k=k).value for f in (precision, recall, density, coverage)}
    assert theirs == pytest.approx(ours, ALIKE)  # precision and recall too, where no distance is equal to a radius


def test_copies_lie_on_the_edge_of_their_ball() -> None:
    """Where distances are equal, closed balls (ours, as published) and prdc's open ones differ."""
    y = np.array([[0], [1], [2], [3], [4], [5]], np.float32)
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = prdc.compute_prdc(real_features=exact(y), fake_features=exact(y + 6), nearest_k=1)
    assert (theirs["precision"], precision(generated=y + 6, reference=y, k=1).value) == (0, pytest.approx(1 / 6))


def test_vendi() -> None:
    many, few = features(500, 40, 1, 1, 0), features(40, 90, 1, 1, 0)
    for x in (many, few):
        ours = vendi.vendi(generated=x, reference=x).value
        assert vendi_score.score_dual(exact(x)) == pytest.approx(ours, ALIKE)


def test_class_score() -> None:
    logits = np.random.default_rng(0).normal(size=(403, 10)) * 2
    p = scipy.special.softmax(logits, axis=1)
    ours = inception_score.class_score(generated=p, reference=p, splits=1).value
    theirs = metric_isc.isc_features_to_metric(torch.from_numpy(logits), splits=1, shuffle=False)
    assert theirs["inception_score_mean"] == pytest.approx(ours, ALIKE)
    even = inception_score.class_score(generated=p[:400], reference=p, splits=10).value
    theirs = metric_isc.isc_features_to_metric(torch.from_numpy(logits[:400]), splits=10, shuffle=False)
    assert theirs["inception_score_mean"] == pytest.approx(even, ALIKE)


def test_mifid() -> None:
    x, y = features(300, 40, 1, 1.2, 0.1), features(300, 40, 2, 1.0, 0.0)
    tensors = [torch.from_numpy(exact(s)) for s in (x, y)]
    means = [part for s in (x, y) for part in map(torch.from_numpy, moments(s))]
    theirs = _mifid_compute(means[0], means[1], tensors[0], means[2], means[3], tensors[1])
    assert float(theirs) == pytest.approx(mifid.mifid(generated=x, reference=y).value, ALIKE)


def test_sliced_wasserstein(sides: Sides) -> None:
    x, y = sides
    drawn = np.random.default_rng(0).standard_normal((x.shape[1], 50))
    axes = drawn / np.linalg.norm(drawn, axis=0)
    expected = np.mean([scipy.stats.wasserstein_distance(exact(x) @ a, exact(y) @ a) for a in axes.T])
    ours = sliced_wasserstein.sliced_wasserstein(generated=x, reference=y, projections=50, seed=0).value
    assert ours == pytest.approx(expected, ALIKE)


def test_distances(sides: Sides) -> None:
    x, y = sides
    for measure, mean, nearest in (
        ("euclidean", distances.mean_euclidean, distances.nearest_euclidean),
        ("cosine", distances.mean_cosine, distances.nearest_cosine),
    ):
        apart = scipy.spatial.distance.cdist(exact(x), exact(y), measure)
        assert mean(generated=x, reference=y).value == pytest.approx(apart.mean(), ALIKE)
        assert nearest(generated=x, reference=y).value == pytest.approx(apart.min(axis=1).mean(), ALIKE)
    within = scipy.spatial.distance.pdist(exact(x)).mean()
    assert diversity.pairwise_distance(generated=x, reference=y).value == pytest.approx(within, ALIKE)


def test_cmmd_by_its_definition(sides: Sides) -> None:
    x, y = (exact(s) / np.linalg.norm(exact(s), axis=1, keepdims=True) for s in sides)
    mean = lambda a, b: np.exp(-scipy.spatial.distance.cdist(a, b, "sqeuclidean") / 200).mean()  # noqa: E731
    expected = 1000 * (mean(x, x) + mean(y, y) - 2 * mean(x, y))
    assert cmmd.cmmd(generated=sides[0], reference=sides[1]).value == pytest.approx(expected, ALIKE)


@pytest.fixture(scope="module")
def photographs() -> Sides:
    import skimage.data

    a = skimage.data.astronaut()[:256, :256]
    noise = np.random.default_rng(0).normal(scale=12, size=a.shape)
    return a, np.clip(a + noise, 0, 255).astype(np.uint8)


def tensor(picture: np.ndarray) -> "torch.Tensor":
    return torch.from_numpy(exact(picture)).permute(2, 0, 1)[None]


def test_measures_between_pictures(photographs: Sides) -> None:
    a, b = photographs
    one, two = tensor(a), tensor(b)
    assert float(peak_signal_noise_ratio(one, two, data_range=255.0)) == pytest.approx(pictures.psnr(a, b).value, ALIKE)
    assert skimage.metrics.peak_signal_noise_ratio(a, b) == pytest.approx(pictures.psnr(a, b).value, ALIKE)
    assert skimage.metrics.mean_squared_error(a, b) == pytest.approx(pictures.mse(a, b).value, ALIKE)
    assert skimage.metrics.structural_similarity(a, b, channel_axis=2) == pytest.approx(
        pictures.ssim(a, b).value, ALIKE
    )


def test_ms_ssim_has_another_border_in_torchmetrics(photographs: Sides) -> None:
    """Theirs takes the luminance of the last scale over the mirrored border too, and its weights sum to 1.0001."""
    for channel in range(3):
        a, b = (p[:, :, channel : channel + 1] for p in photographs)
        theirs = float(multiscale_structural_similarity_index_measure(tensor(a), tensor(b), data_range=255.0))
        assert theirs == pytest.approx(pictures.ms_ssim(a, b).value, 1e-4)


def test_ssim_has_another_window_in_torchmetrics(photographs: Sides) -> None:
    """Ours is scikit-image's: flat 7 x 7 windows, unbiased covariances; theirs a Gaussian window of 11."""
    a, b = photographs
    theirs = float(structural_similarity_index_measure(tensor(a), tensor(b), data_range=255.0))
    gaussian = skimage.metrics.structural_similarity(
        a, b, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert theirs == pytest.approx(gaussian, abs=2e-3)
    assert theirs == pytest.approx(pictures.ssim(a, b).value, abs=0.1)
