"""What every extractor must do, and what EfficientNet must see."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from core import extractors
from core.errors import BadInput, NotFound, Refused
from core.extractors import Kind, sift_words, torch_weights
from core.extractors.extractor import Extractor
from core.extractors.inception import inception
from core.extractors.own import own_extractor
from core.extractors.reading import Reading
from core.images import Picture
from core.weights import Weights
from tests import inception_graph
from tests.extractor_models import patches


def photographs() -> list[Picture]:
    return [data.astronaut(), data.coffee(), data.chelsea(), data.camera()[:, :, None]]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def built(kind: Kind, models: Path) -> Extractor:
    return kind.build(models, kind.learn(photographs()) if kind.learn else None)


def graph(protocol: str) -> Callable[[Path, object], Extractor]:
    """The extractor of the 2015 file, on a small graph of its names and operations."""

    def build(folder: Path, _state: object) -> Extractor:
        content = inception_graph.serialised()
        (folder / "small.pb").write_bytes(content)
        published = Weights("small.pb", "http://none", f"sha256:{hashlib.sha256(content).hexdigest()}")
        return inception(protocol, folder, published, inception_graph.DIM)

    return build


def own(folder: Path, _state: object) -> Extractor:
    """A network as a team brings it: cropped, normalised, its tokens averaged."""
    reading = Reading(32, fit="crop", resize_to=40, mean=(0.5,), sd=(0.25,), output="tokens", pooling="mean")
    file = patches(folder / "own.onnx", "tokens")
    return own_extractor("mine", 3, file, "onnx", hashlib.sha256(file.read_bytes()).hexdigest(), reading, 6)


BROUGHT = (
    Kind("inception-2015-tf", "small", graph("tf")), Kind("inception-2015-clean", "small", graph("clean")),
    Kind("mine", "mine", own),
)  # fmt: skip


@pytest.mark.parametrize("kind", [*extractors.EXTRACTORS, *BROUGHT], ids=lambda k: k.name)
def test_contract(kind: Kind, models: Path) -> None:
    extractor = built(kind, models)
    tiny = np.random.default_rng(0).integers(0, 256, (8, 8, 1), dtype=np.uint8)
    flat = np.zeros((28, 28, 1), np.uint8)
    pictures = [*photographs(), tiny, flat]
    vectors = extractor.embed(pictures)
    assert vectors.shape == (6, extractor.dim)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    single = np.concatenate([extractor.embed([p]) for p in pictures])
    assert np.allclose(vectors, single, atol=1e-4)
    assert np.array_equal(vectors, extractor.embed(pictures))
    grey_as_rgb = extractor.embed([photographs()[3].repeat(3, axis=2)])
    assert np.allclose(grey_as_rgb, vectors[3:4], atol=1e-5)
    assert extractor.key == built(kind, models).key
    assert extractor.name == kind.name
    if kind.histogram:
        assert vectors.min() >= 0
        assert np.allclose(vectors.sum(axis=1), 1, atol=1e-5)


def test_keys_differ(models: Path) -> None:
    every = [*extractors.EXTRACTORS, *extractors.PUBLISHED, *BROUGHT]
    assert len({built(k, models).key for k in every}) == len(every)


def test_deep_features_put_a_crop_next_to_its_photograph(models: Path) -> None:
    extractor = extractors.get("efficientnet-lite0-224").build(models, None)
    crops = [p[20:-20, 20:-20] for p in photographs()]
    a, b = extractor.embed(photographs()), extractor.embed(crops)
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    b /= np.linalg.norm(b, axis=1, keepdims=True)
    assert (b @ a.T).argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_efficientnet_knows_imagenet(models: Path) -> None:
    """The classifier of the same weights on our features names the coffee and the cat: the network is wired right."""
    from core.extractors.efficientnet import read_weights

    weights = read_weights()
    features = extractors.get("efficientnet-lite0-224").build(models, None).embed([data.coffee(), data.chelsea()])
    classes = (features @ weights["_fc.weight"].T + weights["_fc.bias"]).argmax(axis=1)
    assert classes[0] in (967, 504)  # espresso, coffee mug
    assert classes[1] in (281, 282, 285)  # tabby, tiger cat, Egyptian cat


def test_plain_pictures_have_no_vocabulary() -> None:
    with pytest.raises(BadInput, match="keypoints"):
        sift_words.learn([np.zeros((28, 28, 1), np.uint8)] * 5)


def test_unknown_names_list_the_known() -> None:
    with pytest.raises(NotFound, match="efficientnet-lite0-96"):
        extractors.get("inception")


def test_a_hostile_weights_file_is_refused() -> None:
    import os
    import pickle

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, ("true",)

    with pytest.raises(Refused, match="system"):
        torch_weights.read(pickle.dumps(Evil()))


def test_no_tensorflow_is_imported(models: Path) -> None:
    code = (
        "import sys, numpy as np; from pathlib import Path; from core import extractors\n"
        f"deep = extractors.get(extractors.DEFAULT).build(Path({str(models)!r}), None)\n"
        "deep.embed([np.zeros((9, 9, 1), np.uint8)])\n"
        "assert not {'tensorflow', 'torch', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
