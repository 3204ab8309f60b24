"""A small frozen graph with the names and operations of the Inception file of 2015, written byte by byte, and the same
network in plain NumPy: what a reader and a converter of the real file are held against."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float32]
CLASSES, DIM = 5, 12


def _varint(value: int) -> bytes:
    value %= 1 << 64
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def _field(number: int, value: bytes | int | float) -> bytes:
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _tensor(value: NDArray[Any], listed: bool) -> bytes:
    shape = b"".join(_field(2, _field(1, size)) for size in value.shape)
    kind, number = {"f": (1, 5), "i": (3, 7)}[value.dtype.kind]
    head = _field(1, kind) + _field(2, shape)
    if not listed:
        return head + _field(4, value.tobytes())
    packed = value.astype("<f4").tobytes() if kind == 1 else b"".join(_varint(int(v)) for v in value.ravel())
    return head + _field(number, packed)


def _attribute(value: Any) -> bytes:
    if isinstance(value, np.ndarray):
        return _field(8, _tensor(value, listed=value.ndim < 2))
    if isinstance(value, list):
        return _field(1, _field(3, b"".join(map(_varint, value))))
    if isinstance(value, bool):
        return _field(5, int(value))
    if isinstance(value, int):
        return _field(3, value)
    if isinstance(value, tuple):  # ("type", number)
        return _field(6, value[1])
    return _field(2, value) if isinstance(value, bytes) else _field(4, value)


def node(name: str, op: str, inputs: list[str], **attributes: Any) -> bytes:
    """A serialised NodeDef inside a GraphDef."""
    made = _field(1, name.encode()) + _field(2, op.encode())
    made += b"".join(_field(3, i.encode()) for i in inputs)
    for key, value in attributes.items():
        made += _field(5, _field(1, key.encode()) + _field(2, _attribute(value)))
    return _field(1, made)


def const(name: str, value: NDArray[Any]) -> bytes:
    return node(name, "Const", [], dtype=("type", 1 if value.dtype.kind == "f" else 3), value=value)


def _weights() -> dict[str, Array]:
    rng = np.random.default_rng(3)
    shapes = {"conv": (3, 3, 3, 6), "mixed/conv": (1, 1, 6, 4), "mixed/tower/conv": (3, 3, 6, 5),
              "mixed/tower_1/conv": (1, 1, 6, 3)}  # fmt: skip
    found = {f"{name}/conv2d_params": rng.normal(size=shape) / 2 for name, shape in shapes.items()}
    for name, shape in shapes.items():
        found[f"{name}/batchnorm/moving_mean"] = rng.normal(size=shape[3])
        found[f"{name}/batchnorm/moving_variance"] = rng.uniform(0.5, 2, shape[3])
        found[f"{name}/batchnorm/beta"] = rng.normal(size=shape[3])
        found[f"{name}/batchnorm/gamma"] = rng.normal(size=shape[3])
    found |= {"softmax/weights": rng.normal(size=(DIM, CLASSES)), "softmax/biases": rng.normal(size=CLASSES)}
    return {name: value.astype(np.float32) for name, value in found.items()}


WEIGHTS = _weights()


def _convolution(name: str, source: str, stride: int, padding: bytes) -> bytes:
    floats = {"T": ("type", 1)}
    parts = ["conv2d_params", *(f"batchnorm/{p}" for p in ("moving_mean", "moving_variance", "beta", "gamma"))]
    out = b"".join(const(f"{name}/{part}", WEIGHTS[f"{name}/{part}"]) for part in parts)
    norm = [f"{name}/Conv2D", *(f"{name}/{part}" for part in parts[1:])]
    out += node(f"{name}/Conv2D", "Conv2D", [source, f"{name}/{parts[0]}"], strides=[1, stride, stride, 1],
                padding=padding, **floats)  # fmt: skip
    out += node(f"{name}/batchnorm", "BatchNormWithGlobalNormalization", norm, variance_epsilon=0.001,
                scale_after_normalization=False, **floats)  # fmt: skip
    out += node(f"{name}/CheckNumerics", "CheckNumerics", [f"{name}/batchnorm"], message=b"not finite", **floats)
    ordered = [f"{name}/batchnorm:0", f"^{name}/CheckNumerics"]
    out += node(f"{name}/control_dependency", "Identity", ordered, **floats)
    return out + node(name, "Relu", [f"{name}/control_dependency"], **floats)


def serialised() -> bytes:
    """The graph as the bytes of a `.pb` file."""
    floats = {"T": ("type", 1)}
    out = node("DecodeJpeg/contents", "Placeholder", [], dtype=("type", 7))
    out += node("DecodeJpeg", "DecodeJpeg", ["DecodeJpeg/contents"])
    out += node("Cast", "Cast", ["DecodeJpeg"], SrcT=("type", 4), DstT=("type", 1))
    out += const("ExpandDims/dim", np.array(0, np.int32)) + const("ResizeBilinear/size", np.array([299, 299], np.int32))
    out += node("ExpandDims", "ExpandDims", ["Cast", "ExpandDims/dim"], Tdim=("type", 3), **floats)
    out += node(
        "ResizeBilinear", "ResizeBilinear", ["ExpandDims", "ResizeBilinear/size"], align_corners=False, **floats
    )
    out += const("Sub/y", np.array(128, np.float32)) + node("Sub", "Sub", ["ResizeBilinear", "Sub/y"], **floats)
    out += const("Mul/y", np.array(1 / 128, np.float32)) + node("Mul", "Mul", ["Sub", "Mul/y"], **floats)
    out += _convolution("conv", "Mul", 2, b"VALID")
    out += node("pool", "MaxPool", ["conv"], ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding=b"VALID", **floats)
    out += _convolution("mixed/conv", "pool", 1, b"SAME")
    out += _convolution("mixed/tower/conv", "pool", 1, b"SAME")
    mean = {"ksize": [1, 3, 3, 1], "strides": [1, 1, 1, 1], "padding": b"SAME", **floats}
    out += node("mixed/tower_1/pool", "AvgPool", ["pool"], **mean)
    out += _convolution("mixed/tower_1/conv", "mixed/tower_1/pool", 1, b"SAME")
    out += const("mixed/join/concat_dim", np.array(3, np.int32))
    towers = ["mixed/conv", "mixed/tower/conv", "mixed/tower_1/conv"]
    out += node("mixed/join", "Concat", ["mixed/join/concat_dim", *towers], N=3, **floats)
    strided = {"ksize": [1, 3, 3, 1], "strides": [1, 2, 2, 1], "padding": b"SAME", **floats}
    out += node("pool_2", "MaxPool", ["mixed/join"], **strided)
    out += node("pool_3", "AvgPool", ["pool_2"], ksize=[1, 37, 37, 1], strides=[1, 1, 1, 1], padding=b"VALID", **floats)
    out += const("pool_3/_reshape/shape", np.array([1, DIM], np.int32))
    out += node("pool_3/_reshape", "Reshape", ["pool_3", "pool_3/_reshape/shape"], Tshape=("type", 3), **floats)
    out += const("softmax/weights", WEIGHTS["softmax/weights"]) + const("softmax/biases", WEIGHTS["softmax/biases"])
    out += node("softmax/logits/MatMul", "MatMul", ["pool_3/_reshape", "softmax/weights"], transpose_b=False, **floats)
    out += node("softmax/logits", "BiasAdd", ["softmax/logits/MatMul", "softmax/biases"], **floats)
    out += node("softmax", "Softmax", ["softmax/logits"], **floats)
    return out + _field(4, _field(1, 8))  # versions: producer 8, as TensorFlow wrote in 2015


def _windows(x: Array, size: int, stride: int, same: bool, fill: float) -> Array:
    """(h, w, C, size, size): the windows of a picture, padded as TensorFlow's SAME pads, more at the end."""
    if same:
        pads = []
        for length in x.shape[:2]:
            whole = max((-(-length // stride) - 1) * stride + size - length, 0)
            pads.append((whole // 2, whole - whole // 2))
        x = np.pad(x, [*pads, (0, 0)], constant_values=fill)
    return sliding_window_view(x, (size, size), axis=(0, 1))[::stride, ::stride]


def _layer(x: Array, name: str, stride: int, same: bool) -> Array:
    kernel = WEIGHTS[f"{name}/conv2d_params"]
    x = np.einsum("hwcij,ijcd->hwd", _windows(x, kernel.shape[0], stride, same, 0), kernel, optimize=True)
    norm = {part: WEIGHTS[f"{name}/batchnorm/{part}"] for part in ("moving_mean", "moving_variance", "beta")}
    x = (x - norm["moving_mean"]) / np.sqrt(norm["moving_variance"] + 0.001) + norm["beta"]
    return np.maximum(x, 0)


def features(pixels: Array) -> Array:
    """(12,): what 'pool_3' gives for one (299, 299, 3) picture of 0..255."""
    x = _layer((pixels - 128) / 128, "conv", 2, False)
    pool = _windows(x, 3, 2, False, 0).max(axis=(3, 4))
    mean = np.nanmean(_windows(pool, 3, 1, True, np.nan), axis=(3, 4))
    towers = [("mixed/conv", pool), ("mixed/tower/conv", pool), ("mixed/tower_1/conv", mean)]
    joined = np.concatenate([_layer(x, name, 1, True) for name, x in towers], axis=2)
    return _windows(joined, 3, 2, True, -np.inf).max(axis=(3, 4)).mean(axis=(0, 1)).astype(np.float32)
