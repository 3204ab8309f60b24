"""Every known way to harm somebody who opens a model, each as a file that is made here.

Numbers are those of the National Vulnerability Database, as its entries and the maintainers' advisories describe them.
"""

import itertools
import pickle
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import onnx
from onnx import TensorProto, helper

from tests.hostile.keras_files import (
    bomb,
    keras_h5,
    keras_zip,
    lambda_keras2,
    lambda_layer,
    layer,
    model,
    no_weights,
    public_function,
    sequential_keras2,
)
from tests.onnx_models import linear

SECRET = "the secret of another user"


@dataclass(frozen=True)
class Place:
    """Where a hostile file lies, and what it is after."""

    folder: Path
    marker: Path
    """Its payload writes here."""
    secret: Path
    """Its payload reads this."""


@dataclass(frozen=True)
class Hostile:
    """One known way."""

    name: str
    cve: str
    """Numbers; empty where there is none."""
    make: Callable[[Place], Path]
    says: str
    """What the refusal says (a regular expression)."""
    fires: str = ""
    """How tests/hostile/fire.py sets the payload off; empty where today's libraries no longer do, what they need for it
    is not installed, or it is a bomb."""


def gallery(place: Place) -> Path:
    arguments = {"path": str(place.marker), "rows": 1, "cols": 1, "show": False}
    drawn = public_function("keras.visualization", "plot_image_gallery", arguments, (4, 4, 3))
    return keras_zip(place.folder / "public-function.keras", model(drawn, shape=(4, 4, 3)))


def get_file(place: Place) -> Path:
    fetched = public_function("keras.utils", "get_file", {"origin": f"file://{place.secret}", "extract": True})
    return keras_zip(place.folder / "get-file.keras", model(fetched))


def any_function(place: Place) -> Path:
    called = public_function("os", "system", {"command": f"touch {place.marker}"})
    return keras_zip(place.folder / "any-function.keras", model(called))


def unsafe_first(place: Place) -> Path:
    switch = public_function("keras.config", "enable_unsafe_deserialization", {})
    return keras_zip(place.folder / "unsafe-first.keras", model(switch, lambda_layer(place.marker, "second")))


def load_model_inside(place: Place) -> Path:
    inner = keras_zip(place.folder / "inner.bin", model(lambda_layer(place.marker)))
    loads = public_function("keras.models", "load_model", {"filepath": str(inner), "safe_mode": False})
    return keras_zip(place.folder / "load-model.keras", model(loads))


def nested_lambda(place: Place) -> Path:
    inside = model(lambda_layer(place.marker), name="inner")
    wrapped = layer("TimeDistributed", "wrapped", layer=inside)
    return keras_zip(place.folder / "nested.keras", model(wrapped, shape=(2, 4)))


def activation(place: Place) -> Path:
    function = {"module": "keras.utils", "class_name": "function", "config": "get_file", "registered_name": "get_file"}
    dense = layer("Dense", "d", units=4, activation=function)
    return keras_zip(place.folder / "activation.keras", model(dense))


def initializer(place: Place) -> Path:
    chosen = {"module": "os", "class_name": "system", "config": {}, "registered_name": None}
    return keras_zip(place.folder / "initializer.keras", model(layer("Dense", "d", units=4, kernel_initializer=chosen)))


def in_a_call(place: Place) -> Path:
    """Code hidden among the arguments of an honest layer's call."""
    hidden = lambda_layer(place.marker)["config"]["function"]
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "dtype": "float32",
                                                          "keras_history": ["z", 0, 0]}}  # fmt: skip
    first = {**model()["config"]["layers"][0], "name": "z", "inbound_nodes": []}
    honest = {**layer("Dense", "d", units=4), "name": "d",
              "inbound_nodes": [{"args": [tensor], "kwargs": {"mask": hidden}}]}  # fmt: skip
    config = {"name": "g", "layers": [first, honest], "input_layers": [["z", 0, 0]], "output_layers": [["d", 0, 0]]}
    whole = {"module": "keras.src.models.functional", "class_name": "Functional", "config": config}
    return keras_zip(place.folder / "in-a-call.keras", whole)


