"""The graph of 2015: its reader, its converter and its two ways of resizing, on a small graph of the same names and
operations, held against NumPy and against TensorFlow 1's session."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from core import extractors
from core.errors import BadInput
from core.extractors import frozen_graph, graph_def
from core.extractors.inception import DIM, LOGITS, POOLED, START, classes, inception
from core.extractors.resizing import clean_bicubic, tf1_bilinear
from core.images import Picture
from core.weights import Weights
from tests import inception_graph
from tests.inception_graph import WEIGHTS, node, serialised


def photographs() -> list[Picture]:
    return [data.astronaut()[:180], data.chelsea(), data.camera()[::8, ::8, None], data.coffee()[:299, :299]]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Weights]:
    folder, content = tmp_path_factory.mktemp("models"), serialised()
    (folder / "small.pb").write_bytes(content)
    return folder, Weights("small.pb", "http://none", f"sha256:{hashlib.sha256(content).hexdigest()}", len(content))


def test_the_nodes_and_constants_are_read_as_they_were_written() -> None:
    nodes = graph_def.read(serialised())
    assert nodes["conv/control_dependency"].inputs == ("conv/batchnorm:0",)
    assert nodes["conv/Conv2D"].attributes["strides"] == (1, 2, 2, 1)
    assert nodes["conv/Conv2D"].attributes["padding"] == b"VALID"
    assert nodes["conv/batchnorm"].attributes["variance_epsilon"] == np.float32(0.001)
    assert nodes["mixed/join"].attributes["N"] == 3
    for name, value in WEIGHTS.items():
        assert np.array_equal(frozen_graph.constant(nodes, name), value)
    assert frozen_graph.constant(nodes, "pool_3/_reshape/shape").tolist() == [1, inception_graph.DIM]


@pytest.mark.parametrize("cut", [1, 7, 1000, -3])
def test_a_graph_that_is_cut_short_is_said(cut: int) -> None:
    with pytest.raises(BadInput, match="cut short"):
        graph_def.read(serialised()[:cut])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (node("pool_3", "LRN", ["mixed/join"]), "operation LRN"),
        (node("mixed/join", "Relu", ["pool_2"]), "circle"),
        (node("mixed/join", "Relu", ["gone"]), "no node 'gone'"),
        (node("conv/Conv2D", "Conv2D", ["Mul", "Mul"], strides=[1, 2, 2, 1], padding=b"SAME"), "no constant 'Mul'"),
    ],
)
def test_another_network_is_refused_by_name(more: bytes, said: str) -> None:
    nodes = graph_def.read(serialised() + more)
    with pytest.raises(BadInput, match=said):
        frozen_graph.to_onnx(nodes, START, {POOLED: "features"})


@pytest.mark.parametrize("protocol", ["tf", "clean"])
def test_features_and_classes_are_those_of_the_network_in_numpy(small: tuple[Path, Weights], protocol: str) -> None:
    folder, weights = small
    extractor = inception(protocol, folder, weights, inception_graph.DIM)
    found = extractor.embed(photographs())
    resize = {"tf": tf1_bilinear, "clean": clean_bicubic}[protocol]
    coloured = [p.repeat(3, axis=2) if p.shape[2] == 1 else p for p in photographs()]
    expected = np.stack([inception_graph.features(resize(p, 299)) for p in coloured])
    assert found.shape == (4, inception_graph.DIM)
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert np.allclose(extractor.embed(photographs()[:1]), found[:1], atol=1e-5)
    odds = np.exp(expected @ WEIGHTS["softmax/weights"])
    assert np.allclose(classes(folder, weights)(found), odds / odds.sum(axis=1, keepdims=True), atol=1e-5)


def test_the_two_protocols_agree_where_nothing_is_resized_and_have_keys_of_their_own(
    small: tuple[Path, Weights],
) -> None:
    folder, weights = small
    tf, clean = (inception(protocol, folder, weights, inception_graph.DIM) for protocol in ("tf", "clean"))
    whole = photographs()[3:]
    assert np.array_equal(tf.embed(whole), clean.embed(whole))
    assert not np.allclose(tf.embed(photographs()[:1]), clean.embed(photographs()[:1]), atol=1e-3)
    assert tf.key != clean.key


def test_without_the_file_the_sentence_says_which_one_to_put_where(tmp_path: Path) -> None:
    for name in ("inception-2015-tf", "inception-2015-clean"):
        kind = extractors.get(name)
        built = kind.build(tmp_path, None)
        assert (built.name, built.dim) == (name, DIM)
        with pytest.raises(BadInput, match=r"put classify_image_graph_def\.pb into .*009d6814.*95,673,916 bytes"):
            built.embed(photographs()[:1])
    (tmp_path / "classify_image_graph_def.pb").write_bytes(serialised())
    with pytest.raises(BadInput, match="is damaged"):
        built.embed(photographs()[:1])


def test_tf1_bilinear_by_hand() -> None:
    """2 -> 4: places 0, 1/2, 1, 3/2, the last beyond the last pixel; 4 -> 2: places 0 and 2, nothing is averaged."""
    row = np.array([[[10], [20]]], np.uint8).repeat(2, axis=0)
    assert tf1_bilinear(row, 4)[0, :, 0].tolist() == [10, 15, 20, 20]
    column = np.array([[[0], [0]], [[100], [100]]], np.uint8)
    assert tf1_bilinear(column, 4)[:, 0, 0].tolist() == [0, 50, 100, 100]
    long = np.arange(16, dtype=np.uint8).reshape(4, 4, 1)
    assert tf1_bilinear(long, 2)[:, :, 0].tolist() == [[0, 2], [8, 10]]


def test_tf1_bilinear_by_definition() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    found = tf1_bilinear(picture, 11)
    for y, x in np.ndindex(11, 11):
        v, u = y * 5 / 11, x * 7 / 11
        rows, columns = (int(v), min(int(v) + 1, 4)), (int(u), min(int(u) + 1, 6))
        a, b = v - int(v), u - int(u)
        corners = picture.astype(float)[np.ix_(rows, columns)]
        expected = np.einsum("i,j,ijc->c", [1 - a, a], [1 - b, b], corners)
        assert np.allclose(found[y, x], expected, atol=1e-4)


def test_clean_bicubic_is_antialiased_and_not_rounded() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    assert abs(clean_bicubic(stripes, 16)[:, 4:12] - 127.5).max() < 1
    assert np.ptp(tf1_bilinear(stripes, 16)) == 0, "without antialiasing every fourth column is one colour"
    picture = data.chelsea()
    found = clean_bicubic(picture, 99)
    whole = np.asarray(Image.fromarray(picture).resize((99, 99), Image.Resampling.BICUBIC))
    assert abs(found - whole).max() <= 1.5  # Pillow rounds whole levels twice, once for each direction
    assert (found != found.round()).mean() > 0.9
    assert found.min() >= 0
    assert found.max() <= 255


@pytest.mark.tensorflow
def test_tensorflows_own_session_gives_the_same(small: tuple[Path, Weights]) -> None:
    """The graph as TensorFlow 1 runs it, from the bytes of a JPEG to pool_3; what TensorFlow itself writes is read."""
    import tensorflow as tf

    v1 = tf.compat.v1
    folder, weights = small
    definition = v1.GraphDef.FromString(serialised())
    ours, theirs = graph_def.read(serialised()), graph_def.read(definition.SerializeToString())
    assert {name: (n.op, n.inputs) for name, n in ours.items()} == {n: (v.op, v.inputs) for n, v in theirs.items()}
    with tf.Graph().as_default(), v1.Session() as session:
        v1.import_graph_def(definition, name="")
        for picture in [p for p in photographs() if p.shape[2] == 3]:
            jpeg = io.BytesIO()
            Image.fromarray(picture).save(jpeg, "JPEG", quality=95)
            names = ["DecodeJpeg:0", f"{START}:0", f"{POOLED}:0", f"{LOGITS}:0"]
            pixels, resized, pooled, logits = session.run(names, {"DecodeJpeg/contents:0": jpeg.getvalue()})
            assert np.allclose(tf1_bilinear(pixels, 299), resized[0], atol=1e-4)
            found = inception("tf", folder, weights, inception_graph.DIM).embed([pixels])
            assert np.allclose(found, pooled.reshape(1, -1), rtol=1e-4, atol=1e-4)
            odds = np.exp(logits - logits.max())
            assert np.allclose(classes(folder, weights)(found), odds / odds.sum(), atol=1e-4)


@pytest.mark.tensorflow
@pytest.mark.parametrize("shape", [(28, 28, 1), (299, 299, 3), (13, 700, 3), (1, 1, 3), (512, 300, 3)])
def test_tf1_bilinear_equals_tensorflow(shape: tuple[int, int, int]) -> None:
    import tensorflow as tf

    picture = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    expected = tf.compat.v1.image.resize_bilinear(picture[None].astype(np.float32), (299, 299), align_corners=False)
    assert np.allclose(tf1_bilinear(picture, 299), expected[0], atol=1e-4)
