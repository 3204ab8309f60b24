"""SavedModels from strangers: their graphs are read without TensorFlow, and every operation is looked up, before
TensorFlow loads anything. Loading alone runs the initialisers that a SavedModel brings."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import BadInput, Refused
from core.extractors.graph_def import fields
from core.vetting.tensorflow_ops import ADMITTED, SAVERS

SAVER = re.compile(r"__inference_+traced_(save|restore)_\d+")
"""Functions that TensorFlow adds to write and read the variables; nothing in the model itself may call them."""
MAX_BYTES = 1 << 30
MAX_OPERATIONS = 200_000
DAMAGED = (IndexError, KeyError, ValueError, TypeError, struct.error, RecursionError)
REMEDY = "export the generator to ONNX"

Operation = tuple[str, tuple[str, ...]]
"""(op, functions that it names)."""


def check_saved_model(path: Path, name: str) -> list[str]:
    """The names of the signatures in the folder at `path`, sorted. Raises BadInput for no SavedModel, Refused for one
    whose graph holds an operation that is not on the list, by its name."""
    file = path / "saved_model.pb"
    if other := next((n for n in ("saved_model.cpb", "saved_model.pbtxt") if (path / n).exists()), None):
        raise Refused(f"{name}: holds a second graph ({other}), which TensorFlow may load instead; save it again.")
    if file.stat().st_size > MAX_BYTES:
        raise Refused(f"{name}: a graph of {file.stat().st_size:,} bytes; {REMEDY}.")
    try:
        graphs = [bytes(value) for field, value in fields(memoryview(file.read_bytes())) if field == 2]
        signatures = [signature for graph in graphs for signature in _check_graph(memoryview(graph), name)]
    except DAMAGED as error:
        raise BadInput(f"{name}: its saved_model.pb is damaged ({str(error)[:200]}); copy it again.") from error
    if not graphs:
        raise BadInput(f"{name}: its saved_model.pb holds no graph; copy it again.")
    return sorted(signatures)


def _check_graph(graph: memoryview, name: str) -> list[str]:
    parts: dict[int, list[Any]] = {}
    for field, value in fields(graph):
        parts.setdefault(field, []).append(value)
    if 7 not in parts:
        raise Refused(f"{name}: saved by TensorFlow 1, which runs its whole graph as it loads; {REMEDY}.")
    if 6 in parts:
        raise Refused(f"{name}: brings files beside its weights (assets); {REMEDY}.")
    functions = {k: list(v) for part in parts.get(2, []) for k, v in _functions(part)}
    callable_by_model = {str(entry, "utf-8") for part in parts[7] for entry in _concrete(part)}
    savers = {function for function in functions if SAVER.fullmatch(function)} - callable_by_model
    total = 0
    for function, operations in functions.items():
        total += len(operations)
        if total > MAX_OPERATIONS:
            raise Refused(f"{name}: has more than {MAX_OPERATIONS:,} operations; {REMEDY}.")
        _check_operations(operations, savers, function, name)
    return [str(dict(fields(entry))[1], "utf-8", "replace") for entry in parts.get(5, [])]


def _check_operations(operations: list[Operation], savers: set[str], function: str, name: str) -> None:
    extra = SAVERS if function in savers else frozenset[str]()
    for op, called in operations:  # op is never a function's name: TensorFlow 2 calls functions by an attribute
        if op not in ADMITTED and op not in extra:
            raise Refused(f"{name}: uses the operation {op[:80]}, which is not on the list of what may run; {REMEDY}.")
        if function and (reached := savers & {op, *called}):
            raise Refused(f"{name}: calls '{min(reached)[:80]}', which writes or reads files, as it runs; {REMEDY}.")


def _functions(graph: memoryview) -> Iterator[tuple[str, list[Operation]]]:
    """(name, operations) of every function of a GraphDef; the graph around them has the empty name."""
    yield "", [_operation(value) for field, value in fields(graph) if field == 1]
    for field, library in fields(graph):
        if field == 2:
            for kind, function in fields(library):
                if kind == 1:
                    yield _function(function)


def _function(function: memoryview) -> tuple[str, list[Operation]]:
    name, operations = "", []
    for field, value in fields(function):
        if field == 1:  # what is said twice counts as it was said last, as TensorFlow reads it
            name = next((str(v, "utf-8") for f, v in reversed(list(fields(value))) if f == 1), name)
        elif field == 3:
            operations.append(_operation(value))
    if not name:
        raise ValueError("a function without a name")
    return name, operations


def _operation(node: memoryview) -> Operation:
    op, called = "", []
    for field, value in fields(node):
        if field == 2:
            op = str(value, "utf-8")
        elif field == 5:
            called += [str(n, "utf-8") for f, attribute in fields(value) if f == 2 for n in _named(attribute)]
    return op, tuple(called)


def _named(attribute: memoryview) -> Iterator[memoryview]:
    """The functions that an attribute names: one, or a list of them."""
    for field, value in fields(attribute):
        if field == 10:
            yield from (v for f, v in fields(value) if f == 1)
        elif field == 1:
            yield from (v for f, one in fields(value) if f == 9 for g, v in fields(one) if g == 1)


def _concrete(objects: memoryview) -> Iterator[memoryview]:
    """Names of the functions that the model's objects offer to be called."""
    for field, entry in fields(objects):
        if field == 2:
            yield from (v for f, v in fields(entry) if f == 1)