def vocabulary(place: Place) -> Path:
    lookup = layer("StringLookup", "words", vocabulary=str(place.secret), num_oov_indices=1, mask_token=None,
                   oov_token="[UNK]", max_tokens=None, invert=False, output_mode="int", encoding="utf-8")  # fmt: skip
    text = model(lookup, shape=(1,))
    text["config"]["layers"][0]["config"]["dtype"] = "string"
    return keras_zip(place.folder / "vocabulary.keras", text)


def saved_model_layer(place: Place) -> Path:
    other = layer("TFSMLayer", "other", filepath=str(place.folder / "writes"), call_endpoint="serve")
    return keras_zip(place.folder / "saved-model-layer.keras", model(other))


def subclass(place: Place) -> Path:
    theirs = {"module": "evil", "class_name": "Dense", "config": {"name": "d", "units": 4},
              "registered_name": "evil>Dense"}  # fmt: skip
    return keras_zip(place.folder / "registered.keras", model(theirs))


def keras2_function(function: str, **arguments: Any) -> Callable[[Place], Path]:
    """A function of TensorFlow by its name, between two layers, as Keras 2 wrote arithmetic that was typed inline."""

    def make(place: Place) -> Path:
        told = {name: value(place) if callable(value) else value for name, value in arguments.items()}
        first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4], "name": "z"}, "name": "z",
                 "inbound_nodes": []}  # fmt: skip
        named = {"class_name": "TFOpLambda", "config": {"name": "f", "function": function}, "name": "f",
                 "inbound_nodes": [["z", 0, 0, told]]}  # fmt: skip
        config = {"name": "g", "layers": [first, named], "input_layers": [["z", 0, 0]], "output_layers": [["f", 0, 0]]}
        return keras_h5(place.folder / "function.h5", {"class_name": "Functional", "config": config})

    return make


def weighted_sum(place: Place) -> Path:
    theirs = layer("WeightedSum", "w", alpha=0.5, merge={"class_name": "function", "config": "system", "module": "os"})
    return keras_zip(place.folder / "weighted.keras", model({**theirs, "module": "os", "registered_name": "os>system"}))


def name_leads_out(place: Place) -> Path:
    return keras_zip(place.folder / "name.keras", model(layer("Dense", "../../../marker", units=4)))


def with_weights(name: str, write: Callable[[h5py.File, Place], None]) -> Callable[[Place], Path]:
    """A `.keras` file whose weights are what `write` puts into the HDF5 file."""

    def make(place: Place) -> Path:
        part = place.folder / "part.h5"
        with h5py.File(part, "w") as file:
            write(file, place)
        dense = layer("Dense", "d", units=4)
        return keras_zip(place.folder / name, model(dense), part.read_bytes())

    return make


def external_data(file: h5py.File, place: Place) -> None:
    size = place.secret.stat().st_size
    file.create_dataset("layers/d/vars/0", (size,), "u1", external=[(str(place.secret), 0, size)])


def external_link(file: h5py.File, place: Place) -> None:
    other = place.folder / "other.h5"
    with h5py.File(other, "w") as theirs:
        theirs["secret"] = np.frombuffer(place.secret.read_bytes(), np.uint8)
    file["layers"] = h5py.ExternalLink(str(other), "/")


def soft_link(file: h5py.File, place: Place) -> None:
    file["real"] = np.zeros(4, np.float32)
    file["layers"] = h5py.SoftLink("/real")


def virtual(file: h5py.File, place: Place) -> None:
    external = place.folder / "source.h5"
    with h5py.File(external, "w") as theirs:
        theirs["secret"] = np.frombuffer(place.secret.read_bytes(), np.uint8)
    size = place.secret.stat().st_size
    layout = h5py.VirtualLayout((size,), "u1")
    layout[:] = h5py.VirtualSource(str(external), "secret", (size,))
    file.create_virtual_dataset("layers/d/vars/0", layout)


def references(file: h5py.File, place: Place) -> None:
    file["real"] = np.zeros(4, np.float32)
    file["layers"] = np.array([file["real"].ref], h5py.ref_dtype)


def deep(file: h5py.File, place: Place) -> None:
    file.create_group("/".join("g" * 80))


def repeated(file: h5py.File, place: Place) -> None:
    file.create_dataset("layers/d/vars/0", data=np.zeros((1 << 24,), "f4"), compression="gzip", compression_opts=9)


