"""`proofsheet watches`: the folders that the worker follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, opened, say, show

if TYPE_CHECKING:
    from core.watches import WatchView

app = typer.Typer(help="Folders that the worker follows: list, pause, resume, stop, delete.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="The watch's number, as `watches list` shows it.")]


def row(view: WatchView) -> dict[str, Any]:
    """A line of the list."""
    return {
        "watch": view.id, "folder": view.folder, "pattern": view.pattern, "run": view.run, "state": view.state,
        "landed": view.landed, "waiting": len(view.waiting), "refused": len(view.refused),
        "seen": None if view.seen_at is None else view.seen_at.isoformat(timespec="seconds"), "error": view.error,
    }  # fmt: skip


@app.command("list")
def every(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Every watched folder, what has landed, what waits and what was refused.

    Example: proofsheet watches list
    """
    from core import jobs, watches

    place = opened(workspace)
    found = watches.every(place)
    show([row(view) for view in found], as_json)
    for view in found:
        for file in view.refused:
            say(f"watch {view.id}: {file.name} was refused. {file.said}")
        for name, reason in view.waiting:
            say(f"watch {view.id}: {name}: {reason}.")
    if any(view.state == "following" for view in found) and not jobs.worker_alive(place):
        say("no worker is there to follow them; start one with `proofsheet worker`, or `proofsheet serve`.")


def _set(workspace: Any, number: int, state: str, as_json: bool) -> None:
    from core import watches

    show([row(watches.set_state(opened(workspace), number, state))], as_json)


@app.command("pause")
def pause(watch: Number, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Look no more for now; what lands meanwhile is taken in after `resume`."""
    _set(workspace, watch, "paused", as_json)


@app.command("resume")
def resume(watch: Number, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Follow a paused or stopped watch again.

    Example: proofsheet watches resume 1
    """
    _set(workspace, watch, "following", as_json)


@app.command("stop")
def stop(watch: Number, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The training is over; the watch stays on record."""
    _set(workspace, watch, "stopped", as_json)


@app.command("delete")
def delete(watch: Number, workspace: WorkspaceOption = None) -> None:
    """Forget a watch; its checkpoints and numbers stay."""
    from core import watches

    watches.delete(opened(workspace), watch)
