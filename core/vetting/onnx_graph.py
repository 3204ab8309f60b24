"""ONNX files from strangers: parsed, and their graph walked, before onnxruntime builds anything of it."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

from core.errors import BadInput, Refused
from core.vetting.limits import MAX_ACTIVATION, MAX_DEPTH, MAX_PARAMETERS, check_total
from core.vetting.words import shown, words

STANDARD = ("", "ai.onnx")
CONTRIB = words(
    "Attention BiasAdd BiasGelu BiasSplitGelu FastGelu FusedConv FusedGemm FusedMatMul Gelu GroupNorm "
    "LayerNormalization MultiHeadAttention NhwcMaxPool QuickGelu SimplifiedLayerNormalization SkipGroupNorm "
    "SkipLayerNormalization"
)
"""Operations of onnxruntime's own (com.microsoft) that optimised exports use: arithmetic only."""
SHAPED = {"ConstantOfShape": 0, "Expand": 1, "Reshape": 1, "RandomNormal": -1, "RandomUniform": -1}
"""Operations that a shape is given to: which input it is, -1 for an attribute."""
MAX_BYTES = 2 << 30
"""A protobuf cannot be longer."""
MAX_NODES = 200_000
"""Nodes when every function is written out where it is called."""
MAX_NESTING = 3
"""Loops inside loops."""
Function = tuple[str, str, str]
"""(domain, name, overload)."""
REMEDY = "export the generator alone as one file of standard operations"


def check_onnx(path: Path, name: str) -> None:
    """Raise BadInput for no ONNX file, Refused for one that keeps weights elsewhere, uses operations that are not
    known, or asks for more memory or nodes than is sensible. Reads the file, runs nothing."""
    import onnx

    if path.stat().st_size > MAX_BYTES:
        raise Refused(f"{name}: {path.stat().st_size:,} bytes are more than ONNX can hold in one file; {REMEDY}.")
    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:  # protobuf's errors share no base class but Exception
        said = str(error).split("\n")[0][:200]
        raise BadInput(f"{name}: no ONNX file, or cut short ({said}); export it again.") from error
    check_model(model, name)


def check_model(model: Any, name: str) -> None:
    """The same for a parsed model."""
    _Graphs(name, model).check()


class _Graphs:
    def __init__(self, file: str, model: Any) -> None:
        self.file, self.model = file, model
        self.functions = {(f.domain, f.name, f.overload): f for f in model.functions}
        self.written: dict[Function, int] = {}
        self.parameters = 0

    def refuse(self, what: str, remedy: str = REMEDY) -> Refused:
        return Refused(f"{self.file}: {what}; {remedy}.")

    def check(self) -> None:
        count = self.graph(self.model.graph, 0, ())
        if count > MAX_NODES:
            raise self.refuse(f"has {count:,} operations when its functions are written out, as in a bomb")
        check_total(self.file, "weights", self.parameters, MAX_PARAMETERS)
        self.shapes()

    def graph(self, graph: Any, nesting: int, inside: tuple[Function, ...]) -> int:
        """Checks the model's graph, or that of a loop; how many operations it has."""
        self.tensors(graph.initializer)
        self.sparse(graph.sparse_initializer)
        return self.nodes(graph.node, nesting, inside)

    def nodes(self, nodes: Any, nesting: int, inside: tuple[Function, ...]) -> int:
        """Checks the operations; how many there are with functions written out where they are called."""
        count = 0
        for node in nodes:
            count += 1 + self.operation(node, inside)
            for attribute in node.attribute:
                self.tensors([attribute.t, *attribute.tensors] if attribute.HasField("t") else attribute.tensors)
                self.sparse(_sparse(attribute))
                for graph in _graphs(attribute):
                    if nesting >= MAX_NESTING:
                        raise self.refuse(f"has loops more than {MAX_NESTING} deep")
                    count += self.graph(graph, nesting + 1, inside)
        return count

    def operation(self, node: Any, inside: tuple[Function, ...]) -> int:
        """Operations that stand behind this one: those of the function that it calls."""
        key = (node.domain, node.op_type, node.overload)
        if key in self.functions:
            if len(inside) > MAX_DEPTH:
                raise self.refuse(f"has functions that call one another more than {MAX_DEPTH} deep")
            if key in inside:
                raise self.refuse(f"its function '{shown(node.op_type)}' calls itself")
            if key not in self.written:
                self.written[key] = self.nodes(self.functions[key].node, 0, (*inside, key))
            return self.written[key]
        if node.domain not in STANDARD and not (node.domain == "com.microsoft" and node.op_type in CONTRIB):
            raise self.refuse(f"uses the operation '{shown(node.op_type)}' of {shown(node.domain)}, which is not known")
        return 0

    def sparse(self, tensors: Any) -> None:
        for one in tensors:
            self.tensors([one.values, one.indices])

    def tensors(self, tensors: Any) -> None:
        from onnx import TensorProto

        for tensor in tensors:
            if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
                raise self.refuse("keeps weights in other files", "save it as one (onnx.save without external data)")
            count = prod(tensor.dims) if all(d >= 0 for d in tensor.dims) else -1
            if count < 0 or count > 2 * _held(tensor):  # two numbers of 4 bits share a byte
                raise self.refuse(f"'{shown(tensor.name)}' declares {list(tensor.dims)} numbers and holds fewer")
            self.parameters += count

    def shapes(self) -> None:
        """The sizes of all tensors as far as they can be told without running anything."""
        import onnx

        self.constants()
        try:
            found = onnx.shape_inference.infer_shapes(self.model, data_prop=True).graph
        except Exception:  # what cannot be inferred is still run behind limits on memory
            return
        for value in (*found.value_info, *found.output, *found.input):
            dims = value.type.tensor_type.shape.dim
            most = prod(d.dim_value for d in dims if d.dim_value > 0)
            check_total(self.file, f"the tensor '{shown(value.name)}'", most, MAX_ACTIVATION)

    def constants(self) -> None:
        """Shapes that are written in the file, wherever they stand."""
        from onnx import numpy_helper

        held = {t.name: t for t in self.model.graph.initializer}
        held |= {n.output[0]: a.t for n in _every(self.model.graph.node) if n.op_type == "Constant" and n.output
                 for a in n.attribute if a.name == "value"}  # fmt: skip
        for node in _every(self.model.graph.node):
            at = SHAPED.get(node.op_type)
            dims: list[int] = []
            if at == -1:
                dims = [int(d) for a in node.attribute if a.name == "shape" for d in a.ints]
            elif at is not None and len(node.input) > at and node.input[at] in held:
                tensor = held[node.input[at]]
                dims = [int(d) for d in numpy_helper.to_array(tensor).ravel()[:64]] if tensor.data_type == 7 else []
            most = prod(d for d in dims if d > 0)
            check_total(self.file, f"'{node.op_type}' makes a tensor", most, MAX_ACTIVATION)


def _sparse(attribute: Any) -> list[Any]:
    """By what is there: an attribute may lie about its type."""
    return [*([attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else []), *attribute.sparse_tensors]


def _graphs(attribute: Any) -> list[Any]:
    return [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def _every(nodes: Any) -> Iterator[Any]:
    for node in nodes:
        yield node
        for attribute in node.attribute:
            for graph in _graphs(attribute):
                yield from _every(graph.node)


def _held(tensor: Any) -> int:
    """Numbers that the file really brings: at least a byte each."""
    listed = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")
    return len(tensor.raw_data) + sum(len(getattr(tensor, name)) for name in listed)