def overlapping(place: Place) -> Path:
    """Two members that share their bytes (Fifield 2019), as one zip."""
    path = keras_zip(place.folder / "overlap.keras", model(layer("Dense", "d", units=4)))
    data = bytearray(path.read_bytes())
    start = data.rfind(b"PK\x01\x02")
    data[start + 42 : start + 46] = struct.pack("<I", 0)
    path.write_bytes(data)
    return path


def zip_bomb(place: Place) -> Path:
    path = place.folder / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b'{"a": "' + b" " * (24 << 20) + b'"}')
        archive.writestr("model.weights.h5", no_weights())
    return path


def link_in_zip(place: Place) -> Path:
    path = place.folder / "link.keras"
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo("model.weights.h5")
        member.external_attr = 0o120777 << 16
        archive.writestr("config.json", b"{}")
        archive.writestr(member, str(place.secret))
    return path


def twice_in_zip(place: Place) -> Path:
    path = keras_zip(place.folder / "twice.keras", model(layer("Dense", "d", units=4)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("config.json", "{}")
    return path


def too_deep(place: Place) -> Path:
    path = place.folder / "deep.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000)
        archive.writestr("model.weights.h5", no_weights())
    return path


def dtype_bomb(place: Place) -> Path:
    big = {"class_name": "__numpy__", "config": {"value": ["a"], "dtype": "S4000000000"}}
    return keras_zip(place.folder / "dtype.keras", model(layer("Normalization", "n", mean=big, variance=[1.0])))


def large(name: str, kind: str, **config: Any) -> Hostile:
    def make(place: Place) -> Path:
        return keras_zip(place.folder / f"{name}.keras", model(layer(kind, "big", **config)))

    return Hostile(name, "", make, "more than 16,777,216")


def onnx_external(place: Place) -> Path:
    """Weights that lie in another file: the secret."""
    path = linear(place.folder / "external.onnx", np.zeros((2, 16)), (4, 4, 1))
    found = onnx.load(path)
    weights = found.graph.initializer[0]
    del weights.dims[:]
    weights.dims.append(place.secret.stat().st_size // 4)
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    for key, value in (("location", place.secret.name), ("offset", "0"), ("length", str(weights.dims[0] * 4))):
        weights.external_data.add(key=key, value=value)
    path.write_bytes(found.SerializeToString())
    return path


def onnx_attribute(place: Place) -> Path:
    """The same, hidden in a constant inside a branch."""
    hidden = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    hidden.external_data.add(key="location", value=f"junk/../../{place.secret.name}")
    out = helper.make_tensor_value_info("w", TensorProto.FLOAT, [4])
    branch = helper.make_graph([helper.make_node("Constant", [], ["w"], value=hidden)], "branch", [], [out])
    node = helper.make_node("If", ["z"], ["pictures"], then_branch=branch, else_branch=branch)
    return onnx_file(place.folder / "external-branch.onnx", [node])


def onnx_file(path: Path, nodes: list[Any], constants: dict[str, Any] | None = None, functions: Any = ()) -> Path:
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 4])],
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, None)],
        [onnx.numpy_helper.from_array(np.asarray(v), k) for k, v in (constants or {}).items()],
    )  # fmt: skip
    domains = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    path.write_bytes(
        helper.make_model(graph, opset_imports=domains, functions=functions, ir_version=9).SerializeToString()
    )
    return path


def onnx_python(place: Place) -> Path:
    node = helper.make_node("PythonOp", ["z"], ["pictures"], domain="org.pytorch.aten", name="os.system")
    return onnx_file(place.folder / "python.onnx", [node])


def onnx_fill(place: Place) -> Path:
    node = helper.make_node("ConstantOfShape", ["size"], ["pictures"])
    return onnx_file(place.folder / "fill.onnx", [node], {"size": np.array([1 << 20, 1 << 20], np.int64)})


def onnx_doubling(place: Place) -> Path:
    nodes = [helper.make_node("Concat", [f"x{i}"] * 2, [f"x{i + 1}"], axis=1) for i in range(40)]
    return onnx_file(place.folder / "doubling.onnx", [helper.make_node("Identity", ["z"], ["x0"]), *nodes,
                                                      helper.make_node("Identity", ["x40"], ["pictures"])])  # fmt: skip


