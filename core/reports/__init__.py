"""Every kind of report there is: findings that are more than a number, each a job and a page of its own."""

from __future__ import annotations

from typing import Any

from core.named import named
from core.progress import Progress
from core.reports.report import ReportKind, ReportView, every, find, make
from core.workspace import Workspace


def _self_check(workspace: Workspace, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    from core.reports.self_check import make

    return make(workspace, arguments, progress)


def _smoothness(workspace: Workspace, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    from core.reports.smoothness import make

    return make(workspace, arguments, progress)


REPORTS: tuple[ReportKind, ...] = (
    ReportKind(
        "self-check", "Self-check", 1, _self_check, {"reference_set_id": int, "extractor": str}, {"n": 500, "seed": 0}
    ),
    ReportKind("smoothness", "Latent smoothness", 1, _smoothness, {"checkpoint_id": int}, {"n": 500, "seed": 0}),
)


def get(name: str) -> ReportKind:
    """Raises NotFound, listing the names there are."""
    return named(REPORTS, name, "report")


__all__ = ["REPORTS", "ReportKind", "ReportView", "every", "find", "get", "make"]
