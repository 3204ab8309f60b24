"""Extractors under several runtimes: the same vectors, and what was measured to be faster is used for sets."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import runtimes
from core.extractors import Extractor
from core.extractors.efficientnet import efficientnet
from core.extractors.extractor import Vectors
from core.extractors.own import own_extractor, trial_pictures
from core.extractors.own_keras import to_onnx
from core.extractors.reading import Reading, prepared
from core.generators.runtimes import Measured
from core.images import Picture
from core.workspace import Workspace


def means(pictures: Sequence[Picture]) -> Vectors:
    return np.stack([picture.reshape(-1, picture.shape[2]).mean(axis=0)[[0, -1]] for picture in pictures])


def too_far(pictures: Sequence[Picture]) -> Vectors:
    return means(pictures) * 1.001


def near(pictures: Sequence[Picture]) -> Vectors:
    return means(pictures) * (1 + 1e-6)


def broken(pictures: Sequence[Picture]) -> Vectors:
    raise RuntimeError("no such layer\nand more")


EXTRACTOR = Extractor(
    "means", 1, 2, {}, means, runtimes={"own": means, "near": near, "far": too_far, "broken": broken}
)  # fmt: skip


def test_other_vectors_and_what_fails_are_refused_with_the_reason(workspace: Workspace) -> None:
    found = {m.name: m for m in runtimes.measure(workspace, EXTRACTOR, trial_pictures())}
    assert list(found) == ["own", "near", "far", "broken"]
    assert found["own"].why == found["near"].why == ""
    assert found["own"].apart == 0 < found["near"].apart < 1e-5
    assert found["far"].why == "other vectors, by 0.001 of the largest"
    assert found["broken"].why == "no such layer"
    assert runtimes.embedding(workspace, EXTRACTOR) in (means, near)
    assert list(runtimes.known(workspace).values()) == [list(found.values())]
    assert runtimes.faster(workspace, 10**9) == {}  # that is of generators


def test_what_is_clearly_faster_embeds_from_then_on(workspace: Workspace) -> None:
    assert runtimes.embedding(workspace, EXTRACTOR) is means
    for seconds, used in ((0.9, means), (0.5, near)):
        rows = [Measured("own", 1, 0, 0), Measured("near", seconds, 0, 99), Measured("far", 0.1, 0, 0, why="far")]
        runtimes.remember(workspace, runtimes.extractor_key(EXTRACTOR), rows)
        assert runtimes.embedding(workspace, EXTRACTOR) is used
    other = replace(EXTRACTOR, version=2)
    assert runtimes.embedding(workspace, other) is means


@pytest.mark.tensorflow
def test_efficientnet_is_the_same_in_keras(workspace: Workspace) -> None:
    extractor = efficientnet(96, workspace.models)
    assert list(extractor.runtimes) == ["onnxruntime", "TensorFlow", "XLA"]
    own, keras = (extractor.runtimes[name](trial_pictures()) for name in ("onnxruntime", "TensorFlow"))
    np.testing.assert_array_equal(own, extractor.embed(trial_pictures()))
    assert abs(own - keras).max() < 1e-4 * abs(own).max()


@pytest.mark.tensorflow
def test_a_keras_network_of_the_teams_own_gives_the_same_vectors_under_every_runtime(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(2)
    kept = tmp_path / "own.keras"
    keras.Sequential([
        keras.Input((16, 16, 3)), keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(5),
    ]).save(kept)  # fmt: skip
    reading = Reading(16, layout="NHWC")
    content, why = to_onnx(kept, "", prepared(trial_pictures(), reading))
    assert why == ""
    (tmp_path / "own.onnx").write_bytes(content)
    rewritten = own_extractor("own", 1, tmp_path / "own.onnx", "converted", "0" * 64, reading, 5, brought=kept)
    plain = own_extractor("own", 1, kept, "keras", "0" * 64, reading, 5)
    assert list(rewritten.runtimes) == ["onnxruntime", "TensorFlow", "XLA"]
    assert list(plain.runtimes) == ["TensorFlow", "XLA"]
    pictures = trial_pictures() * 9  # one full batch, for XLA, and a part of one
    found = rewritten.embed(pictures)
    for embed in (*rewritten.runtimes.values(), *plain.runtimes.values()):
        assert abs(embed(pictures) - found).max() < 1e-5 * abs(found).max()
