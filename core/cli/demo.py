"""`proofsheet demo`."""

from __future__ import annotations

from pathlib import Path

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, show
from core.settings import Settings
from core.workspace import Workspace


def run(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The main job on built-in data, in ./demo-workspace."""
    from core import demo

    place = Workspace(Settings.from_env(workspace=workspace or Path("demo-workspace")))
    with bar() as progress:
        rows = demo.demo(place, progress)
    show(rows, as_json)


def add(app: typer.Typer) -> None:
    app.command("demo")(run)
