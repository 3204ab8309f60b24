"""Whatever is done to a file, a person gets a sentence: no other error comes out, and nothing that is on no list."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from core.errors import BadInput, Refused
from core.generators.keras_config import modernise
from core.generators.keras_files import _modern
from core.generators.old_layers import PARAMETERS
from core.vetting import admitted
from core.vetting.keras_config import parsed, vetted
from core.vetting.onnx_graph import check_model, check_onnx
from core.vetting.saved_model import check_saved_model
from tests.hostile.keras_files import entry, layer, sequential_keras2
from tests.onnx_models import linear

JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 1 << 80, 1e308, float("nan"), "", "x" * 2000, "os.system", [], {}, [[]], {"class_name": None},
    {"class_name": "Lambda", "config": {}}, {"class_name": "Dense", "config": None}, {"class_name": [], "config": {}},
    {"class_name": "__tensor__", "config": []}, {"class_name": "__slice__"}, {"config": {}}, [None] * 3,
)  # fmt: skip
TENSOR = {
    "class_name": "__keras_tensor__",
    "config": {"shape": [None, 4], "dtype": "float32", "keras_history": ["z", 0, 0]},
}
KERAS3 = {
    "module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional",
    "config": {
        "name": "g", "input_layers": [["z", 0, 0]], "output_layers": [["s", 0, 0]],
        "layers": [
            {**entry(), "name": "z", "inbound_nodes": []},
            {**layer("Dense", "d", units=4, activation={"module": "builtins", "class_name": "function",
                                                        "config": "relu", "registered_name": "function"},
                     kernel_initializer={"module": "keras.initializers", "class_name": "GlorotUniform",
                                         "config": {"seed": 3}, "registered_name": None},
                     dtype={"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
                            "registered_name": None}),
             "name": "d", "build_config": {"input_shape": [None, 4]},
             "inbound_nodes": [{"args": [TENSOR], "kwargs": {}}]},
            {"module": "keras.src.ops.numpy", "class_name": "GetItem", "config": {"name": "s"},
             "registered_name": "GetItem", "name": "s",
             "inbound_nodes": [{"args": [TENSOR, {"class_name": "__slice__",
                                                  "config": {"start": 0, "stop": 2, "step": None}}], "kwargs": {}}]},
        ],
    },
}  # fmt: skip
KERAS2 = sequential_keras2(
    {"class_name": "Dense", "config": {"name": "d", "units": 4, "activation": "relu", "batch_input_shape": [None, 4]}},
    {"class_name": "Bidirectional", "config": {"name": "b", "layer": {"class_name": "LSTM", "config": {"units": 3}}}},
    {"class_name": "PixelNormalization", "config": {"name": "p"}},
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def changed(config: Any, place: tuple[Any, ...], junk: Any) -> Any:
    out = copy.deepcopy(config)
    at = out
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = copy.deepcopy(junk)
    return out


def tried(call: Callable[[], Any]) -> tuple[Any, str]:
    """(what came out, the sentence of an error of ours)."""
    try:
        return call(), ""
    except BadInput as error:
        return None, str(error)


def classes(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "class_name" in value:
            yield value["class_name"]
        for inner in value.values():
            yield from classes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from classes(inner)


KNOWN = (
    set(admitted.LAYERS) | set(admitted.MODELS) | set(admitted.INSIDE) | set(admitted.VALUES) | set(PARAMETERS)
    | set().union(*admitted.OPERATIONS.values(), *admitted.KINDS.values())
)  # fmt: skip


@pytest.mark.parametrize("config", [KERAS3, KERAS2], ids=["keras 3", "keras 2"])
def test_a_configuration_with_anything_anywhere(config: Any) -> None:
    assert set(classes(vetted(modernise(copy.deepcopy(config)), "g", PARAMETERS))) <= KNOWN
    admitted_ones = refused = 0
    for place in places(config):
        for junk in JUNK:
            found, said = tried(lambda p=place, j=junk: vetted(_modern(changed(config, p, j), "g"), "g", PARAMETERS))
            assert said == "" or said.startswith("g: ")
            assert set(classes(found)) <= KNOWN
            refused, admitted_ones = refused + (said != ""), admitted_ones + (said == "")
            json.dumps(found)
    assert admitted_ones > 100
    assert refused > 400


@pytest.mark.parametrize("raw", [b"", b"[]", b"1", b"\xff\xfe", b"{", b"[" * 100_000, b'{"a": NaN}', b"null"])
def test_what_is_no_configuration(raw: bytes) -> None:
    with pytest.raises(BadInput, match=r"^g: "):
        vetted(_modern(parsed(raw, "g"), "g"), "g")


def test_an_onnx_file_with_other_bytes(tmp_path: Path) -> None:
    path = linear(tmp_path / "g.onnx", np.zeros((2, 16)), (4, 4, 1))
    whole = path.read_bytes()
    rng = random.Random(0)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data[: rng.randint(1, len(data))] if rng.random() < 0.2 else data)
        assert tried(lambda: check_onnx(path, "g.onnx"))[1][:8] in ("", "g.onnx: ")


def test_a_tensor_cannot_hide_its_place_behind_another_type() -> None:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    node = helper.make_node("Constant", [], ["pictures"], value=tensor)
    node.attribute[0].type = 0
    graph = helper.make_graph([node], "g", [], [])
    with pytest.raises(Refused, match="keeps weights in other files"):
        check_model(helper.make_model(graph), "g.onnx")


def test_a_function_cannot_hide_behind_another_of_its_name() -> None:
    domains = [helper.make_opsetid("", 17)]
    honest = helper.make_function("own", "f", ["x"], ["y"], [helper.make_node("Identity", ["x"], ["y"])], domains)
    sly = helper.make_function("own", "f", ["x"], ["y"], [helper.make_node("f", ["x"], ["y"], domain="own")], domains)
    sly.overload = sly.node[0].overload = "2"
    call = helper.make_node("f", ["z"], ["pictures"], domain="own")
    call.overload = "2"
    graph = helper.make_graph([call], "g", [], [])
    with pytest.raises(Refused, match="'f' calls itself"):
        check_model(helper.make_model(graph, functions=[sly, honest]), "g.onnx")


def field(number: int, data: bytes) -> bytes:
    """A field of a protobuf message that holds bytes shorter than 128."""
    assert len(data) < 128
    return bytes([number << 3 | 2, len(data)]) + data


def test_a_saved_model_is_read_as_tensorflow_reads_it(tmp_path: Path) -> None:
    def said(*functions: bytes, objects: bytes = b"") -> Path:
        library = field(2, b"".join(field(1, f) for f in functions))
        (tmp_path / "saved_model.pb").write_bytes(field(2, field(2, library) + field(7, objects)))
        return tmp_path

    saver = b"__inference__traced_save_1"
    saves = field(3, field(2, b"SaveV2"))
    assert check_saved_model(said(field(1, field(1, saver)) + saves), "g") == []
    with pytest.raises(Refused, match="uses the operation SaveV2"):  # named twice: the last name counts
        check_saved_model(said(field(1, field(1, saver) + field(1, b"f")) + saves), "g")
    with pytest.raises(Refused, match="uses the operation SaveV2"):  # offered to be called
        check_saved_model(said(field(1, field(1, saver)) + saves, objects=field(2, field(1, saver))), "g")
    (tmp_path / "saved_model.cpb").touch()
    with pytest.raises(Refused, match=r"second graph \(saved_model\.cpb\)"):
        check_saved_model(tmp_path, "g")


def test_a_saved_model_with_other_bytes(tmp_path: Path) -> None:
    function = field(1, field(1, b"f")) + field(3, field(2, b"MatMul") + field(5, field(1, b"a") + field(2, b"")))
    whole = field(2, field(2, field(2, field(1, function))) + field(5, field(1, b"serve")) + field(7, b""))
    rng = random.Random(0)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        (tmp_path / "saved_model.pb").write_bytes(data)
        assert tried(lambda: check_saved_model(tmp_path, "g"))[1][:3] in ("", "g: ")


def test_a_git_lfs_pointer_still_says_so(tmp_path: Path) -> None:
    from core.generators import open_generator

    (tmp_path / "g.keras").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    with pytest.raises(BadInput, match="git lfs pull"):
        open_generator(tmp_path / "g.keras")


@pytest.mark.parametrize("where", ["in a branch", "under another type"])
def test_sparse_weights_in_another_file_are_seen_wherever_they_stand(where: str) -> None:
    sparse = onnx.SparseTensorProto(dims=[4, 4])
    sparse.values.CopyFrom(helper.make_tensor("v", TensorProto.FLOAT, [1], [1.0]))
    sparse.indices.CopyFrom(helper.make_tensor("i", TensorProto.INT64, [1], [0]))
    sparse.values.ClearField("float_data")
    sparse.values.data_location = TensorProto.EXTERNAL
    sparse.values.external_data.add(key="location", value="secret")
    node = helper.make_node("Constant", [], ["c"])
    if where == "in a branch":
        branch = helper.make_graph([], "branch", [], [])
        branch.sparse_initializer.append(sparse)
        node.attribute.append(helper.make_attribute("then_branch", branch))
    else:
        lying = helper.make_attribute("sparse_value", 1.0)
        lying.sparse_tensor.CopyFrom(sparse)
        node.attribute.append(lying)
    with pytest.raises(Refused, match="keeps weights in other files"):
        check_model(helper.make_model(helper.make_graph([node], "g", [], [])), "g.onnx")
