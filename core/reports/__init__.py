"""Every kind of report there is: findings that are more than a number, each a job and a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from sqlalchemy.orm import Session

from core.errors import BadInput
from core.named import named
from core.progress import Progress
from core.reports.report import Group, ReportKind, ReportView, every, find, get_view, make, newest
from core.workspace import Workspace

Arguments = dict[str, Any]


def _made(module: str) -> Callable[[Workspace, Arguments, Progress], dict[str, Any]]:
    """`make` of a module of this package, imported when it is called: pages stay light."""

    def run(workspace: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
        made: dict[str, Any] = import_module(f"core.reports.{module}").make(workspace, arguments, progress)
        return made

    return run


def _grouped(module: str) -> Callable[[Workspace, ReportView, str], Group]:
    """`group` of a module of this package."""

    def run(workspace: Workspace, report: ReportView, name: str) -> Group:
        found: Group = import_module(f"core.reports.{module}").group(workspace, report, name)
        return found

    return run


MEASURED = {"sample_set_id": int, "reference_set_id": int, "extractor": str}
"""What a report about a checkpoint looks at."""


def _metrics_and_plants(_session: Session, _arguments: Arguments) -> list[Any]:
    from core.metrics import METRICS
    from core.planting import PLANTS

    return [[(m.name, m.version, m.parameters) for m in METRICS], [(p.name, p.amounts) for p in PLANTS]]


def _measures_and_tags(session: Session, arguments: Arguments) -> list[Any]:
    """People add tags and take them away: those of now decide the report."""
    from core.extractors import EXTRACTORS
    from core.similarity import MEASURES, PICTURE_MEASURES
    from storage import own_extractors, review

    names = [line.name for table in (EXTRACTORS, MEASURES, PICTURE_MEASURES) for line in table]
    names += [f"{row.name} v{row.version}" for row in own_extractors.newest(session) if row.archived_at is None]
    tags = review.tagged(session, arguments["reference_set_id"]) if arguments["by"] == "tags" else []
    return [names, sorted((int(image), tag) for image, tag in tags)]


def _chosen_pictures(session: Session, arguments: Arguments) -> list[Any]:
    """Pictures that people chose until now decide what a filter by them lets through, where no set of them is named;
    metrics judge it."""
    from core.metrics import METRICS
    from core.reports.rules import ids

    found = ids(session, arguments["by"], arguments["tag"]) if arguments["chosen_set_id"] is None else []
    return [[(m.name, m.version) for m in METRICS], found]


def _metrics(_session: Session, _arguments: Arguments) -> list[Any]:
    from core.metrics import METRICS

    return [(m.name, m.version) for m in METRICS]


MODEL = {"checkpoint_id": int, "reference_set_id": int, "extractor": str}
"""What a report looks at that makes pictures of its own."""
REPORTS: tuple[ReportKind, ...] = (
    ReportKind("copies", "Look for copies", 1, _made("copies"), MEASURED, group=_grouped("copies")),
    ReportKind("missing", "Look for missing modes", 2, _made("missing"), MEASURED, group=_grouped("missing")),
    ReportKind(
        "slices", "Slice the metrics of", 2, _made("slices"), {**MEASURED, "by": str, "tags": str},
        depends=_metrics, group=_grouped("slices"),
    ),
    ReportKind(
        "smoothness", "Latent smoothness", 1, _made("smoothness"), {"checkpoint_id": int}, {"n": 500, "seed": 0}
    ),
    ReportKind(
        "reconstruction", "Reconstructions of", 1, _made("reconstruction"),
        {"checkpoint_id": int, "reference_set_id": int}, {"n": 500, "encoder": ""}, later=("encoder",),
    ),
    ReportKind(
        "self-check", "Self-check", 1, _made("self_check"), {"reference_set_id": int, "extractor": str},
        {"n": 500, "seed": 0}, depends=_metrics_and_plants,
    ),
    ReportKind(
        "choose", "Help in choosing", 3, _made("choose"), {"reference_set_id": int, "by": str},
        {"extractors": [], "seed": 0}, depends=_measures_and_tags,
    ),
    ReportKind(
        "latent-filter", "Filter the latents of", 1, _made("latent_filter"), {**MODEL, "by": str},
        {"keep": 0.5, "threshold": None, "tag": "", "n": 1000, "seed": 1000, "chosen_set_id": None},
        depends=_chosen_pictures, later=("chosen_set_id",),
    ),
    ReportKind(
        "truncation", "Sweep the latents of", 2, _made("truncation"), {**MODEL, "mode": str},
        {"n": 1000, "seed": 0, "levels": []},
        depends=_metrics,
    ),
    ReportKind(
        "latent-search", "Search for real pictures by", 2, _made("latent_search"), MODEL,
        {"positions": [], "count": 8, "n": 2000, "steps": 60, "seed": 0},
    ),
)  # fmt: skip


def get(name: str) -> ReportKind:
    """Raises NotFound, listing the names there are."""
    return named(REPORTS, name, "report")


def group(workspace: Workspace, report_id: int, name: str) -> Group:
    """The pictures that a name stands for in a report. Raises NotFound for an unknown report, BadInput for a name that
    it does not know."""
    view = get_view(workspace, report_id)
    kind = get(view.kind)
    if kind.group is None:
        raise BadInput(f"{kind.title}: this report names no pictures.")
    return kind.group(workspace, view, name)


__all__ = [
    "REPORTS",
    "Group",
    "ReportKind",
    "ReportView",
    "every",
    "find",
    "get",
    "get_view",
    "group",
    "make",
    "newest",
]