def onnx_functions(place: Place) -> Path:
    """A billion laughs: each function calls the one below ten times."""
    domains = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    functions = [helper.make_function("own", "f0", ["x"], ["y"], [helper.make_node("Identity", ["x"], ["y"])], domains)]
    for level in range(1, 10):
        names = ["x", *(f"t{i}" for i in range(9)), "y"]
        calls = [helper.make_node(f"f{level - 1}", [a], [b], domain="own") for a, b in itertools.pairwise(names)]
        functions.append(helper.make_function("own", f"f{level}", ["x"], ["y"], calls, domains))
    node = helper.make_node("f9", ["z"], ["pictures"], domain="own")
    return onnx_file(place.folder / "functions.onnx", [node], functions=functions)


def onnx_empty(place: Place) -> Path:
    """A tensor that declares 4 TB and holds nothing."""
    path = linear(place.folder / "declared.onnx", np.zeros((2, 16)), (4, 4, 1))
    found = onnx.load(path)
    found.graph.initializer[0].dims[0] = 1 << 36
    path.write_bytes(found.SerializeToString())
    return path


class Touch:
    """Unpickled, it leaves the marker behind."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return Path.touch, (self.marker,)


def pickled(name: str, protocol: int = 4) -> Callable[[Place], Path]:
    def make(place: Place) -> Path:
        path = place.folder / name
        path.write_bytes(pickle.dumps(Touch(place.marker), protocol))
        return path

    return make


def pickled_in_zip(place: Place) -> Path:
    path = place.folder / "weights.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Touch(place.marker)))
    return path


def objects(place: Place) -> Path:
    np.save(place.folder / "objects.npy", np.array([Touch(place.marker)], dtype=object), allow_pickle=True)
    return place.folder / "objects.npy"


def h5_bomb(place: Place) -> Path:
    return keras_zip(
        place.folder / "shape.keras", model(layer("Dense", "dense", units=4)), bomb((50_000_000, 50_000_000))
    )


def small_lambda(place: Place) -> Path:
    return keras_zip(place.folder / "lambda.keras", model(lambda_layer(place.marker)))


CODE_IN_FILE = r"holds a Lambda layer '\w+', which is code"
CORPUS = (
    Hostile("lambda.keras", "CVE-2024-3660", small_lambda, CODE_IN_FILE, "keras unsafe"),
    Hostile("nested lambda", "CVE-2024-3660", nested_lambda, CODE_IN_FILE, "keras unsafe"),
    Hostile("lambda.h5", "CVE-2025-9905", lambda p: keras_h5(p.folder / "lambda.h5", model(lambda_layer(p.marker))),
            CODE_IN_FILE, "keras unsafe"),
    Hostile("lambda of Keras 2 in .h5", "CVE-2024-3660",
            lambda p: keras_h5(p.folder / "lambda2.h5", sequential_keras2(lambda_keras2(p.marker))), CODE_IN_FILE,
            "keras unsafe"),
    Hostile("public function", "", gallery, CODE_IN_FILE, "keras safe" if find_spec("matplotlib") else ""),
    Hostile("any function of any module", "CVE-2025-1550", any_function, CODE_IN_FILE),
    Hostile("get_file gadget", "CVE-2025-8747 CVE-2025-12638", get_file, CODE_IN_FILE),
    Hostile("safe mode switched off", "CVE-2025-9906", unsafe_first, CODE_IN_FILE),
    Hostile("a model loads another", "CVE-2025-9906", load_model_inside, CODE_IN_FILE),
    Hostile("function as activation", "CVE-2025-1550", activation, "the function 'get_file', which is no activation"),
    Hostile("module as initializer", "CVE-2025-1550", initializer, "'system', which is no initializer"),
    Hostile("code in a call", "CVE-2024-3660", in_a_call, "the call of 'd' is a '__lambda__', which is code"),
    Hostile("vocabulary by path", "CVE-2025-12058", vocabulary, "StringLookup layer 'words', which may read",
            "keras vocabulary"),
    Hostile("TFSMLayer", "CVE-2026-1462", saved_model_layer, "TFSMLayer layer 'other', which loads another model",
            "keras tfsm"),
    Hostile("class of another program", "", subclass, "custom class 'Dense' of its author's program"),
    Hostile("TensorFlow's writer by name", "", keras2_function("io.write_file", contents="it ran"),
            "TFOpLambda layer 'f', which calls a function of TensorFlow"),
    Hostile("TensorFlow's Python by name", "", keras2_function("py_function", Tout="float32"),
            "TFOpLambda layer 'f', which calls a function of TensorFlow"),
    Hostile("code in the call of honest arithmetic", "CVE-2024-3660",
            keras2_function("math.multiply", y=lambda p: lambda_layer(p.marker)["config"]["function"]),
            "is a '__lambda__', which is code"),
    Hostile("honest arithmetic that fills the memory", "", keras2_function("tile", multiples=[1, 1 << 40]),
            "more than 16,777,216"),
    Hostile("a known layer under another's name", "", weighted_sum, "has the parameter 'merge'"),
    Hostile("layer name that leads out", "CVE-2026-12479", name_leads_out, "marker', which is no name"),
    Hostile("HDF5 external data", "CVE-2026-1669", with_weights("external.keras", external_data),
            "keeps its data in another file", "h5 layers/d/vars/0"),
    Hostile("HDF5 external link", "CVE-2026-1669", with_weights("link.keras", external_link), "'layers' is a link",
            "h5 layers/secret"),
    Hostile("HDF5 soft link", "", with_weights("soft.keras", soft_link), "'layers' is a link"),
    Hostile("HDF5 virtual dataset", "", with_weights("virtual.keras", virtual), "put together from other files",
            "h5 layers/d/vars/0"),
    Hostile("HDF5 object references", "", with_weights("refs.keras", references), "objects of type object"),
    Hostile("HDF5 groups without end", "", with_weights("deep-groups.keras", deep), "groups more than 64 deep"),
    Hostile("HDF5 compression bomb", "", with_weights("packed.keras", repeated),
            "declares 67,108,864 bytes and stores"),
    Hostile("HDF5 shape bomb", "CVE-2026-0897", h5_bomb, "declares 10,000,000,000,000,000 bytes and stores 0"),
    large("dense bomb", "Dense", units=1_000_000_000),
    large("embedding bomb", "Embedding", input_dim=1 << 40, output_dim=64),
    large("reshape bomb", "Reshape", target_shape=[1 << 40, 1]),
    large("upsampling bomb", "UpSampling1D", size=1 << 30),
    large("padding bomb", "ZeroPadding1D", padding=[1 << 31, 1 << 31]),
    large("transposed bomb", "Conv1DTranspose", filters=1, kernel_size=[3], strides=[1 << 33]),
    Hostile("zip whose members overlap", "", overlapping, "overlap inside the zip"),
    Hostile("zip bomb", "", zip_bomb, "as in a zip bomb"),
    Hostile("link in a zip", "", link_in_zip, "is a link, which is not followed"),
    Hostile("member twice in a zip", "", twice_in_zip, "holds 'config.json' twice"),
    Hostile("configuration without end", "", too_deep, "is damaged"),
    Hostile("dtype bomb", "", dtype_bomb, "is no dtype"),
    Hostile("ONNX external data", "CVE-2022-25882 CVE-2024-27318 CVE-2026-27489 CVE-2026-34446", onnx_external,
            "keeps weights in other files", "onnx"),
    Hostile("ONNX external data in a branch", "CVE-2024-27318", onnx_attribute, "keeps weights in other files"),
    Hostile("ONNX operation of a plugin", "", onnx_python, "'PythonOp' of org.pytorch.aten, which is not known"),
    Hostile("ONNX fill bomb", "", onnx_fill, "'ConstantOfShape' makes a tensor of 1,099,511,627,776"),
    Hostile("ONNX doubling bomb", "", onnx_doubling, "more than the 134,217,728"),
    Hostile("ONNX function bomb", "", onnx_functions, "when its functions are written out"),
    Hostile("ONNX tensor that is not there", "", onnx_empty, "and holds fewer"),
    *(Hostile(f"pickle as {name}", "", pickled(name, protocol), "a pickle.*torch.onnx.export", "pickle")
      for name, protocol in (("weights.pt", 2), ("weights.pkl", 4), ("model.joblib", 5), ("model.h5", 4),
                             ("old.bin", 0), ("older.h5", 1))),
    Hostile("pickle in a zip", "", pickled_in_zip, "a pickle.*torch.onnx.export"),
    Hostile("objects in an array", "", objects, "objects.npy: ", "numpy"),
)  # fmt: skip
