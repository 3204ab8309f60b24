"""EfficientNet-Lite0 as a Keras model, the same numbers in another runtime: what onnxruntime is measured against."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.extractors.efficientnet import STAGES, folded, read_weights
from core.extractors.onnx_models import BATCH
from core.generators.runtimes import compiled, traced


@lru_cache(maxsize=2)
def runner(side: int, xla: bool) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Pictures (n, side, side, 3) float32 RGB in 0..255 -> features (n, 1280). Imports TensorFlow."""
    run = (compiled if xla else traced)(build(side), BATCH)
    return lambda pictures: run([pictures])


def build(side: int) -> Any:
    """The model, batch normalisations folded into the kernels as in its ONNX form. TensorFlow pads 'same' as the
    network was trained."""
    import keras
    from keras import layers, ops

    weights = read_weights()
    pairs: list[tuple[Any, list[NDArray[np.float32]]]] = []

    def convolve(x: Any, conv: str, norm: str, stride: int = 1, depthwise: bool = False, relu6: bool = True) -> Any:
        kernel, bias = folded(weights, conv, norm)
        size = kernel.shape[2]
        layer = (
            layers.DepthwiseConv2D(size, stride, "same") if depthwise
            else layers.Conv2D(kernel.shape[0], size, stride, "same")
        )  # fmt: skip
        x = layer(x)
        pairs.append((layer, [kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0)), bias]))
        return ops.relu6(x) if relu6 else x

    pictures = keras.Input((side, side, 3))
    x = convolve((pictures - 127.0) * (1 / 128), "_conv_stem", "_bn0", 2)
    width, index = 32, 0
    for _, first_stride, expansion, channels, repeats in STAGES:
        for repeat in range(repeats):
            block, stride, start = f"_blocks.{index}", first_stride if repeat == 0 else 1, x
            if expansion != 1:
                x = convolve(x, f"{block}._expand_conv", f"{block}._bn0")
            x = convolve(x, f"{block}._depthwise_conv", f"{block}._bn1", stride, depthwise=True)
            x = convolve(x, f"{block}._project_conv", f"{block}._bn2", relu6=False)
            x = x + start if stride == 1 and width == channels else x
            width, index = channels, index + 1
    x = convolve(x, "_conv_head", "_bn1")
    model = keras.Model(pictures, ops.mean(x, axis=(1, 2)))
    for layer, values in pairs:
        layer.set_weights(values)
    return model
