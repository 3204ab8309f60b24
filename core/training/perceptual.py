"""A perceptual loss: how far two pictures lie apart in the first stages of a fixed network, differentiable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.extractors.efficientnet import STAGES, folded, read_weights

SMALLEST = 64
"""Pixels; smaller pictures are enlarged, for the network was trained on large ones."""
TAKEN = 3
"""Stages whose outputs are compared: 16, 24 and 40 channels at a half, a quarter and an eighth of the side."""


def features(planes: Any) -> list[Any]:
    """RGB pictures float32 (n, S, S, 3) in 0..255 -> the outputs of the first TAKEN stages of EfficientNet-Lite0, with
    the weights of `core.extractors.efficientnet`, as TensorFlow operations."""
    return _network()(planes)


def distance(size: int) -> Callable[[Any, Any], Any]:
    """Gives (made, real) -> a number, of pictures (n, size, size, 1 or 3) in [-1, 1]: the features, of unit length at
    every place, apart in squared Euclidean distance, averaged over places, pictures and stages (Zhang et al. 2018,
    without learned weights). 0 for equal pictures, at most 4. No gradient goes through `real`."""
    import tensorflow as tf

    network = _network()
    side = max(size, SMALLEST)

    def prepared(pictures: Any) -> Any:
        pictures = (pictures + 1) * 127.5
        if pictures.shape[-1] == 1:
            pictures = tf.repeat(pictures, 3, -1)
        return pictures if side == size else tf.image.resize(pictures, (side, side), "bilinear")

    def apart(made: Any, real: Any) -> Any:
        ours, theirs = network(prepared(made)), network(prepared(tf.stop_gradient(real)))
        return tf.add_n([_unlike(a, b) for a, b in zip(ours, theirs, strict=True)]) / TAKEN

    return apart


def _unlike(a: Any, b: Any) -> Any:
    import tensorflow as tf

    one, two = (tf.math.l2_normalize(x, -1, epsilon=1e-8) for x in (a, b))
    return tf.reduce_mean(tf.reduce_sum(tf.square(one - two), -1))


def _network() -> Callable[[Any], list[Any]]:
    import tensorflow as tf

    steps = _steps()

    def run(x: Any) -> list[Any]:
        found = []
        x = (x - 127) / 128
        for stage in steps:
            for block in stage:
                start = x
                for convolve in block:
                    x = convolve(x)
                x = x + start if x.shape[1:] == start.shape[1:] else x
            found.append(x)
        return found[1:]

    compiled: Callable[[Any], list[Any]] = tf.function(run)
    return compiled


def _steps() -> list[list[list[Callable[[Any], Any]]]]:
    """Stage -> block -> convolutions, each with its batch normalisation folded in; the stem comes first."""
    import tensorflow as tf

    weights = read_weights()

    def convolution(conv: str, norm: str, stride: int, relu6: bool = True) -> Callable[[Any], Any]:
        kernel, bias = folded(weights, conv, norm)
        depthwise = "depthwise" in conv
        # (C, 1, h, w) -> (h, w, C, 1) for each channel by itself, (out, in, h, w) -> (h, w, in, out) for all
        kernel = kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))
        operation = tf.nn.depthwise_conv2d if depthwise else tf.nn.conv2d

        def convolve(x: Any) -> Any:
            x = operation(x, kernel, (1, stride, stride, 1), "SAME") + bias
            return tf.nn.relu6(x) if relu6 else x

        return convolve

    stages = [[[convolution("_conv_stem", "_bn0", 2)]]]
    index = 0
    for _, first_stride, expansion, _, repeats in STAGES[:TAKEN]:
        stages.append([])
        for repeat in range(repeats):
            block, stride = f"_blocks.{index}", first_stride if repeat == 0 else 1
            expand = [convolution(f"{block}._expand_conv", f"{block}._bn0", 1)] if expansion != 1 else []
            stages[-1].append([
                *expand, convolution(f"{block}._depthwise_conv", f"{block}._bn1", stride),
                convolution(f"{block}._project_conv", f"{block}._bn2", 1, relu6=False),
            ])  # fmt: skip
            index += 1
    return stages
