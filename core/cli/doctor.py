"""`proofsheet doctor`."""

from __future__ import annotations

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, show
from core.settings import Settings


def doctor(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """What is installed, whether the workspace is sound, and the remedy where it is not. Changes nothing.

    Exit code 2 when there is a problem; a note is none.
    """
    from core import doctor as checks

    found = list(checks.findings(Settings.from_env(workspace=workspace)))
    show([vars(finding) for finding in found], as_json)
    raise typer.Exit(2 if any(finding.state == "problem" for finding in found) else 0)


def add(app: typer.Typer) -> None:
    app.command("doctor")(doctor)
