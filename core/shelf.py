"""The extractors of a workspace: built in, published (once their weights are there), of installed packages, and the
team's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from core import extractors, own_extractors, weights
from core.errors import BadInput
from core.extractors import EXTRACTORS, PUBLISHED, Kind, outside
from core.progress import Progress, silent
from core.workspace import Workspace
from storage import embeddings


@dataclass(frozen=True)
class ExtractorView:
    """An extractor as pages and the command line see it."""

    name: str
    title: str
    origin: str
    """built in, published, the package it comes from, or own."""
    version: int | None
    """None, like `dim`, for one that learns from a reference set first."""
    dim: int | None
    weights_sha256: str
    missing: str
    """What has to be put where before it can be used; empty when it can."""
    sets: int
    """Sets of pictures that have vectors under this name."""
    evaluations: int
    archived: bool = False

    @property
    def state(self) -> str:
        """needs weights, archived or ready."""
        return "needs weights" if self.missing else "archived" if self.archived else "ready"


def all_kinds(workspace: Workspace) -> tuple[Kind, ...]:
    """All there are, in the order on screen, whether they can be used or not, archived or not."""
    return (*EXTRACTORS, *PUBLISHED, *outside.kinds(), *(kind for kind, _ in own_extractors.kinds(workspace)))


def known(workspace: Workspace) -> tuple[Kind, ...]:
    """What can be used here now, in the order on screen."""
    ready = [kind for kind in (*EXTRACTORS, *PUBLISHED, *outside.kinds()) if not kind.missing(workspace.models)]
    return (*ready, *(kind for kind, archived in own_extractors.kinds(workspace) if not archived))


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


def title_of_all(workspace: Workspace, name: str) -> str:
    """The same for all versions together: one of the team's own says none."""
    own = tuple(replace(kind, title=own_extractors.titled(kind.name)) for kind, _ in own_extractors.kinds(workspace))
    return extractors.title(name, (*own, *all_kinds(workspace)))


def titles(workspace: Workspace) -> Callable[[str, int], str]:
    """(name, version) -> what to call it: numbers made with an older version of the team's own keep its title."""
    among = of_version(workspace)
    return lambda name, version: extractors.title(name, among(name, version))


def of_version(workspace: Workspace) -> Callable[[str, int], tuple[Kind, ...]]:
    """(name, version) -> among which to look for it: that version alone of one of the team's own, else all."""
    kinds, own = all_kinds(workspace), own_extractors.every_version(workspace)

    def among(name: str, version: int) -> tuple[Kind, ...]:
        one = own.get((name.partition("+")[0], version))
        return kinds if one is None else (one,)

    return among


def every(workspace: Workspace, archived: bool = False) -> list[ExtractorView]:
    """All of them, in the order on screen; archived ones only when asked for."""
    with workspace.database.read() as session:
        used = embeddings.sets_by_extractor(session), embeddings.evaluations_by_extractor(session)
    groups = (("built in", EXTRACTORS), ("published", PUBLISHED))
    found = [_view(workspace, kind, origin, used) for origin, kinds in groups for kind in kinds]
    found += [_view(workspace, kind, outside.origin(kind.name), used) for kind in outside.kinds()]
    own = [(kind, gone) for kind, gone in own_extractors.kinds(workspace) if archived or not gone]
    return found + [replace(_view(workspace, kind, "own", used), archived=gone) for kind, gone in own]


def _view(workspace: Workspace, kind: Kind, origin: str, used: tuple[dict[str, int], dict[str, int]]) -> ExtractorView:
    built = None if kind.needs_fit else kind.build(workspace.models, None)
    sets, evaluations = (numbers.get(kind.name, 0) for numbers in used)
    return ExtractorView(
        kind.name, kind.title, origin, built.version if built else None, built.dim if built else None,
        built.weights_sha256 if built else "", kind.missing(workspace.models), sets, evaluations,
    )  # fmt: skip


def left_out() -> dict[str, str]:
    """{name: why} of extractors of installed packages that do not load."""
    return outside.left_out()


def fetch(workspace: Workspace, name: str, path: Path | None = None, progress: Progress = silent) -> ExtractorView:
    """Get the published weights of an extractor: from a file that somebody has, or by downloading it. Raises BadInput
    when it needs none, or they cannot be had; the sentence says which file to put where."""
    kind = extractors.get(name)
    if kind.weights is None:
        raise BadInput(f"{kind.title} brings all it needs; there is nothing to fetch.")
    if kind.missing(workspace.models):
        if path is not None:
            weights.take(workspace.models, kind.weights, path)
        else:
            weights.fetch(workspace.models, kind.weights, progress)
        if kind.convert is not None:
            progress(0, 1, f"rewriting {kind.title} as ONNX")
            kind.convert(workspace.models)
    return next(view for view in every(workspace) if view.name == name)
