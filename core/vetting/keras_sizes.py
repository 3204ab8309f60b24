"""How large a Keras model would be, found by building it without a single weight: no limit is a wall if finding out
already needs the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

from core.vetting.limits import MAX_ACTIVATION, MAX_PARAMETERS, check_total

ATTENTION = ("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention", "DotProductAttention")


def check_sizes(build: Callable[[], Any], name: str) -> None:
    """`build` gives the Keras model; it is called where variables have shapes and no values. Raises Refused for more
    weights than MAX_PARAMETERS, or for a layer that gives more than MAX_ACTIVATION numbers a picture."""
    import keras

    try:
        with keras.StatelessScope(initialize_variables=False):
            model = build()
            check_total(name, "weights", sum(prod(w.shape) for w in model.weights), MAX_PARAMETERS)
            for operation, most in _largest(model):
                check_total(name, f"the layer '{operation}' gives pictures", most, MAX_ACTIVATION)
    finally:
        _forget()


def _forget() -> None:
    """Keras notes variables without values, to fill them later; these never are to be filled."""
    from keras.src.backend.common import global_state

    global_state.set_global_attribute("uninitialized_variables", [])


def _largest(model: Any) -> Iterator[tuple[str, int]]:
    """(name, numbers in its largest output for one picture) of every operation, nested models included."""
    for operation in getattr(model, "_operations", model.layers):
        for node in operation._inbound_nodes:
            yield operation.name, max((_numbers(t) for t in node.output_tensors), default=0)
            if type(operation).__name__ in ATTENTION:
                yield operation.name, _scores(operation, node.input_tensors)
        if getattr(operation, "layers", None):
            yield from _largest(operation)


def _numbers(tensor: Any) -> int:
    return prod(int(size) for size in tensor.shape if size is not None)


def _scores(operation: Any, tensors: list[Any]) -> int:
    """Attention compares every place with every other: a matrix that no output shows."""
    lengths = [prod(int(s) for s in t.shape[1:-1] if s is not None) for t in tensors if len(t.shape) > 2]
    heads = int(getattr(operation, "num_heads", None) or getattr(operation, "num_query_heads", None) or 1)
    return max(lengths, default=0) ** 2 * heads
