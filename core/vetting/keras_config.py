"""The configuration of a Keras model, admitted piece by piece: what comes out is all that Keras will see of it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from core.errors import BadInput, Refused
from core.vetting import admitted
from core.vetting.limits import MAX_CONFIG_BYTES, MAX_DEPTH, MAX_LAYERS, MAX_SIZE
from core.vetting.words import shown, words

Json = dict[str, Any]
PARTS = ("layer", "backward_layer", "cell", "forward_layer")
"""Parameters that hold a layer."""
UNLIMITED = ("seed", "value", "mask_value", "fill_value", "mean", "variance", "shared_object_id", "max_value")
MAX_TEXT = 1000
REMEDY = "export the generator to ONNX"


def parsed(raw: str | bytes, name: str) -> Json:
    """The JSON object in `raw`. Raises BadInput for what is none, Refused for more than MAX_CONFIG_BYTES."""
    if len(raw) > MAX_CONFIG_BYTES:
        raise Refused(f"{name}: its model configuration is {len(raw):,} bytes long; {REMEDY}.")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        said = "too deep" if isinstance(error, RecursionError) else str(error).split("\n")[0][:200]
        raise BadInput(f"{name}: its model configuration is damaged ({said}); save it again.") from error
    if not isinstance(found, dict):
        raise BadInput(f"{name}: its model configuration is damaged (no object); save it again.")
    return found


def vetted(config: Json, name: str, registered: Mapping[str, frozenset[str]] | None = None) -> Json:
    """A copy of a model's configuration, as Keras 3 reads it, with nothing in it but what the lists of `admitted` and
    `registered` ({class: its parameters}: layers that the project knows of old files) name. What trained the model
    (compile_config) is left out. Raises Refused, naming the layer and what to export instead."""
    return _Vetting(name, registered or {}).model(config, 0)


class _Vetting:
    def __init__(self, file: str, registered: Mapping[str, frozenset[str]]) -> None:
        self.file, self.registered = file, registered
        self.layers = 0

    def refuse(self, what: str, remedy: str = REMEDY) -> Refused:
        return Refused(f"{self.file}: {what}; {remedy}.")

    def model(self, given: Any, depth: int) -> Json:
        kind, config = _class(given), given.get("config") if isinstance(given, dict) else None
        if kind in admitted.MODELS and isinstance(config, dict):
            return self.layer(given, depth)
        if kind and kind not in admitted.CODE and kind not in admitted.LAYERS:
            raise self.custom(kind)
        raise self.refuse(f"its outermost object is a {shown(kind)}, not a model", "save the whole model")

    def custom(self, kind: str) -> Refused:
        return self.refuse(
            f"needs the custom class '{shown(kind)}' of its author's program",
            "export the decoder or generator alone as a plain Keras model, or to ONNX",
        )

    def layer(self, given: Any, depth: int) -> Json:
        """A layer, a model or an operation, with where it stands in the graph."""
        self.layers += 1
        if depth > MAX_DEPTH or self.layers > MAX_LAYERS:
            raise self.refuse(f"has more than {MAX_LAYERS:,} layers, or layers more than {MAX_DEPTH} deep")
        config = given.get("config") if isinstance(given, dict) else None
        if not isinstance(config, dict) or "class_name" in config:
            raise self.refuse("has a layer without a configuration", "save it again")
        kind = _class(given)
        if not kind:
            raise self.refuse("has a layer without a class", "save it again")
        found: Json = {"class_name": kind, "config": self.parameters(kind, given, depth)}
        label = self.label(given["config"]) or kind
        found["module"] = self.module(kind, given)
        found["registered_name"] = _registered_name(kind, found["module"], self.registered)
        if isinstance(given.get("build_config"), dict):
            shapes = {k: v for k, v in given["build_config"].items() if "shape" in k}
            found["build_config"] = self.plain(shapes, f"build_config of '{label}'", depth)
        if "inbound_nodes" in given:
            found["inbound_nodes"] = self.plain(given["inbound_nodes"], f"the call of '{label}'", depth)
        if "name" in given:
            found["name"] = self.plain(given["name"], "name", depth)
        if isinstance(given.get("shared_object_id"), int):
            found["shared_object_id"] = given["shared_object_id"]
        return found

    def module(self, kind: str, given: Json) -> str | None:
        if kind in admitted.MODELS:
            return "keras.src.models.functional" if kind == "Functional" else "keras"
        if kind in self.registered:
            return None
        if kind in admitted.INSIDE:
            return admitted.INSIDE[kind][0]
        return str(given["module"]) if self.is_operation(kind, given) else "keras.layers"

    def is_operation(self, kind: str, given: Json) -> bool:
        module = given.get("module")
        return isinstance(module, str) and kind in admitted.OPERATIONS.get(module, ())

    def parameters(self, kind: str, given: Json, depth: int) -> Json:
        config, module, registered = given["config"], given.get("module"), given.get("registered_name")
        label = f"{kind} layer '{self.label(config)}'" if self.label(config) else f"{kind} layer"
        if kind in self.registered:
            known = self.registered[kind] | admitted.ANY
        elif self.is_operation(kind, given):
            return {k: self.parameter(label, k, v, depth) for k, v in config.items()}
        elif kind in admitted.CODE:
            raise self.refuse(f"holds a {label}, which {admitted.CODE[kind]}")
        elif not _of_keras(module) or registered not in (None, kind):
            raise self.custom(kind)
        elif kind in admitted.MODELS:
            known = words(admitted.MODELS[kind])
        elif kind in admitted.INSIDE:
            known = words(admitted.INSIDE[kind][1]) | admitted.ANY
        elif kind in admitted.LAYERS:
            known = admitted.LAYERS[kind] | admitted.ANY
        elif isinstance(module, str) and module.startswith("keras.src.ops"):
            raise self.refuse(f"uses the operation '{shown(kind)}' of {shown(module)}, which is not on the list here")
        elif isinstance(module, str):
            raise self.refuse(f"uses '{shown(kind)}' of {shown(module)}, which is not on the list of layers here")
        else:
            raise self.custom(kind)
        if unknown := [k for k in config if k not in known]:
            raise self.refuse(f"its {label} has the parameter '{shown(unknown[0])}', which no such layer of Keras has")
        return {k: self.parameter(label, k, v, depth) for k, v in config.items()}

    def label(self, config: Json) -> str:
        return shown(config.get("name")) if isinstance(config.get("name"), str) else ""

    def parameter(self, label: str, key: str, value: Any, depth: int) -> Any:
        where = f"'{shown(key)}' of its {label}"
        if value is None:
            return None
        if key == "layers" or (key == "cells" and isinstance(value, list)):
            if not isinstance(value, list):
                raise self.refuse(f"{where} is no list", "save it again")
            return [self.layer(one, depth + 1) for one in value]
        if key in PARTS:
            return self.layer(value, depth + 1)
        if key == "activation" or key.endswith("_activation"):
            return self.activation(value, where, depth)
        for kind in admitted.KINDS:
            if key.endswith(kind):
                return self.named(kind, value, where, depth)
        if key == "dtype":
            return self.dtype(value, where, depth)
        if key in ("weights", "quantization_config"):
            raise self.refuse(f"{where} is set", "save the model unquantised")
        return self.plain(value, where, depth, key)

    def activation(self, value: Any, where: str, depth: int) -> Any:
        if isinstance(value, str):
            if value in admitted.ACTIVATIONS:
                return value
            raise self.refuse(f"{where} is the function '{shown(value)}', which is no activation of Keras")
        if isinstance(value, dict) and value.get("class_name") == "function":
            function = value.get("config")
            if isinstance(function, str) and function in admitted.ACTIVATIONS and _of_keras(value.get("module")):
                return function
            raise self.refuse(f"{where} is the function '{shown(function)}', which is no activation of Keras")
        return self.layer(value, depth + 1)

    def named(self, kind: str, value: Any, where: str, depth: int) -> Any:
        """An initializer, a regularizer or a constraint: by name, or by class and plain numbers."""
        if isinstance(value, str):
            if value in admitted.NAMED[kind]:
                return value
            raise self.refuse(f"{where} is '{shown(value)}', which is no {kind} of Keras")
        chosen, inner = _class(value), value.get("config") if isinstance(value, dict) else None
        ours = _of_keras(value.get("module")) if chosen else False
        if ours and chosen == "function" and isinstance(inner, str) and inner in admitted.NAMED[kind]:
            return inner
        if not ours or chosen not in admitted.KINDS[kind] or not isinstance(inner, dict) or "class_name" in inner:
            raise self.refuse(f"{where} is '{shown(chosen)}', which is no {kind} of Keras")
        plain = {k: self.dtype(v, where, depth) if k == "dtype" else self.plain(v, where, depth, k)
                 for k, v in inner.items()}  # fmt: skip
        found = {"class_name": chosen, "config": plain}
        return found | ({"module": f"keras.{kind}s", "registered_name": None} if "module" in value else {})

    def dtype(self, value: Any, where: str, depth: int) -> Any:
        """A dtype or a policy by its name."""
        if isinstance(value, dict):
            inner = value.get("config")
            if _class(value) not in admitted.POLICIES or not isinstance(inner, dict):
                raise self.refuse(f"{where} is a '{shown(value.get('class_name'))}'", "save the model unquantised")
            value = inner.get("name")
        if not isinstance(value, str) or value not in admitted.DTYPES:
            raise self.refuse(f"{where} is no dtype", "save the model unquantised")
        return value

    def plain(self, value: Any, where: str, depth: int, key: str = "") -> Any:
        """Numbers, short texts, lists and dictionaries of them, and references to tensors of the graph."""
        if depth > MAX_DEPTH:
            raise self.refuse(f"{where} lies more than {MAX_DEPTH} deep")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, (int, float)):
            return self.number(value, where, key)
        if isinstance(value, str):
            return self.dtype(value, where, depth) if key == "dtype" else self.text(value, where, key)
        if isinstance(value, list):
            return [self.plain(one, where, depth + 1, key) for one in value]
        if "class_name" not in value:
            return {k: self.plain(v, where, depth + 1, k) for k, v in value.items()}
        kind, inner = _class(value), value.get("config", {})
        if kind in admitted.POLICIES:
            return self.dtype(value, where, depth)
        if kind not in admitted.VALUES:
            why = admitted.CODE.get(kind, "is not on the list of values here")
            raise self.refuse(f"{where} is a '{shown(kind)}', which {why}")
        if kind == "__ellipsis__":
            return {"class_name": kind, "config": {}}
        if kind == "__tuple__":
            return {"class_name": kind, "items": self.plain(value.get("items", []), where, depth + 1)}
        if not isinstance(inner, dict) or not set(inner) <= set(admitted.VALUES[kind].split()):
            raise self.refuse(f"{where} holds a damaged {kind}", "save it again")
        return {"class_name": kind, "config": self.plain(inner, where, depth + 1, "value")}

    def number(self, value: int | float, where: str, key: str) -> int | float:
        free = key in UNLIMITED or isinstance(value, float)
        if not free and abs(value) > MAX_SIZE:
            raise self.refuse(f"{where} says {value:,}, more than {MAX_SIZE:,}", "check that size in the model")
        if isinstance(value, float) and not math.isfinite(value):
            raise self.refuse(f"{where} is no number", "save it again")
        return value

    def text(self, value: str, where: str, key: str) -> str:
        leads_out = key == "name" and (value.startswith(("/", "\\")) or ".." in PurePosixPath(value).parts)
        if len(value) > MAX_TEXT or "\0" in value or "://" in value or leads_out:
            raise self.refuse(f"{where} is '{shown(value)}', which is no name of a layer or choice", "save it again")
        return value


def _class(given: Any) -> str:
    """The name of the class; empty where there is none, or what is there is no name."""
    kind = given.get("class_name") if isinstance(given, dict) else None
    return kind if isinstance(kind, str) else ""


def _of_keras(module: Any) -> bool:
    return module is None or (
        isinstance(module, str)
        and (module == "builtins" or module.split(".")[0] in ("keras", "tf_keras") or module.startswith("tensorflow."))
    )


def _registered_name(kind: str, module: str | None, registered: Mapping[str, frozenset[str]]) -> str | None:
    return kind if kind in registered or (module or "").startswith("keras.src.ops") else None
