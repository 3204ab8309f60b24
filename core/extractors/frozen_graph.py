"""Rewrites a frozen TensorFlow 1 image network as ONNX, once: onnxruntime runs it without importing TensorFlow, which
for its part no longer can (BatchNormWithGlobalNormalization left TensorFlow 2).

It knows the operations of the networks of 2015, no more. Pictures are kept as planes (N, C, H, W) inside, which is how
ONNX wants them; an axis of TensorFlow's (N, H, W, C) is moved accordingly.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.extractors.graph_def import Node

PADDING = {b"SAME": "SAME_UPPER", b"VALID": "VALID"}
PLANES = {0: 0, 1: 2, 2: 3, 3: 1}
"""Where an axis of (N, H, W, C) is in (N, C, H, W)."""
PASSED = ("Identity", "CheckNumerics", "StopGradient")
ELEMENTWISE = {"Sub": "Sub", "Mul": "Mul", "Add": "Add", "AddV2": "Add", "BiasAdd": "Add"}


def to_onnx(nodes: dict[str, Node], start: str, outputs: dict[str, str]) -> bytes:
    """The part of a graph from the node `start`, whose output becomes the input 'pictures' (N, C, H, W) float32, to the
    nodes in `outputs` ({node: name of the output}), as a serialised ONNX model. Pictures at the end become rows (N, D).
    Raises BadInput for operations it does not know."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    writer = _Writer(nodes, start)
    for name in _order(nodes, start, outputs):
        writer.add(nodes[name])
    for name, output in outputs.items():
        kind = "Flatten" if writer.names[name] in writer.planes else "Identity"
        writer.node(kind, [writer.names[name]], output)
    graph = helper.make_graph(
        writer.made, "frozen-graph",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", "c", "h", "w"])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", "d"]) for output in outputs.values()],
        [numpy_helper.from_array(value, name) for name, value in writer.constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def constant(nodes: dict[str, Node], name: str) -> NDArray[Any]:
    """The array behind a name, through nodes that only pass it on. Raises BadInput when there is none."""
    node = nodes.get(name)
    while node is not None and node.op in PASSED:
        node = nodes.get(_source(node.inputs[0]))
    value = node.attributes.get("value") if node is not None and node.op == "Const" else None
    if value is None:
        raise BadInput(f"The graph has no constant '{name}'; it is not the network that is expected.")
    return np.asarray(value)


def _source(text: str) -> str:
    return text.partition(":")[0]


def _order(nodes: dict[str, Node], start: str, outputs: dict[str, str]) -> list[str]:
    """The nodes that the outputs need, each after those it needs itself; nothing before `start`."""
    missing = [name for name in (start, *outputs) if name not in nodes]
    if missing:
        raise BadInput(f"The graph has no node '{missing[0]}'; it is not the network that is expected.")
    needs: dict[str, list[str]] = {start: []}
    todo = list(outputs)
    while todo:
        name = todo.pop()
        if name not in needs:
            if name not in nodes:
                raise BadInput(f"The graph has no node '{name}', which it needs; it may be cut short.")
            needs[name] = [_source(i) for i in nodes[name].inputs]
            todo += needs[name]
    try:
        return [name for name in TopologicalSorter(needs).static_order() if name != start]
    except CycleError as error:
        raise BadInput("The graph runs in a circle; it is not the network that is expected.") from error


class _Writer:
    """ONNX nodes and constants, one TensorFlow node after the other."""

    def __init__(self, nodes: dict[str, Node], start: str) -> None:
        self.nodes = nodes
        self.made: list[Any] = []
        self.constants: dict[str, NDArray[Any]] = {}
        self.names = {start: "pictures"}
        """TensorFlow's name -> ours."""
        self.planes = {"pictures"}
        """Those of our names that are (N, C, H, W)."""

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.made.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants[name] = np.ascontiguousarray(value)
        return name

    def add(self, node: Node) -> None:
        """Raises BadInput for an operation that is not known."""
        if node.op == "Const":  # written by the operation that takes it, in the order of axes that it wants
            return
        inputs = [_source(i) for i in node.inputs]
        if node.op in PASSED:
            if inputs[0] in self.names:
                self.names[node.name] = self.names[inputs[0]]
            return
        write = getattr(self, f"_{node.op.lower()}", self._elementwise if node.op in ELEMENTWISE else None)
        if write is None:
            raise BadInput(f"The graph holds the operation {node.op}, which is not known; it is another network.")
        made = write(node, inputs)
        self.names[node.name] = made
        first = next(i for i in inputs if i in self.names)
        if self.names[first] in self.planes and node.op != "Reshape":
            self.planes.add(made)

    def _window(self, node: Node) -> dict[str, Any]:
        found = {"strides": list(node.attributes["strides"][1:3]), "auto_pad": PADDING[node.attributes["padding"]]}
        if node.attributes.get("data_format", b"NHWC") != b"NHWC":
            raise BadInput(f"The graph's {node.name} is not in TensorFlow's order of axes; it is another network.")
        return found

    def _conv2d(self, node: Node, inputs: list[str]) -> str:
        kernel = constant(self.nodes, inputs[1]).transpose(3, 2, 0, 1)
        weights = self.constant(f"{node.name}.weights", kernel)
        shape = list(kernel.shape[2:])
        return self.node("Conv", [self.names[inputs[0]], weights], node.name, kernel_shape=shape, **self._window(node))

    def _batchnormwithglobalnormalization(self, node: Node, inputs: list[str]) -> str:
        """Inputs: pictures, mean, variance, beta, gamma; gamma counts only where the node says so."""
        mean, variance, beta, gamma = (constant(self.nodes, i) for i in inputs[1:5])
        scale = gamma if node.attributes.get("scale_after_normalization") else np.ones_like(gamma)
        parts = [
            self.constant(f"{node.name}.{what}", value)
            for what, value in (("scale", scale), ("beta", beta), ("mean", mean), ("variance", variance))
        ]
        epsilon = float(node.attributes["variance_epsilon"])
        return self.node("BatchNormalization", [self.names[inputs[0]], *parts], node.name, epsilon=epsilon)

    def _maxpool(self, node: Node, inputs: list[str]) -> str:
        return self._pool("MaxPool", node, inputs)

    def _avgpool(self, node: Node, inputs: list[str]) -> str:
        """TensorFlow's mean leaves the padding out, as ONNX's does unless told otherwise."""
        return self._pool("AveragePool", node, inputs)

    def _pool(self, kind: str, node: Node, inputs: list[str]) -> str:
        shape = list(node.attributes["ksize"][1:3])
        return self.node(kind, [self.names[inputs[0]]], node.name, kernel_shape=shape, **self._window(node))

    def _concat(self, node: Node, inputs: list[str]) -> str:
        return self._joined(node, inputs[0], inputs[1:])

    def _concatv2(self, node: Node, inputs: list[str]) -> str:
        return self._joined(node, inputs[-1], inputs[:-1])

    def _joined(self, node: Node, axis: str, parts: list[str]) -> str:
        names = [self.names[part] for part in parts]
        along = int(constant(self.nodes, axis))
        return self.node("Concat", names, node.name, axis=PLANES[along % 4] if names[0] in self.planes else along)

    def _relu(self, node: Node, inputs: list[str]) -> str:
        return self.node("Relu", [self.names[inputs[0]]], node.name)

    def _softmax(self, node: Node, inputs: list[str]) -> str:
        return self.node("Softmax", [self.names[inputs[0]]], node.name, axis=-1)

    def _matmul(self, node: Node, inputs: list[str]) -> str:
        weights = constant(self.nodes, inputs[1])
        turned = weights.T if node.attributes.get("transpose_b") else weights
        return self.node("MatMul", [self.names[inputs[0]], self.constant(f"{node.name}.weights", turned)], node.name)

    def _reshape(self, node: Node, inputs: list[str]) -> str:
        """The graph was frozen for one picture; here the first size stays that of the batch."""
        picture = self.names[inputs[0]]
        if picture in self.planes:
            picture = self.node("Transpose", [picture], f"{node.name}.turned", perm=[0, 2, 3, 1])
        shape = constant(self.nodes, inputs[1]).astype(np.int64).copy()
        shape[0] = -1
        return self.node("Reshape", [picture, self.constant(f"{node.name}.shape", shape)], node.name)

    def _elementwise(self, node: Node, inputs: list[str]) -> str:
        a, b = (
            self.names.get(i) or self.constant(f"{node.name}.{place}", self._broadcast(i, inputs))
            for place, i in enumerate(inputs)
        )
        return self.node(ELEMENTWISE[node.op], [a, b], node.name)

    def _broadcast(self, name: str, inputs: list[str]) -> NDArray[Any]:
        """A constant beside pictures: one number, or one for each channel."""
        value = constant(self.nodes, name)
        beside = next(self.names[i] for i in inputs if i in self.names)
        return value.reshape(-1, 1, 1) if beside in self.planes and value.ndim == 1 else value
