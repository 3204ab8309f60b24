"""Arithmetic that Keras 2 left in functional models where it was written inline, such as `x * 2` or `tf.nn.relu(x)`.

The file names a function of TensorFlow (TFOpLambda, SlicingOpLambda). Here the name is looked up in a table of what
only computes, and a layer of ours does the same by `keras.ops`; nothing is ever imported by a name from a file.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

KINDS = ("TFOpLambda", "SlicingOpLambda")
LAYER = "OldOperation"
Json = dict[str, Any]

_PARAMETERS = {
    "x y": "__operators__.add math.add math.subtract math.multiply math.divide math.truediv math.floordiv "
           "math.floormod math.pow math.maximum math.minimum",
    "x": "math.negative math.abs math.square math.sqrt math.rsqrt math.exp math.log math.sin math.cos math.tanh "
         "math.sigmoid math.sign math.round math.reciprocal",
    "a b": "linalg.matmul",
    "a perm": "transpose",
    "features": "nn.relu nn.relu6 nn.elu nn.selu math.softplus",
    "features alpha": "nn.leaky_relu",
    "features approximate": "nn.gelu",
    "features beta": "nn.silu",
    "logits axis": "nn.softmax",
    "input_tensor axis keepdims": "math.reduce_mean math.reduce_sum math.reduce_max math.reduce_min math.reduce_std "
                                  "math.reduce_variance",
    "tensor shape": "reshape",
    "values axis": "concat stack",
    "input axis": "expand_dims squeeze compat.v1.squeeze",
    "input multiples": "tile",
    "input": "identity stop_gradient zeros_like ones_like",
    "tensor paddings mode constant_values": "pad",
    "x dtype": "cast",
    "t clip_value_min clip_value_max": "clip_by_value",
    "images size method antialias": "image.resize",
    "input block_size": "nn.depth_to_space nn.space_to_depth",
    "tensor slice_spec": "__operators__.getitem",
}  # fmt: skip
PARAMETERS = {name: words.split() for words, names in _PARAMETERS.items() for name in names.split()}
"""Function, as Keras 2 names it -> its parameters as TensorFlow names them, the first of them first."""
SILENT: Json = {"name": None, "preserve_aspect_ratio": False, "data_format": "NHWC", "var": None}
"""Parameters that change nothing at these values, beside a name, which never does."""


def translated(layer: Json) -> Json:
    """The layer {"class_name", "config", "inbound_nodes", ...} as one of `classes`, where its function is in the table
    and its one call can be read; any other as it is, to be refused by name. Tensors among the arguments become the
    layer's inputs, and {"tensor": i} in their place."""
    config, nodes = layer.get("config"), layer.get("inbound_nodes")
    if layer.get("class_name") not in KINDS or not isinstance(config, dict) or not isinstance(nodes, list):
        return layer
    parameters = PARAMETERS.get(str(config.get("function")))
    if parameters is None or len(nodes) != 1 or not isinstance(nodes[0], list) or not nodes[0]:
        return layer
    tensors: list[list[Any]] = []
    alone = isinstance(nodes[0][0], str)
    entries = [nodes[0]] if alone else nodes[0]
    if not all(isinstance(e, list) and len(e) in (3, 4) for e in entries):
        return layer
    first = [_argument(e[2] if e[0] == "_CONSTANT_VALUE" else e[:3], tensors) for e in entries]
    more = entries[0][3] if len(entries[0]) == 4 else {}
    if not isinstance(more, dict):
        return layer
    said = {k: v for k, v in more.items() if k != "name" and not (k in SILENT and v == SILENT[k])}
    given = {parameters[0]: first[0] if alone else first, **{k: _argument(v, tensors) for k, v in said.items()}}
    if not tensors or not said.keys() <= set(parameters[1:]):
        return layer
    name = {k: config[k] for k in ("name", "trainable", "dtype") if k in config}
    return {
        **layer, "class_name": LAYER, "module": None, "registered_name": LAYER,
        "config": {**name, "function": config["function"], "given": given},
        "inbound_nodes": [[[*tensor, {}] for tensor in tensors]],
    }  # fmt: skip


def _argument(value: Any, tensors: list[list[Any]]) -> Any:
    """A value of a call, its tensors noted in `tensors`: [layer, call, output]."""
    if isinstance(value, list) and len(value) == 3 and isinstance(value[0], str) and type(value[1]) is int:
        tensors.append(value)
        return {"tensor": len(tensors) - 1}
    if isinstance(value, list):
        return [_argument(one, tensors) for one in value]
    if isinstance(value, dict) and value.keys() == {"start", "stop", "step"}:
        return {name: _argument(one, tensors) for name, one in value.items()}
    return value


def _filled(value: Any, tensors: list[Any]) -> Any:
    """The other way: with the tensors in their places, slices and the ellipsis as Python has them."""
    if isinstance(value, dict):
        if "tensor" in value:
            return tensors[value["tensor"]]
        if "start" in value:
            return slice(*(_filled(value[name], tensors) for name in ("start", "stop", "step")))
        return Ellipsis
    return [_filled(one, tensors) for one in value] if isinstance(value, list | tuple) else value


