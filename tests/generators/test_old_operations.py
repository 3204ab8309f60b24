"""Arithmetic that Keras 2 wrote into models by the names of TensorFlow's functions: the same numbers, nothing else.

The files are written here as Keras 2.12's own code writes them; no such program can be had any more.
"""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from core.errors import Refused
from core.generators import open_generator
from core.generators.old_operations import PARAMETERS, translated

pytestmark = pytest.mark.tensorflow
NONE = np.zeros(6, np.int64)


@pytest.fixture(scope="module")
def tf() -> Any:
    return pytest.importorskip("tensorflow")


def operation(name: str, function: str, node: list[Any], kind: str = "TFOpLambda") -> dict[str, Any]:
    config = {"name": name, "trainable": True, "dtype": "float32", "function": function}
    return {"class_name": kind, "config": config, "name": name, "inbound_nodes": [node]}


def layer(kind: str, name: str, *inputs: str, **config: Any) -> dict[str, Any]:
    nodes = [[[one, 0, 0, {}] for one in inputs]] if inputs else []
    return {"class_name": kind, "config": {"name": name, **config}, "name": name, "inbound_nodes": nodes}


def saved(path: Path, layers: list[dict[str, Any]], weights: dict[str, dict[str, np.ndarray]]) -> Path:
    """A whole-model `.h5` of a functional model whose last layer is its output."""
    entry = layer("InputLayer", "z", batch_input_shape=[None, 4], dtype="float32")
    every = [entry, *layers]
    config = {"name": "g", "layers": every, "input_layers": [["z", 0, 0]], "output_layers": [[every[-1]["name"], 0, 0]]}
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = "2.12.0", "tensorflow"
        file.attrs["model_config"] = json.dumps({"class_name": "Functional", "config": config})
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.array([one["name"].encode() for one in every])
        group.attrs["backend"], group.attrs["keras_version"] = "tensorflow", "2.12.0"
        for one in every:
            own = group.create_group(one["name"])
            named = weights.get(one["name"], {})
            own.attrs["weight_names"] = np.array([f"{one['name']}/{w}:0".encode() for w in named] or [], "S64")
            for w, values in named.items():
                own[f"{one['name']}/{w}:0"] = values
    return path


def inline(tmp_path: Path) -> tuple[Path, np.ndarray, np.ndarray]:
    """z -> dense -> 2 * leaky(x) + 1 -> halves swapped -> pictures by tanh, all of it inline; with its weights."""
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(4, 32)).astype(np.float32), rng.normal(size=32).astype(np.float32)
    halves = [{"start": None, "stop": None, "step": None}, {"start": 16, "stop": None, "step": None}]
    first = [halves[0], {"start": None, "stop": 16, "step": None}]
    layers = [
        layer("Dense", "d", "z", units=32, activation="linear"),
        operation("tf.nn.leaky_relu", "nn.leaky_relu", ["d", 0, 0, {"alpha": 0.3, "name": None}]),
        operation("tf.math.multiply", "math.multiply", ["_CONSTANT_VALUE", -1, 2.0, {"y": ["tf.nn.leaky_relu", 0, 0]}]),
        operation("tf.__operators__.add", "__operators__.add", ["tf.math.multiply", 0, 0, {"y": 1.0, "name": None}]),
        operation("right", "__operators__.getitem", ["tf.__operators__.add", 0, 0, {"slice_spec": halves}],
                  "SlicingOpLambda"),
        operation("left", "__operators__.getitem", ["tf.__operators__.add", 0, 0, {"slice_spec": first}],
                  "SlicingOpLambda"),
        operation("tf.concat", "concat", [["right", 0, 0, {"axis": -1}], ["left", 0, 0, {"axis": -1}]]),
        operation("tf.reshape", "reshape", ["tf.concat", 0, 0, {"shape": [-1, 4, 8, 1]}]),
        operation("tf.math.tanh", "math.tanh", ["tf.reshape", 0, 0, {}]),
    ]  # fmt: skip
    return saved(tmp_path / "inline.h5", layers, {"d": {"kernel": kernel, "bias": bias}}), kernel, bias


@pytest.mark.parametrize("made_here", [True, False])
def test_a_model_with_inline_arithmetic_makes_its_own_pictures(tf: Any, tmp_path: Path, made_here: bool) -> None:
    path, kernel, bias = inline(tmp_path)
    found = open_generator(path, made_here=made_here)
    assert (found.spec.latent_size, found.spec.height, found.spec.width) == (4, 4, 8)
    z = np.random.default_rng(1).standard_normal((6, 4), dtype=np.float32)
    x = z @ kernel + bias
    x = 2 * np.where(x > 0, x, 0.3 * x) + 1
    expected = np.tanh(np.concatenate([x[:, 16:], x[:, :16]], axis=1)).reshape(6, 4, 8, 1)
    np.testing.assert_allclose(found.raw(z, NONE), expected, atol=1e-5)


A = np.random.default_rng(2).uniform(0.2, 2, (2, 4, 4, 8)).astype(np.float32)
B = np.random.default_rng(3).uniform(0.2, 2, (2, 4, 4, 8)).astype(np.float32)
ARGUMENTS: dict[str, dict[str, Any]] = {
    "transpose": {"perm": [0, 2, 1, 3]}, "nn.leaky_relu": {"alpha": 0.1}, "nn.gelu": {"approximate": True},
    "nn.silu": {"beta": 1.5}, "nn.softmax": {"axis": 1}, "reshape": {"shape": [-1, 8, 4, 4]}, "concat": {"axis": -1},
    "stack": {"axis": 1}, "expand_dims": {"axis": 1}, "tile": {"multiples": [1, 2, 1, 3]}, "cast": {"dtype": "float16"},
    "pad": {"paddings": [[0, 0], [1, 2], [1, 1], [0, 0]], "mode": "REFLECT"},
    "clip_by_value": {"clip_value_min": 0.5, "clip_value_max": 1.0},
    "image.resize": {"size": [7, 9], "method": "bicubic", "antialias": True},
    "nn.depth_to_space": {"block_size": 2}, "nn.space_to_depth": {"block_size": 2},
}  # fmt: skip


