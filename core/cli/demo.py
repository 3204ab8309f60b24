"""`proofsheet demo`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from core.cli.serve import HostOption, PortOption
from core.cli.terminal import Bar, JsonOption, WorkspaceOption, bar, say, show
from core.settings import Settings
from core.workspace import Workspace

FOLDER = Path("demo-workspace")


def run(
    host: HostOption = None,
    port: PortOption = None,
    pages: Annotated[bool, typer.Option("--pages/--no-pages", help="Serve the dashboard, too.")] = True,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open it in a browser.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a small GAN on built-in pictures, measure every checkpoint as it lands, and serve the dashboard.

    It works in ./demo-workspace; a second start finds what is there. With --no-pages it ends with the training and
    prints the trend.

    Example: proofsheet demo --port 8600
    """
    from core import demo, supervise, worker

    settings = Settings.from_env(workspace=workspace or FOLDER, host=host, port=port)
    if pages:
        supervise.listen(settings.host, settings.port).close()  # a taken port is said before anything is made
    place = Workspace(settings)
    with bar() as progress:
        job = demo.prepare(place, progress)
    if pages:
        supervise.serve(settings, open_browser=open_browser, beside=lambda: _watch(place, job.id))
        return
    with bar():
        worker.run(place, until_idle=True)
    _fail_with(place, job.id)
    show(_trend(place), as_json)


def _watch(place: Workspace, job_id: int) -> None:
    """The training's progress in the terminal, until it ends; the dashboard goes on."""
    from core import jobs

    if jobs.get(place, job_id).active:
        shown = Bar()
        with shown.bar:
            while (job := jobs.get(place, job_id)).active:
                if job.total:
                    shown(job.done, job.total, job.message)
                time.sleep(0.5)
    job = jobs.get(place, job_id)
    if job.state == "done":
        show(_trend(place), False)
        say("the demo's run is complete; look at its trend, its pictures and its neighbours in the dashboard.")
    else:
        say(f"the training ended as {job.state}: {job.error or 'start the demo again and it goes on'}")


def _fail_with(place: Workspace, job_id: int) -> None:
    from core import jobs

    job = jobs.get(place, job_id)
    if job.state != "done":
        say(f"the training ended as {job.state}: {job.error}")
        raise typer.Exit(2)


def _trend(place: Workspace) -> list[dict[str, Any]]:
    """One row for each checkpoint, by step: the headline metrics with their floors."""
    from core import checkpoints, demo, results
    from core.metrics import HEADLINE

    newest = {number: view for view in reversed(results.every(place)) for number in view.checkpoint_ids}
    rows = []
    for checkpoint in checkpoints.every(place, demo.RUN):
        row: dict[str, Any] = {"step": checkpoint.step}
        for name in HEADLINE:
            value = newest[checkpoint.id].values[name] if checkpoint.id in newest else None
            row[name] = value.value if value else None
            row[f"{name} real vs real"] = value.floor if value else None
        rows.append(row)
    return rows


def add(app: typer.Typer) -> None:
    app.command("demo")(run)
