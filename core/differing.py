"""In which parts two protocols differ, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from core import metrics
from core.errors import NotFound
from core.workspace import Workspace
from storage import embeddings, evaluations

WORDS = {
    "m": "real pictures (m)",
    "n": "generated pictures (n)",
    "seed": "seed of the latents",
    "latents": "how latents are drawn",
    "resize": "resize filter",
    "dim": "number of features",
    "weights": "weights",
    "state": "what was learned",
}
"""What a part is called where its own name would not do."""
CONTENT = "pictures of the reference set"
"""Beside its name: two workspaces may call unlike pictures alike."""
OF_FEATURES, OF_METRIC = "of features ", "of the metric "
"""Before parts of the extractor and of the metric, which may be called like parts of the protocol."""
SHORT = 8
"""Digits of a hash that tell two of them apart."""


def parts(workspace: Workspace, a: str, b: str) -> list[str]:
    """The parts of the protocol in which two fingerprints differ, such as 'k: 3 against 5'; empty when they are one."""
    with workspace.database.read() as session:
        one, two = (_flat(session, evaluations.protocol(session, print_)) for print_ in (a, b))
    names = [name for name in (one | two) if one.get(name) != two.get(name)]
    if "features" in names:  # another extractor: its parts differ because it does
        names = [name for name in names if not name.startswith(OF_FEATURES)]
    if "reference set" in names:
        names = [name for name in names if name != CONTENT]
    return [f"{_word(name)}: {_said(one.get(name))} against {_said(two.get(name))}" for name in names]


def _word(name: str) -> str:
    own = name.removeprefix(OF_FEATURES)
    return WORDS.get(own, own).removeprefix(OF_METRIC)


def _said(value: Any) -> str:
    return "none" if value in (None, "") else f"{value}"


def _flat(session: Session, protocol: dict[str, Any]) -> dict[str, Any]:
    """The protocol as {part: value}, the extractor and the metric taken apart, in the order to be read in."""
    if not protocol:
        return {}
    metric = protocol["metric"]
    return {
        "reference set": protocol.get("reference name", protocol["reference"][:SHORT]),
        CONTENT: protocol["reference"][:SHORT],
        "features": protocol.get("extractor name", protocol["extractor"][:SHORT]),
        **{f"{OF_FEATURES}{name}": value for name, value in _extractor(session, protocol["extractor"])},
        **{name: protocol[name] for name in ("n", "m", "seed", "latents") if name in protocol},
        f"version of the metric {_title(metric)}": protocol["version"],
        **{f"{OF_METRIC}{name}": value for name, value in protocol["parameters"].items()},
    }


def _title(metric: str) -> str:
    """What pages call a metric; its name where it is gone."""
    try:
        return metrics.get(metric).title
    except NotFound:
        return metric


def _extractor(session: Session, key: str) -> Iterator[tuple[str, Any]]:
    """What decides the vectors, one by one; the key alone when the extractor is no longer known."""
    row = embeddings.extractor(session, key)
    if row is None:
        yield "key", key[:SHORT]
        return
    yield f"version of the extractor {row.name}", row.version
    yield "dim", row.dim
    for name, value in row.preprocessing.items():
        yield name, value[:SHORT] if name == "reference" else value
    yield "weights", row.weights_sha256[:SHORT]
    yield "state", key[:SHORT] if row.state_id else ""
