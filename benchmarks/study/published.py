"""What was measured elsewhere and lies in CSV files: the rows of a study stay in `build/` and are lost with it, the
lines that were made of them do not. A line stands until as many repeats lie here; one of an earlier version of its
metric, until any do."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Protocol, TypeVar


class Line(Protocol):
    """A dataclass of text, whole numbers and numbers, with `version` and `repeats` among its fields."""

    version: str
    repeats: int


Any_ = TypeVar("Any_", bound=Line)
Key = Callable[[Any_], tuple[Any, ...]]


def read(path: Path, kind: type[Any_]) -> list[Any_]:
    """The lines of a file; none where there is no file."""
    if not path.exists():
        return []
    types = {field.name: str(field.type) for field in fields(kind)}  # type: ignore[arg-type]
    with path.open(newline="") as file:
        return [kind(**{name: _read(text, types[name]) for name, text in row.items()}) for row in csv.DictReader(file)]


def _read(text: str, kind: str) -> Any:
    if kind == "str":
        return text
    return None if text == "" else int(text) if kind == "int" else float(text)


def write(path: Path, lines: Sequence[Any]) -> None:
    if not lines:
        return
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(asdict(lines[0])), lineterminator="\n")
        writer.writeheader()
        for line in lines:
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in asdict(line).items()})


def standing(found: Sequence[Any_], before: Sequence[Any_], key: Key[Any_], versions: dict[Any, str]) -> list[Any_]:
    """Under each key of `versions`, in their order, the line to be read: of today's version before an earlier one, then
    the one of more repeats, then what was `found` here before what was published `before`."""
    best: dict[Any, tuple[tuple[bool, int], Any_]] = {}
    for line in [*before, *found]:
        place = key(line)
        rank = line.version == versions.get(place), line.repeats
        if place in versions and (place not in best or rank >= best[place][0]):
            best[place] = rank, line
    return [best[place][1] for place in versions if place in best]