@cache
def functions() -> dict[str, Callable[..., Any]]:
    """Every function of the table by its name, with TensorFlow's parameters. Imports Keras."""
    from keras import ops

    def padded(tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: float = 0) -> Any:
        more = {"constant_values": constant_values} if mode.lower() == "constant" else {}
        return ops.pad(tensor, paddings, mode=mode.lower(), **more)

    def blocks(input: Any, block_size: int, deep: bool) -> Any:
        """(n, h, w, c) with squares of places in place of channels, or the other way."""
        _, h, w, c = input.shape
        if deep:
            parts = ops.reshape(input, (-1, h // block_size, block_size, w // block_size, block_size, c))
            ordered = ops.transpose(parts, (0, 1, 3, 2, 4, 5))
            return ops.reshape(ordered, (-1, h // block_size, w // block_size, c * block_size**2))
        parts = ops.reshape(input, (-1, h, w, block_size, block_size, c // block_size**2))
        ordered = ops.transpose(parts, (0, 1, 3, 2, 4, 5))
        return ops.reshape(ordered, (-1, h * block_size, w * block_size, c // block_size**2))

    def squeezed(input: Any, axis: Any = None) -> Any:
        return ops.squeeze(input, tuple(axis) if isinstance(axis, list | tuple) else axis)

    def reduced(function: Callable[..., Any]) -> Callable[..., Any]:
        def reduce(input_tensor: Any, axis: Any = None, keepdims: bool | None = False) -> Any:
            over = tuple(axis) if isinstance(axis, list | tuple) else axis
            return function(input_tensor, axis=over, keepdims=bool(keepdims))

        return reduce

    def two(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x, y: function(x, y)

    def features_of(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda features: function(features)

    others = {
        "__operators__.add": "add", "math.truediv": "true_divide", "math.floordiv": "floor_divide",
        "math.floormod": "mod", "math.pow": "power", "math.reduce_variance": "var",
    }  # fmt: skip
    found: dict[str, Callable[..., Any]] = {
        "linalg.matmul": lambda a, b: ops.matmul(a, b),
        "transpose": lambda a, perm=None: ops.transpose(a, perm),
        "nn.leaky_relu": lambda features, alpha=0.2: ops.leaky_relu(features, alpha),
        "nn.gelu": lambda features, approximate=False: ops.gelu(features, approximate),
        "nn.silu": lambda features, beta=1.0: features * ops.sigmoid(beta * features),
        "nn.softmax": lambda logits, axis=-1: ops.softmax(logits, -1 if axis is None else axis),
        "reshape": lambda tensor, shape: ops.reshape(tensor, tuple(shape)),
        "concat": lambda values, axis: ops.concatenate(values, axis),
        "stack": lambda values, axis=0: ops.stack(values, axis),
        "expand_dims": lambda input, axis: ops.expand_dims(input, axis),
        "squeeze": squeezed,
        "compat.v1.squeeze": squeezed,
        "tile": lambda input, multiples: ops.tile(input, tuple(multiples)),
        "identity": lambda input: input,
        "stop_gradient": lambda input: ops.stop_gradient(input),
        "zeros_like": lambda input: ops.zeros_like(input),
        "ones_like": lambda input: ops.ones_like(input),
        "pad": padded,
        "cast": lambda x, dtype: ops.cast(x, dtype),
        "clip_by_value": lambda t, clip_value_min, clip_value_max: ops.clip(t, clip_value_min, clip_value_max),
        "image.resize": lambda images, size, method="bilinear", antialias=False: ops.image.resize(
            images, tuple(size), interpolation=method, antialias=antialias
        ),
        "nn.depth_to_space": lambda input, block_size: blocks(input, block_size, False),
        "nn.space_to_depth": lambda input, block_size: blocks(input, block_size, True),
        "__operators__.getitem": lambda tensor, slice_spec: tensor[
            tuple(slice_spec) if isinstance(slice_spec, list) else slice_spec
        ],
    }
    dressed = {"x y": two, "x": lambda one: one, "features": features_of, "input_tensor axis keepdims": reduced}
    for name, parameters in PARAMETERS.items():
        if name not in found:
            function = getattr(ops, others.get(name, name.rpartition(".")[2].removeprefix("reduce_")))
            found[name] = dressed[" ".join(parameters)](function)
    return found


@cache
def layer_class() -> Any:
    """The layer that does one of them. Imports Keras."""
    import keras

    class OldOperation(keras.layers.Layer):  # type: ignore[misc]  # Keras is not typed
        def __init__(self, function: str, given: Json, **rest: Any) -> None:
            super().__init__(**rest)
            if (
                function not in PARAMETERS
                or not isinstance(given, dict)
                or not given.keys() <= set(PARAMETERS[function])
            ):
                raise ValueError("no operation of the table")
            self.function, self.given = function, given

        def call(self, inputs: Any) -> Any:
            tensors = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
            return functions()[self.function](**{k: _filled(v, tensors) for k, v in self.given.items()})

        def get_config(self) -> Json:
            return {**super().get_config(), "function": self.function, "given": dict(self.given)}

    return OldOperation
