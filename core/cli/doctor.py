"""`proofsheet doctor`."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, show
from core.settings import Settings

BenchOption = Annotated[
    bool,
    typer.Option("--bench", help="Measure what runs each extractor and generator fastest, and use that from now on."),
]


def doctor(workspace: WorkspaceOption = None, bench: BenchOption = False, as_json: JsonOption = False) -> None:
    """What is installed, whether the workspace is sound, and the remedy where it is not. Changes nothing.

    Exit code 2 when there is a problem; a note is none.

    `proofsheet doctor --bench` shows each extractor under onnxruntime, TensorFlow and XLA instead: pictures a second,
    and how far the vectors lie apart, of the largest number. What is at least 1.25 times as fast as the first, with
    the same vectors to 1e-4, is remembered in the workspace and embeds sets from then on. The generator of every run
    is measured likewise, with how many bytes of its pictures differ from TensorFlow's: at most 1 in 10,000, by one
    level, or TensorFlow goes on making them. Do it on idle cores.
    """
    from core import doctor as checks

    if bench:
        with bar("nothing is lost; the same command measures again") as shown:
            rows = [vars(row) for row in checks.bench(opened(workspace), shown)]
        show(rows, as_json)
        return

    found = list(checks.findings(Settings.from_env(workspace=workspace)))
    show([vars(finding) for finding in found], as_json)
    raise typer.Exit(2 if any(finding.state == "problem" for finding in found) else 0)


def add(app: typer.Typer) -> None:
    app.command("doctor")(doctor)
