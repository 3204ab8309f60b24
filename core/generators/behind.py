"""What a walled process does with a generator: one is opened, and asked for pictures. Likewise with an encoder.
Nothing else calls this."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.generators.encoder import Encoder
from core.generators.keras_files import KerasGenerator
from core.generators.opening import opened
from core.generators.spec import Generator, GeneratorSpec
from core.generators.wrapped import exported, scaled, with_table

Answer = tuple[dict[str, Any], list[NDArray[Any]]]
_one: list[Generator] = []
_encoder: list[Encoder] = []


def load(given: dict[str, Any], arrays: list[NDArray[Any]]) -> Answer:
    architecture = Path(given["architecture"]) if given["architecture"] else None
    generator = opened(
        Path(given["path"]), given["kind"], given["overrides"], architecture, given["allow_saved_model"],
        given["faster"], *arrays,
    )  # fmt: skip
    _one.append(generator)
    return {"spec": generator.spec.as_json(), "network": getattr(generator, "network", "")}, []


def load_encoder(given: dict[str, Any], _arrays: list[NDArray[Any]]) -> Answer:
    sizes = (given[name] for name in ("height", "width", "channels", "size"))
    encoder = Encoder(Path(given["path"]), given["kind"], *sizes)
    _encoder.append(encoder)
    return {"layout": encoder.layout, "note": encoder.latent.note}, []


def encode(_given: dict[str, Any], arrays: list[NDArray[Any]]) -> Answer:
    return {}, [_encoder[0].latents(*arrays)]


def wrap(given: dict[str, Any], arrays: list[NDArray[Any]]) -> Answer:
    path, spec = Path(given["path"]), GeneratorSpec.from_json(given["spec"])
    content = path.read_bytes() if given["kind"] == "onnx" else exported(path, spec.output)
    out = scaled(content, spec, given["psi"]) if "psi" in given else with_table(content, spec, *arrays)
    return {}, [np.frombuffer(out, np.uint8)]


def measure(_given: dict[str, Any], _arrays: list[NDArray[Any]]) -> Answer:
    assert isinstance(_one[0], KerasGenerator)
    return {"measured": [asdict(row) for row in _one[0].measure()]}, []


def run_by(given: dict[str, Any], _arrays: list[NDArray[Any]]) -> Answer:
    generator = _one[0]
    assert isinstance(generator, KerasGenerator)
    note = generator.run_by(given["name"])
    return {"note": note, "spec": generator.spec.as_json()}, []


def raw(_given: dict[str, Any], arrays: list[NDArray[Any]]) -> Answer:
    return {}, [np.asarray(_one[0].raw(*arrays))]


def floats(_given: dict[str, Any], arrays: list[NDArray[Any]]) -> Answer:
    return {}, [_one[0].floats(*arrays)]
