"""Networks of keras.applications with ImageNet weights, features before the classifier. None of them is FID's network.

The weights are the files that Keras publishes, checked by the hashes that Keras itself has for them. They are rewritten
once as ONNX, with TensorFlow, by whoever fetches them; everything else runs by onnxruntime.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import weights
from core.errors import BadInput
from core.extractors.extractor import Embed, Extractor, Vectors
from core.extractors.onnx_models import BATCH, cached
from core.extractors.own import trial_pictures, vectors
from core.extractors.reading import Reading, prepared
from core.images import Picture
from core.wall import Rules
from core.weights import Weights

PUBLISHED_AT = "https://storage.googleapis.com/tensorflow/keras-applications"
NO_TOP = "weights_tf_dim_ordering_tf_kernels_notop.h5"
CAFFE = Reading(224, colour="BGR", value_range="0..255", mean=(103.939, 116.779, 123.68), layout="NHWC")
INSIDE = Reading(224, value_range="0..255", layout="NHWC")
"""The network begins with its own scaling."""


@dataclass(frozen=True)
class KerasModel:
    """`function` of keras.applications, read as it was trained; `source` is the paper."""

    name: str
    title: str
    function: str
    dim: int
    reading: Reading
    weights: Weights

    @property
    def converted(self) -> str:
        """The name of its ONNX form in the models folder."""
        return f"{self.name}-{self.weights.digest[-12:]}-v1.onnx"

    def extractor(self, folder: Path) -> Extractor:
        """Embedding raises BadInput while the ONNX form is not there."""

        def embed(pictures: Sequence[Picture]) -> Vectors:
            if not (folder / self.converted).exists():
                raise BadInput(f"{self.title} was not fetched yet; `proofsheet extractor fetch {self.name}` does it.")
            return vectors(folder / self.converted, "converted", self.reading, pictures, Rules.from_env())

        def by(xla: bool) -> Embed:
            return lambda pictures: np.concatenate([
                _runner(self, folder, xla)(prepared(pictures[i : i + BATCH], self.reading))
                for i in range(0, len(pictures), BATCH)
            ])  # fmt: skip

        digest = self.weights.digest.partition(":")[2]
        return Extractor(
            self.name, 1, self.dim, self.reading.said(), embed, weights_sha256=digest,
            runtimes={"onnxruntime": embed, "TensorFlow": by(xla=False), "XLA": by(xla=True)},
        )  # fmt: skip

    def convert(self, folder: Path) -> None:
        """Write the ONNX form of the weights that lie in `folder`. Raises BadInput when they are damaged, or when it
        gives other vectors than Keras. Imports TensorFlow."""
        from core.extractors import own_keras

        def build() -> bytes:
            model = self.loaded(folder)
            trial = prepared(trial_pictures(), self.reading)
            content = own_keras.export(model, trial.shape[1:])
            far = own_keras.apart(model, content, trial)
            if far > own_keras.CLOSE:
                raise BadInput(f"{self.title} gives other vectors as ONNX (by {far:.1g} of the largest); report it.")
            return content

        cached(folder, self.converted, build)

    def loaded(self, folder: Path) -> Any:
        """The Keras model with the weights that lie in `folder`. Raises BadInput when they are damaged or gone."""
        weights.read(folder, self.weights)
        model = self.network()
        model.load_weights(folder / self.weights.file)
        return model

    def network(self) -> Any:
        """The Keras model without weights, giving (n, dim)."""
        import keras

        shape = (self.reading.side, self.reading.side, 3)
        make = getattr(keras.applications, self.function)
        return make(weights=None, include_top=False, pooling="avg", input_shape=shape)


@lru_cache(maxsize=2)
def _runner(model: KerasModel, folder: Path, xla: bool) -> Callable[[NDArray[np.float32]], Vectors]:
    from core.generators.runtimes import compiled, traced

    run = (compiled if xla else traced)(model.loaded(folder), BATCH)
    return lambda batch: run([batch])


def _weights(file: str, folder: str, digest: str) -> Weights:
    return Weights(file, f"{PUBLISHED_AT}/{folder}/{file}", digest)


MODELS = (
    KerasModel(
        "keras-resnet50", "ResNet-50 (Keras)", "ResNet50", 2048, CAFFE,
        _weights(f"resnet50_{NO_TOP}", "resnet", "md5:4d473c1dd8becc155b73f8504c6f6626"),
    ),
    KerasModel(
        "keras-inception-v3", "Inception v3 (Keras; not FID's)", "InceptionV3", 2048,
        Reading(299, value_range="-1..1", layout="NHWC"),
        _weights(f"inception_v3_{NO_TOP}", "inception_v3", "md5:bcbd6486424b2319ff4ef7d526e38f63"),
    ),
    KerasModel(
        "keras-mobilenet-v3", "MobileNet v3 large (Keras)", "MobileNetV3Large", 960, INSIDE,
        _weights("weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5", "mobilenet_v3",
                 "md5:07fb09a5933dd0c8eaafa16978110389"),
    ),
)  # fmt: skip
