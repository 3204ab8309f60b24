"""The command `proofsheet`: one file a group of commands. They parse, make one call into core, and print."""

from __future__ import annotations

import sys
import traceback

import typer
from sqlalchemy.exc import DatabaseError

from core.cli import (
    choose,
    compare,
    demo,
    doctor,
    evaluate,
    export,
    extractor,
    findings,
    improve,
    jobs,
    look,
    reconstruct,
    reference,
    select,
    self_check,
    serve,
    smoothness,
    train,
    watch,
    watches,
)
from core.cli.terminal import say
from core.errors import ProofsheetError

HELP = """Decide which generator checkpoint ships.

The main job, on your own files:

    proofsheet reference add shoes ./real-shoes.zip
    proofsheet evaluate gen-0400.keras --reference shoes --run dcgan --step 400
    proofsheet serve --open

Everything lies in one workspace folder (--workspace, or PROOFSHEET_WORKSPACE). Commands that answer take --json.

Exit codes: 0 done; 1 a gate says worse; 2 bad input, one sentence on standard error says what to do; 3 a fault of
Proofsheet itself; 130 interrupted, the same command goes on from there.
"""

FAULT = 3
REFUSALS = {
    "is full": "free some space on the disk of the workspace and ask again, the work goes on",
    "disk I/O": "look at the disk of the workspace",
    "locked": "another process holds it; ask again",
    "readonly": "give this user the right to write in the workspace folder",
    "unable to open": "look at the permissions of the workspace folder",
    "malformed": "restore the workspace from a backup",
    "not a database": "restore the workspace from a backup, or choose another with --workspace",
}
"""What SQLite says when the machine is at fault, and the remedy."""

app = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode="markdown")
for group in (
    demo,
    serve,
    evaluate,
    compare,
    select,
    look,
    findings,
    smoothness,
    reconstruct,
    watch,
    train,
    export,
    self_check,
    choose,
    doctor,
):
    group.add(app)
app.add_typer(reference.app, name="reference")
app.add_typer(extractor.app, name="extractor")
app.add_typer(watches.app, name="watches")
app.add_typer(improve.app, name="improve")
app.add_typer(jobs.app, name="jobs")


def main() -> None:
    """Entry point: our errors and the machine's become one sentence and exit code 2. Others keep their traceback, with
    a code of their own: 1 would be read as the gate's verdict."""
    try:
        app()
    except ProofsheetError as error:
        say(str(error))
        sys.exit(2)
    except Exception as error:
        sentence = _of_the_machine(error)
        if sentence is None:
            traceback.print_exc()
            say("this is a fault of Proofsheet itself; please report it with the lines above.")
        else:
            say(sentence)
        sys.exit(FAULT if sentence is None else 2)


def _of_the_machine(error: Exception) -> str | None:
    """What a disk or a database refused, and the remedy; None for what is nobody's fault but ours."""
    if isinstance(error, OSError):
        what = f"{error.filename}: " if error.filename else ""
        return f"{what}{error.strerror or error}; look at the free space and the permissions."
    if not isinstance(error, DatabaseError):
        return None
    reason = str(error.orig)
    return next((f"The database: {reason}; {remedy}." for said, remedy in REFUSALS.items() if said in reason), None)