@pytest.mark.parametrize("function", PARAMETERS)
def test_every_function_of_the_table_gives_the_numbers_of_tensorflow(tf: Any, function: str) -> None:
    """TensorFlow's own function of that name is the witness."""
    from core.generators.old_operations import layer_class

    rng = np.random.default_rng(4)
    signed = (A * rng.choice([-1, 1], A.shape)).astype(np.float32)
    first, more = A, dict(ARGUMENTS.get(function, {}))
    node: list[Any] = ["a", 0, 0]
    parameters = PARAMETERS[function]
    tensors = [A]
    if function.startswith("math.reduce"):
        more = {"axis": [1, 2], "keepdims": True}
    elif parameters[0] == "features" or function in ("math.abs", "math.sign", "math.negative", "math.round"):
        first, tensors = signed, [signed]
    elif parameters in (["x", "y"], ["a", "b"]):
        second = B.swapaxes(-1, -2).copy() if parameters[0] == "a" else B
        tensors, more = [A, second], {parameters[1]: ["b", 0, 0]}
    elif "squeeze" in function:
        first = A[:, :1]
        tensors, more = [first], {"axis": [1]}
    elif function == "__operators__.getitem":
        spec = [{"start": None, "stop": None, "step": -1}, {"class_name": "__ellipsis__"}, 3]
        more = {"slice_spec": spec}
    if parameters[0] == "values":
        node = [["a", 0, 0, more], ["b", 0, 0, more]]
        tensors = [A, B]
    else:
        node.append(more)
    ours = translated(operation("o", function, node))
    assert ours["class_name"] == "OldOperation"
    made = layer_class()(function=function, given=ours["config"]["given"])(tensors if len(tensors) > 1 else tensors[0])
    if function == "__operators__.getitem":
        expected: Any = A[::-1, ..., 3]
    else:
        theirs: Any = tf.add if function == "__operators__.add" else tf
        for part in () if function == "__operators__.add" else function.split("."):
            theirs = getattr(theirs, part)
        told = {k: tensors[1] if v == ["b", 0, 0] else v for k, v in more.items()}
        expected = theirs([A, B] if parameters[0] == "values" else first, **told)
    np.testing.assert_allclose(np.asarray(made, np.float32), np.asarray(expected, np.float32), rtol=2e-5, atol=1e-5)


def test_a_name_beside_the_table_is_refused_and_never_looked_up(tmp_path: Path) -> None:
    for function in ("io.read_file", "py_function", "raw_ops.WriteFile", "os.system", "nn.relu.__globals__"):
        path = saved(tmp_path / "g.h5", [operation("o", function, ["z", 0, 0, {}])], {})
        with pytest.raises(Refused, match=r"holds a TFOpLambda layer 'o', which calls a function of TensorFlow"):
            open_generator(path, made_here=True)
    for more in ({"out": 1}, {"y": {"class_name": "__lambda__", "config": {"code": "eA=="}}}):
        path = saved(tmp_path / "g.h5", [operation("o", "math.multiply", ["z", 0, 0, more])], {})
        with pytest.raises(Refused):
            open_generator(path, made_here=True)


def test_a_layer_of_the_table_written_by_hand_is_bound_to_it(tmp_path: Path) -> None:
    for config in ({"function": "io.read_file", "given": {"filename": "/etc/passwd"}},
                   {"function": "math.square", "given": {"x": {"tensor": 9}}}):  # fmt: skip
        path = saved(tmp_path / "g.h5", [layer("OldOperation", "o", "z", **config)], {})
        with pytest.raises(Exception, match=r"g\.h5: Keras cannot rebuild it"):
            open_generator(path, made_here=True)


@pytest.mark.parametrize("alpha", [0.0, 0.25, 1.0])
def test_a_progressive_gan_while_a_block_fades_in(tf: Any, tmp_path: Path, alpha: float) -> None:
    """WeightedSum, as the files that are about have it: no number in the configuration, one among the weights."""
    rng = np.random.default_rng(5)
    old, new = (rng.normal(size=(4, 16)).astype(np.float32) for _ in range(2))
    shape = {"target_shape": [4, 4, 1]}
    layers = [
        layer("Dense", "old", "z", units=16, activation="tanh", use_bias=False),
        layer("Dense", "new", "z", units=16, activation="tanh", use_bias=False),
        layer("WeightedSum", "sum", "old", "new", trainable=True, dtype="float32"),
        layer("Reshape", "pictures", "sum", **shape),
    ]
    weights = {"old": {"kernel": old}, "new": {"kernel": new}, "sum": {"ws_alpha": np.float32(alpha)}}
    found = open_generator(saved(tmp_path / "pgan.h5", layers, weights))
    z = np.random.default_rng(1).standard_normal((6, 4), dtype=np.float32)
    expected = (1 - alpha) * np.tanh(z @ old) + alpha * np.tanh(z @ new)
    np.testing.assert_allclose(found.raw(z, NONE), expected.reshape(6, 4, 4, 1), atol=1e-5)
    with pytest.raises(Refused, match="has the parameter 'merge'"):
        open_generator(saved(tmp_path / "evil.h5", [layer("WeightedSum", "sum", "z", "z", merge="os.system")], {}))
