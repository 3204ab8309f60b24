"""`proofsheet reference`: real pictures to compare against."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, show

app = typer.Typer(help="Real pictures to compare against.", no_args_is_help=True)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Any name without @; taken already: the next version of it.")],
    path: Annotated[Path, typer.Argument(help="A folder, zip, .npy, .npz, IDX .gz or one picture.")],
    held_out: Annotated[float, typer.Option(help="Share kept as a control that no metric uses, 0 to 0.5.")] = 0.1,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take real pictures in as the next version of NAME.

    Pictures that cannot be used are named with the reason; the same pictures again give the set that is there.

    Example: proofsheet reference add shoes ./real-shoes.zip --held-out 0.2
    """
    from core import references

    with bar("nothing was taken in; ask again") as progress:
        view = references.add(opened(workspace), name, path, held_out=held_out, progress=progress)
    for refused in view.refused[:20]:
        print(refused["reason"], file=sys.stderr)
    row = {"reference": view.label, "pictures": view.m, "held out": view.held_out, "refused": len(view.refused)}
    show([row], as_json)


@app.command("list")
def every(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The reference sets of this workspace, newest version of a name first."""
    from core import references

    found = references.every(opened(workspace))
    show([{"reference": v.label, "pictures": v.m, "held out": v.held_out, "source": v.source} for v in found], as_json)
