"""What the commands share: options, tables, JSON, the progress bar, and Ctrl-C as one sentence."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from core.settings import Settings
from core.workspace import Workspace

WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", help="Folder; default $PROOFSHEET_WORKSPACE or ./workspace."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
INTERRUPTED = 130


def opened(workspace: Path | None) -> Workspace:
    return Workspace(Settings.from_env(workspace=workspace))


class Bar:
    """A progress bar on standard error; quiet when nobody looks."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
        self.bar = Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)
        self.task = self.bar.add_task("starting", total=None)

    def __call__(self, done: int, total: int, message: str = "", session: object = None) -> None:
        self.bar.update(self.task, completed=done, total=total, description=message)


@contextlib.contextmanager
def bar(goes_on: str = "what was made is kept; the same command goes on from there") -> Iterator[Bar]:
    """A progress bar while the block runs; Ctrl-C ends the command with one sentence and code 130."""
    shown = Bar()
    try:
        with shown.bar:
            yield shown
    except KeyboardInterrupt:
        say(f"interrupted: {goes_on}.")
        raise typer.Exit(INTERRUPTED) from None


def say(sentence: str) -> None:
    """One sentence on standard error, beside whatever the command prints."""
    print(f"proofsheet: {sentence}", file=sys.stderr, flush=True)


def warn_unwalled() -> None:
    """One line where models are opened and no wall can be built around them."""
    from core.wall import Rules, state

    if banner := state().banner(Rules.from_env()):
        say(banner)


def show(rows: list[dict[str, Any]], as_json: bool) -> None:
    """A table, or the same as a JSON array."""
    if as_json:
        print(json.dumps(rows, indent=2, default=str), flush=True)
        return
    # A long name is broken in a narrow window, never cut: two folders may differ in their ends only.
    table = Table(*(Column(name, overflow="fold") for name in (rows[0] if rows else ["nothing yet"])))
    for row in rows:
        # Text from files is shown as it is: rich would read [brackets] in it as markup.
        table.add_row(*(_cell(value) for value in row.values()))
    Console(markup=False).print(table)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"  # exponents are hard to read
    return "" if value is None else str(value)
