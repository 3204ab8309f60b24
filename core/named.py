"""Looking a thing up by name in one of the plain tables of metrics, extractors, measures, scores, kinds of job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from core.errors import NotFound, ProofsheetError


class Named(Protocol):
    @property
    def name(self) -> str: ...


Line = TypeVar("Line", bound=Named)


def named(table: Sequence[Line], name: str, what: str, error: type[ProofsheetError] = NotFound) -> Line:
    """The line of this name. Raises `error`, saying `what` was looked for and listing the names there are."""
    for line in table:
        if line.name == name:
            return line
    raise error(f"There is no {what} '{name}'; there are: {', '.join(line.name for line in table)}.")
