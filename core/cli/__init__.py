"""The command `proofsheet`: one file a group of commands. They parse, make one call into core, and print."""

from __future__ import annotations

import os
import sys

import typer

from core.cli import compare, demo, doctor, evaluate, export, jobs, reference, serve, watch
from core.errors import ProofsheetError

HELP = """Decide which generator checkpoint ships.

The main job, on your own files:

    proofsheet reference add shoes ./real-shoes.zip
    proofsheet evaluate gen-0400.keras --reference shoes --run dcgan --step 400
    proofsheet serve --open

Everything lies in one workspace folder (--workspace, or PROOFSHEET_WORKSPACE). Commands that answer take --json.

Exit codes: 0 done; 1 a gate says worse; 2 bad input, one sentence on standard error says what to do;
130 interrupted, the same command goes on from there.
"""

app = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode="markdown")
for group in (demo, serve, evaluate, compare, watch, export, doctor):
    group.add(app)
app.add_typer(reference.app, name="reference")
app.add_typer(jobs.app, name="jobs")


def main() -> None:
    """Entry point: our errors become one sentence and exit code 2, others keep their traceback."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    try:
        app()
    except ProofsheetError as error:
        print(f"proofsheet: {error}", file=sys.stderr)
        sys.exit(2)
