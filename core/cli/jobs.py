"""`proofsheet jobs`: requested work and its state."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, opened, say, show

if TYPE_CHECKING:
    from core.jobs import JobView

app = typer.Typer(help="Requested work: list, cancel, retry.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="The job's number, as `jobs list` shows it.")]


def _row(view: JobView, as_json: bool) -> dict[str, Any]:
    if as_json:
        whole = {k: v for k, v in dataclasses.asdict(view).items() if k != "pace"}
        return {**whole, "fraction": view.fraction, "eta_seconds": view.eta_seconds}
    share = "" if view.fraction is None else f"{view.fraction:.0%}"
    eta = "" if view.eta_seconds is None else f"{view.eta_seconds:.0f} s"
    said = view.error or view.message
    return {"job": view.id, "what": view.title, "state": view.state, "share": share, "left": eta, "message": said}


@app.command("list")
def every(
    active: Annotated[bool, typer.Option("--active", help="Queued and running ones only.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Running first, then queued in the order they will run, then the finished, newest first."""
    from core import jobs

    place = opened(workspace)
    found = jobs.every(place, limit, active)
    show([_row(view, as_json) for view in found], as_json)
    if any(view.active for view in found) and not jobs.worker_alive(place):
        say("no worker is there to do these; start one with `proofsheet worker`, or `proofsheet serve`.")


@app.command("cancel")
def cancel(job: Number, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Stop a job before its next batch; what it made is kept.

    Example: proofsheet jobs cancel 12
    """
    from core import jobs

    show([_row(jobs.cancel(opened(workspace), job), as_json)], as_json)


@app.command("retry")
def retry(job: Number, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Ask for a finished job's work again, as a new job that goes on from what is there."""
    from core import jobs

    show([_row(jobs.retry(opened(workspace), job), as_json)], as_json)
