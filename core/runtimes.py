"""Which runtime makes pictures or vectors soonest: measured once on a machine, and kept in the workspace.

What is kept may be deleted at any time: without it every model runs as its format says.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeGuard

import numpy as np

from core.errors import ProofsheetError
from core.extractors import Extractor
from core.extractors.extractor import Embed, Vectors
from core.generators.runtimes import REFERENCE, Measurable, Measured, batch_size, fastest, in_turns, machine
from core.images import Picture
from core.keys import key
from core.vetting.words import first_line
from core.workspace import Workspace
from storage.derived import save_text

FILE = "runtimes.json"
ALIKE = 1e-4
"""How near the vectors of two runtimes must come, relative to the largest number."""
TURNS = 3
FAR = 2.0
"""How many times as long as the quickest means far behind."""
MANY = 1 << 40
"""Pictures: what a runtime takes to start counts for nothing beside them."""
LONG = 3.0
"""Seconds of making pictures from which on a network is measured: that takes half a second to two, and saves half of
this in the same set or in that of the run's next checkpoint."""
MANY_BATCHES = 32
"""From so many on, one batch is made first to see how long they will take: at most a thirtieth, and only while the
network is not known."""


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
    rows = {network: rows for network, rows in known(workspace).items() if rows[0].name == REFERENCE}
    chosen = {network: fastest(found, n) for network, found in rows.items()}
    return {network: name for network, name in chosen.items() if name != REFERENCE}


def choose(workspace: Workspace, generator: object, n: int) -> bool:
    """Before `n` pictures are made: a network that is not known and would be long at work is measured now, and run by
    what makes them soonest. A known one was opened so. False where measuring took its process down: it is to be opened
    again, and not measured again."""
    if not _unknown(generator, workspace):
        return True
    batches = n / batch_size(generator.spec)
    if batches < MANY_BATCHES or batches * _batch_seconds(generator) < LONG:
        return True
    found = _learnt(workspace, generator)
    if (name := fastest(found, n)) != REFERENCE:
        generator.run_by(name)
    return found[0].seconds > 0


def learn(workspace: Workspace, generator: object, seconds: float) -> None:
    """Measure the runtimes of a generator that was at work for so long, unless they are known: the next checkpoint of
    the run has the same network."""
    if seconds >= LONG and _unknown(generator, workspace):
        _learnt(workspace, generator)


def measured(workspace: Workspace, generator: object) -> list[Measured]:
    """The runtimes of a generator, measured anew and remembered; none where only one can run it."""
    if not isinstance(generator, Measurable) or not generator.network:
        return []
    return _learnt(workspace, generator)


def _unknown(generator: object, workspace: Workspace) -> TypeGuard[Measurable]:
    return isinstance(generator, Measurable) and generator.network not in {"", *known(workspace)}


def _learnt(workspace: Workspace, generator: Measurable) -> list[Measured]:
    try:
        found = generator.measure()
    except ProofsheetError:  # what it had to make is made: a converter that took its process down is no fault of that
        found = [Measured(REFERENCE, 0.0, 0.0, 0.0)]
    remember(workspace, generator.network, found)
    return found


def _batch_seconds(generator: Measurable) -> float:
    n = batch_size(generator.spec)
    latents = np.random.default_rng(0).standard_normal((n, generator.spec.latent_size), dtype=np.float32)
    labels = np.arange(n) % max(generator.spec.classes, 1)
    began = time.perf_counter()
    generator.floats(latents, labels)
    return time.perf_counter() - began


def measure(workspace: Workspace, extractor: Extractor, pictures: Sequence[Picture]) -> list[Measured]:
    """The runtimes of an extractor on the same pictures, its own first, by the clock; remembered. Some import
    TensorFlow."""
    tries = {name: _tried(embed, pictures) for name, embed in extractor.runtimes.items()}
    own = next(iter(tries.values())).vectors
    apart = {name: _apart(one.vectors, own) for name, one in tries.items()}
    why = {
        name: one.why or (f"other vectors, by {apart[name]:.1g} of the largest" if apart[name] > ALIKE else "")
        for name, one in tries.items()
    }
    fit = [name for name, reason in why.items() if not reason]
    clock = _clocks({name: partial(extractor.runtimes[name], pictures) for name in fit})
    found = [
        Measured(name, clock.get(name, 0.0) / len(pictures), 0.0, one.start, 0, apart[name], why[name])
        for name, one in tries.items()
    ]
    remember(workspace, extractor_key(extractor), found)
    return found


def _clocks(runs: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of each. Those that are far behind at once take no part in the turns: XLA can take a hundred times as
    long for some layers."""
    once = dict(zip(runs, (clock for clock, _ in in_turns(list(runs.values()), 1)), strict=True))
    near = [name for name in runs if once[name] <= FAR * min(once.values())]
    turns = in_turns([runs[name] for name in near], TURNS)
    return once | dict(zip(near, (clock for clock, _ in turns), strict=True))


@dataclass(frozen=True)
class _Try:
    vectors: Vectors | None
    start: float
    why: str


def _tried(embed: Embed, pictures: Sequence[Picture]) -> _Try:
    began = time.perf_counter()
    try:
        return _Try(embed(pictures), time.perf_counter() - began, "")
    except Exception as error:  # compilers fail in ways of their own for some layers
        return _Try(None, time.perf_counter() - began, first_line(error))


def _apart(vectors: Vectors | None, own: Vectors | None) -> float:
    """By how much at most, relative to the largest number."""
    if vectors is None or own is None:
        return 0.0
    return float(abs(vectors - own).max() / max(float(abs(own).max()), 1e-30))


def embedding(workspace: Workspace, extractor: Extractor) -> Embed:
    """What embeds many pictures soonest: the extractor's own way, unless another was measured to be clearly faster."""
    found = known(workspace).get(extractor_key(extractor)) if extractor.runtimes else None
    name = best(found) if found and not found[0].why else ""
    return extractor.runtimes.get(name, extractor.embed)


def best(found: Sequence[Measured]) -> str:
    """The name of the runtime to take for many pictures."""
    return fastest(list(found), MANY)


def extractor_key(extractor: Extractor) -> str:
    """Over its vectors and the machine."""
    return key("extractor", extractor.key, machine())
