"""Extractors of installed packages: the entry-point group `proofsheet.extractors`, each a `Kind` or a function giving
one. A package that fails to load takes nothing else down."""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from core.errors import BadInput
from core.extractors import EXTRACTORS, PUBLISHED, Kind

GROUP = "proofsheet.extractors"


@cache
def _found() -> tuple[dict[str, tuple[Kind, str]], dict[str, str]]:
    """({name: (extractor, package)}, {name of the entry point: why it is left out}); looked for once in a process."""
    taken = {kind.name for kind in (*EXTRACTORS, *PUBLISHED)}
    found: dict[str, tuple[Kind, str]] = {}
    left_out = {}
    for point in entry_points(group=GROUP):
        package = point.dist.name if point.dist else point.module
        try:
            kind = _loaded(point)
            if kind.name in taken:
                raise BadInput(f"the name {kind.name} is taken")
        except Exception as error:  # a stranger's package may fail in any way
            left_out[point.name] = f"{package}: {error}"
            logging.getLogger("proofsheet").warning(
                "the extractor %s of %s is left out: %s", point.name, package, error
            )
            continue
        taken.add(kind.name)
        found[kind.name] = kind, f"package {package}"
    return found, left_out


def _loaded(point: EntryPoint) -> Kind:
    made = point.load()
    kind = made() if callable(made) else made
    if not isinstance(kind, Kind):
        raise BadInput(f"gives a {type(kind).__name__}, not a core.extractors.Kind")
    return kind


def kinds() -> tuple[Kind, ...]:
    """Those that loaded."""
    return tuple(kind for kind, _ in _found()[0].values())


def origin(name: str) -> str:
    """The package that brings it, in words."""
    return _found()[0][name][1]


def left_out() -> dict[str, str]:
    """{name of the entry point: package and reason} of those that did not."""
    return _found()[1]
