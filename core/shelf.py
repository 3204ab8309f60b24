"""The extractors of a workspace: those that are built in, and published ones as soon as their weights are there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core import extractors, weights
from core.errors import BadInput
from core.extractors import EXTRACTORS, PUBLISHED, Kind
from core.progress import Progress, silent
from core.workspace import Workspace
from storage import embeddings


@dataclass(frozen=True)
class ExtractorView:
    """An extractor as pages and the command line see it."""

    name: str
    title: str
    origin: str
    """built in, or published."""
    version: int | None
    """None, like `dim`, for one that learns from a reference set first."""
    dim: int | None
    weights_sha256: str
    missing: str
    """What has to be put where before it can be used; empty when it can."""
    sets: int
    """Sets of pictures that have vectors under this name."""
    evaluations: int


def all_kinds(workspace: Workspace) -> tuple[Kind, ...]:
    """All there are, in the order on screen, whether they can be used or not."""
    return (*EXTRACTORS, *PUBLISHED)


def known(workspace: Workspace) -> tuple[Kind, ...]:
    """What can be used here now, in the order on screen."""
    return tuple(kind for kind in all_kinds(workspace) if not kind.missing(workspace.models))


def get(workspace: Workspace, name: str) -> Kind:
    """Whether it can be used or not; steps of preprocessing may follow the name (`hog+grey`). Raises NotFound, listing
    the names there are."""
    return extractors.get(name, all_kinds(workspace))


def usable(workspace: Workspace, name: str) -> Kind:
    """Raises NotFound for an unknown name, and BadInput, saying which file to put where, for one that lacks it."""
    kind = get(workspace, name)
    if missing := kind.missing(workspace.models):
        plain = name.partition("+")[0]
        raise BadInput(f"{kind.title} has no weights here: {missing} by `proofsheet extractor fetch {plain}`.")
    return kind


def title(workspace: Workspace, name: str) -> str:
    """What to call an extractor; its name where it is gone."""
    return extractors.title(name, all_kinds(workspace))


def every(workspace: Workspace) -> list[ExtractorView]:
    """All of them, in the order on screen."""
    with workspace.database.read() as session:
        sets, evaluations = embeddings.sets_by_extractor(session), embeddings.evaluations_by_extractor(session)
    return [
        _view(workspace, kind, "built in" if kind in EXTRACTORS else "published", sets, evaluations)
        for kind in (*EXTRACTORS, *PUBLISHED)
    ]


def _view(
    workspace: Workspace, kind: Kind, origin: str, sets: dict[str, int], evaluations: dict[str, int]
) -> ExtractorView:
    built = None if kind.needs_fit else kind.build(workspace.models, None)
    return ExtractorView(
        kind.name, kind.title, origin, built.version if built else None,
        built.dim if built else None,
        built.weights_sha256 if built else "", kind.missing(workspace.models), sets.get(kind.name, 0),
        evaluations.get(kind.name, 0),
    )  # fmt: skip


def fetch(workspace: Workspace, name: str, path: Path | None = None, progress: Progress = silent) -> ExtractorView:
    """Get the published weights of an extractor: from a file that somebody has, or by downloading it. Raises BadInput
    when it needs none, or they cannot be had; the sentence says which file to put where."""
    kind = extractors.get(name)
    if kind.weights is None:
        raise BadInput(f"{kind.title} brings all it needs; there is nothing to fetch.")
    if path is not None:
        weights.take(workspace.models, kind.weights, path)
    else:
        weights.fetch(workspace.models, kind.weights, progress)
    return next(view for view in every(workspace) if view.name == name)
