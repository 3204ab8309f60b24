"""The Inception network that FID is defined by (Szegedy et al. 2015; the file of 2015-12-05; Heusel et al. 2017), under
two named ways of resizing. No other network may be called FID's.

The published file is rewritten once as ONNX (`frozen_graph`) and run by onnxruntime: TensorFlow 2 dropped one of its
operations, and the web process imports no TensorFlow.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from core import weights
from core.errors import BadInput
from core.extractors import frozen_graph, graph_def
from core.extractors.extractor import Extractor, Vectors
from core.extractors.onnx_models import BATCH, cached, session
from core.extractors.resizing import Planes, clean_bicubic, coloured, tf1_bilinear
from core.images import Picture
from core.weights import Weights

SIDE, DIM = 299, 2048
WEIGHTS = Weights(
    "classify_image_graph_def.pb",
    "https://storage.googleapis.com/download.tensorflow.org/models/image/imagenet/inception-2015-12-05.tgz",
    "sha256:009d6814d1bc560d4e7b236e170e9b2d5ca6f4b57bd8037f6db05776204415c6",
    95_673_916,
    "classify_image_graph_def.pb",
)
START, POOLED, LOGITS = "ResizeBilinear", "pool_3", "softmax/logits/MatMul"
RESIZING: dict[str, tuple[Callable[[Picture, int], Planes], str]] = {
    "tf": (tf1_bilinear, "TensorFlow 1 bilinear, align_corners off, no half-pixel centres, no antialias, floats"),
    "clean": (clean_bicubic, "Pillow bicubic of each channel in floats, antialiased, cut to 0..255 (clean-fid)"),
}


def inception(protocol: str, folder: Path, published: Weights = WEIGHTS, dim: int = DIM) -> Extractor:
    """The features of 'pool_3' (2048,) under the protocol 'tf' (resized as the graph of 2015 does) or 'clean'. The file
    lies in `folder`, its ONNX form beside it. Embedding raises BadInput, naming file and place, when it does not."""
    resize, said = RESIZING[protocol]

    def embed(pictures: Sequence[Picture]) -> Vectors:
        network = session(_network(folder, published))
        out = np.empty((len(pictures), dim), np.float32)
        for start in range(0, len(pictures), BATCH):
            part = np.stack([resize(coloured(p), SIDE) for p in pictures[start : start + BATCH]])
            planes = np.ascontiguousarray(part.transpose(0, 3, 1, 2))
            out[start : start + len(part)] = network.run(["features"], {"pictures": planes})[0]
        return out

    shape = {"resize": said, "side": SIDE, "colour": "RGB", "scale": "(x - 128) / 128", "layer": POOLED}
    digest = published.digest.partition(":")[2]
    return Extractor(f"inception-2015-{protocol}", 1, dim, shape, embed, weights_sha256=digest)


def classes(folder: Path, published: Weights = WEIGHTS) -> Callable[[Vectors], Vectors]:
    """The network's own classifier: features (n, 2048) -> probabilities of its 1,008 classes (n, 1008), without the
    biases, as the Inception score was published (Salimans et al. 2016)."""

    def probabilities(features: Vectors) -> Vectors:
        logits = features @ np.load(_classifier(folder, published))
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: Vectors = odds / odds.sum(axis=1, keepdims=True)
        return shares

    return probabilities


def _nodes(folder: Path, published: Weights) -> dict[str, graph_def.Node]:
    return graph_def.read(weights.read(folder, published))


def _network(folder: Path, published: Weights) -> Path:
    """The ONNX form: the part of the graph behind its own resizing, from floats of 0..255."""
    name = f"inception-{published.digest[-12:]}-v1.onnx"
    return cached(folder, name, lambda: frozen_graph.to_onnx(_nodes(folder, published), START, {POOLED: "features"}))


def _classifier(folder: Path, published: Weights) -> Path:
    def build() -> bytes:
        nodes = _nodes(folder, published)
        if LOGITS not in nodes:
            raise BadInput(f"{published.file}: has no classifier '{LOGITS}'; it is not the network that is expected.")
        made = io.BytesIO()
        np.save(made, frozen_graph.constant(nodes, nodes[LOGITS].inputs[1]).astype(np.float32))
        return made.getvalue()

    return cached(folder, f"inception-{published.digest[-12:]}-classes-v1.npy", build)
