"""Which runtime makes pictures soonest: measured once for a network on a machine, and kept in the workspace.

What is kept may be deleted at any time: without it every model runs as its format says.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.generators.runtimes import REFERENCE, Measurable, Measured, fastest
from core.workspace import Workspace
from storage.derived import save_text

FILE = "runtimes.json"
LONG = 20.0
"""Seconds of making pictures after which a network is measured: then measuring costs little beside what it may save."""


def known(workspace: Workspace) -> dict[str, list[Measured]]:
    """What was measured, by network; the reference comes first. Nothing where the file is missing or damaged."""
    try:
        kept: dict[str, Any] = json.loads((workspace.models / FILE).read_text())
        return {network: [Measured(**row) for row in rows] for network, rows in kept.items() if rows}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def remember(workspace: Workspace, network: str, found: Sequence[Measured]) -> None:
    """Two processes that do so at once may lose one of both; it is measured again."""
    kept = {**known(workspace), network: found}
    text = json.dumps({name: [asdict(row) for row in rows] for name, rows in kept.items()}, indent=1)
    save_text(workspace.models / FILE, text)


def faster(workspace: Workspace, n: int) -> dict[str, str]:
    """{network: runtime} of those that make `n` pictures sooner than their format's own, preparation included."""
    chosen = {network: fastest(rows, n) for network, rows in known(workspace).items()}
    return {network: name for network, name in chosen.items() if name != REFERENCE}


def learn(workspace: Workspace, generator: object, seconds: float) -> None:
    """Measure the runtimes of a generator that was at work for so long, unless they are known."""
    if seconds < LONG or not isinstance(generator, Measurable) or not generator.network:
        return
    if generator.network not in known(workspace):
        remember(workspace, generator.network, generator.measure())
