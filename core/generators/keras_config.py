"""Reads the configurations that older Keras versions wrote as Keras 3 wants them."""

from __future__ import annotations

from typing import Any

from core.generators.old_layers import renamed

GONE = {
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), ("groups",)),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), ("groups",)),
    **dict.fromkeys(
        ("SeparableConv1D", "SeparableConv2D"),
        ("groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"),
    ),
    "MultiHeadAttention": ("query_shape", "key_shape", "value_shape"),
    "Attention": ("causal",),
    "AdditiveAttention": ("causal",),
    "BatchNormalization": ("renorm", "fused", "renorm_clipping", "renorm_momentum", "virtual_batch_size", "adjustment"),
    "InputLayer": ("ragged", "sparse"),
    "Embedding": ("input_length",),
    "LSTM": ("implementation", "time_major"),
    "GRU": ("implementation", "time_major"),
    "SimpleRNN": ("implementation", "time_major"),
    **dict.fromkeys(("LSTMCell", "GRUCell", "SimpleRNNCell"), ("implementation",)),
}
RENAMED = {"Model": "Functional", "GroupedQueryAttention": "GroupQueryAttention"}


def modernise(layer: dict[str, Any]) -> dict[str, Any]:
    """A copy of {"class_name", "config", ...} of a model or layer as Keras 3 reads it."""
    layer = renamed(layer)
    kind, config = layer.get("class_name"), layer.get("config")
    if kind == "Sequential" and isinstance(config, list):  # Keras 2.1 wrote the bare list
        config = {"name": layer.get("name", "sequential"), "layers": config}
    if not isinstance(config, dict):
        return layer
    config = {k: v for k, v in config.items() if k not in GONE.get(str(kind), ())}
    if kind == "LeakyReLU" and "alpha" in config:
        config["negative_slope"] = config.pop("alpha")
    if kind == "BatchNormalization" and isinstance(config.get("axis"), list):
        config["axis"] = config["axis"][0]
    if kind == "InputLayer" and "batch_input_shape" in config:
        config["batch_shape"] = config.pop("batch_input_shape")
    if "layers" in config:
        config["layers"] = _layers(str(kind), config["layers"])
        for ends in ("input_layers", "output_layers"):
            if ends in config and kind != "Sequential":
                config[ends] = _first_nodes(config[ends])
    for inner in ("layer", "backward_layer"):  # of Bidirectional and its like
        if isinstance(config.get(inner), dict):
            config[inner] = modernise(config[inner])
            if isinstance(config[inner].get("config"), dict):
                config[inner]["config"].pop("batch_input_shape", None)
    return {**layer, "class_name": RENAMED.get(str(kind), kind), "config": config}


def _layers(kind: str, layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    out = []
    for i, layer in enumerate(layers):
        shape = layer["config"].pop("batch_input_shape", None) if isinstance(layer["config"], dict) else None
        if layer["class_name"] == "InputLayer" and shape is not None:
            layer["config"]["batch_shape"] = shape
        elif shape is not None and i == 0 and kind == "Sequential":
            out.append({"class_name": "InputLayer", "config": {"batch_shape": shape, "name": "latent"}})
        new = modernise(layer)
        if "inbound_nodes" in new and new["class_name"] in ("Sequential", "Functional"):
            new["inbound_nodes"] = new["inbound_nodes"][-1:]  # older calls belong to the author's other models
        if isinstance(new.get("inbound_nodes"), list):
            new["inbound_nodes"] = _first_nodes(new["inbound_nodes"])
        out.append(new)
    return out


def _first_nodes(nodes: Any) -> Any:
    """[layer, 1, 0, ...] -> [layer, 0, 0, ...]: only the one call that was saved exists in the rebuilt model."""
    if isinstance(nodes, list) and len(nodes) >= 3 and isinstance(nodes[0], str) and isinstance(nodes[1], int):
        return [nodes[0], 0, *nodes[2:]]
    return [_first_nodes(n) for n in nodes] if isinstance(nodes, list) else nodes
