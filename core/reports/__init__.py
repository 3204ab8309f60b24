"""Every kind of report there is: findings that are more than a number, each a job and a page of its own."""

from __future__ import annotations

from core.named import named
from core.reports.report import ReportKind, ReportView, every, find, make

REPORTS: tuple[ReportKind, ...] = ()


def get(name: str) -> ReportKind:
    """Raises NotFound, listing the names there are."""
    return named(REPORTS, name, "report")


__all__ = ["REPORTS", "ReportKind", "ReportView", "every", "find", "get", "make"]
