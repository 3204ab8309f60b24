"""`proofsheet export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, opened, say
from core.errors import BadInput


def export(
    kind: Annotated[str | None, typer.Option("--format", help="csv, json or parquet; default: by --output.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
    run: Annotated[str | None, typer.Option(help="Only this run.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every metric value with its run, step, interval, floor, protocol and warning.

    Only rows of one fingerprint may be compared with each other.

    Example: proofsheet export --output values.parquet
    """
    from core import export as exporting

    suffix = output.suffix.lstrip(".").lower() if output else ""
    chosen = kind or ("json" if as_json else suffix or "csv")
    found = exporting.rows(opened(workspace), run)
    if output is not None:
        exporting.write(found, chosen, output)
        say(f"{len(found):,} values written to {output}.")
        return
    if chosen == "parquet" and sys.stdout.isatty():
        raise BadInput("Parquet is not for a terminal; name a file with --output values.parquet.")
    sys.stdout.buffer.write(exporting.encode(found, chosen))


def add(app: typer.Typer) -> None:
    app.command("export")(export)
