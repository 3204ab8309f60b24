"""Architectures by name, which files of weights alone are loaded into: ours, and those that packages bring."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from core.errors import BadInput, NotFound
from core.keys import key
from core.vetting.words import first_line
from core.workspace import Workspace

GROUP = "proofsheet.architectures"
"""Entry points of packages: functions of whole numbers, by name, that give a Keras generator."""
VERSION = 1
"""Raise it when one of our architectures is built otherwise."""
DEFAULTS = {"size": 28, "channels": 1, "latent": 100}
LIMITS = {"size": (4, 1024), "channels": (1, 3), "latent": (1, 65_536)}
NAMED = re.compile(
    r"(?P<name>[A-Za-z][\w.-]{0,79})(?::(?P<settings>[a-z_]\w*=\d{1,9}(?:,[a-z_]\w*=\d{1,9})*))?(?:@.*)?"
)


@dataclass(frozen=True)
class Named:
    """An architecture with its settings. `text` says all that decides it: it is part of the key of its pictures."""

    name: str
    settings: dict[str, int]
    version: str

    @property
    def text(self) -> str:
        settings = ",".join(f"{name}={value}" for name, value in sorted(self.settings.items()))
        return f"{self.name}:{settings}@{self.version}" if settings else f"{self.name}@{self.version}"


def ours() -> dict[str, Any]:
    from core.training import models  # it trains checkpoints, which name architectures

    return {one.name: one for one in models.ARCHITECTURES}


def names() -> list[str]:
    """Ours first, then what packages bring."""
    own = ours()
    return [*own, *sorted(_brought().keys() - own.keys())]


@cache
def _brought() -> dict[str, EntryPoint]:
    """Looked for once in a process, as extractors are."""
    return {point.name: point for point in entry_points(group=GROUP)}


def read(text: str) -> Named | None:
    """'dcgan:size=28,channels=1,latent=100' as what it names; None when its name is of no architecture. Raises BadInput
    for settings that cannot be."""
    match = NAMED.fullmatch(text.strip())
    if match is None or match["name"] not in names():
        return None
    pairs = (one.split("=") for one in (match["settings"] or "").split(",") if one)
    settings = {name: int(value) for name, value in pairs}
    if match["name"] in ours():
        return Named(match["name"], _checked(match["name"], settings), str(VERSION))
    point = _brought()[match["name"]]
    package = point.dist
    return Named(match["name"], settings, f"{package.name} {package.version}" if package else point.value)


def _checked(name: str, settings: dict[str, int]) -> dict[str, int]:
    unknown = sorted(settings.keys() - DEFAULTS.keys())
    if unknown:
        raise BadInput(f"'{unknown[0]}' is no setting of the architecture {name}; there are: {', '.join(DEFAULTS)}.")
    whole = {**DEFAULTS, **settings}
    for setting, (low, high) in LIMITS.items():
        if not low <= whole[setting] <= high or (setting == "channels" and whole[setting] == 2):
            raise BadInput(f"{name}: {setting}={whole[setting]} cannot be; give {low:,} to {high:,}.")
    multiple = getattr(ours()[name], "multiple", 4)
    if whole["size"] % multiple:
        raise BadInput(f"{name}: size={whole['size']} cannot be; give a multiple of {multiple}.")
    return whole


def file_of(workspace: Workspace, text: str) -> Path:
    """The architecture as a `.keras` file with weights that mean nothing, built once. Imports TensorFlow, and the
    package that brings the architecture: the worker and the command line only. Raises NotFound for an unknown one,
    BadInput for one that cannot be built."""
    found = read(text)
    if found is None:
        raise NotFound(f"There is no architecture '{text}'; there are: {', '.join(names())}.")
    path = workspace.models / f"architecture-{key('architecture', found.text)[:32]}.keras"
    if not path.exists():
        model = _built(found)
        handle, part = tempfile.mkstemp(dir=workspace.models, suffix=".keras")
        os.close(handle)
        try:
            model.save(part)
            Path(part).replace(path)
        finally:
            Path(part).unlink(missing_ok=True)
    return path


def _built(found: Named) -> Any:
    own = ours().get(found.name)
    try:
        if own is not None:
            return own.build_generator(found.settings["size"], found.settings["channels"], found.settings["latent"])
        model = _brought()[found.name].load()(**found.settings)
    except Exception as error:  # somebody else's builder may raise anything
        said = first_line(error)
        raise BadInput(f"The architecture {found.text} cannot be built ({said}); check its settings.") from error
    if not hasattr(model, "save") or not hasattr(model, "layers"):
        raise BadInput(f"The architecture {found.text} is built as {type(model).__name__}, not as a Keras model.")
    return model
