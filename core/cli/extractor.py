"""`proofsheet extractor`: what turns pictures into vectors, and the published weights some of them need."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, say, show

if TYPE_CHECKING:
    from core.shelf import ExtractorView

app = typer.Typer(help="What turns pictures into vectors: list, fetch weights.", no_args_is_help=True)


def _row(view: ExtractorView, as_json: bool) -> dict[str, Any]:
    if as_json:
        return dataclasses.asdict(view)
    state = "needs weights" if view.missing else "ready"
    return {"extractor": view.name, "title": view.title, "is": view.origin, "vector": view.dim, "state": state,
            "weights": view.weights_sha256[:12], "sets": view.sets, "evaluations": view.evaluations}  # fmt: skip


@app.command("list")
def every(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Every extractor: its width, its weights, where it was used. Those that are ready are what --extractor takes.

    Example: proofsheet extractor list --json
    """
    from core import shelf

    found = shelf.every(opened(workspace))
    show([_row(view, as_json) for view in found], as_json)
    if not as_json:
        for view in found:
            if view.missing:
                say(f"{view.name}: {view.missing} by `proofsheet extractor fetch {view.name}`.")


@app.command("fetch")
def fetch(
    name: Annotated[str, typer.Argument(help="The extractor, as `extractor list` calls it.")],
    file: Annotated[
        Path | None, typer.Option(help="The published file, where you have it: nothing is fetched.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Get the published weights that NAME needs: the only thing here that ever asks another server for anything.

    The file is checked against its published hash. A download that breaks off is gone on from by the same command;
    without a network the sentence says which file to put where.

    Example: proofsheet extractor fetch inception-2015-tf --file ./inception-2015-12-05.tgz
    """
    from core import shelf

    with bar("what was fetched is kept; the same command goes on from there") as progress:
        view = shelf.fetch(opened(workspace), name, file, progress)
    show([_row(view, as_json)], as_json)
