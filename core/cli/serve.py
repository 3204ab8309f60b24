"""`proofsheet serve` and `proofsheet worker`."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from core.cli.terminal import WorkspaceOption, opened, warn_unwalled
from core.settings import Settings

PortOption = Annotated[int | None, typer.Option(help="Default $PROOFSHEET_PORT or 8501.")]
HostOption = Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for the whole network.")]


def _log() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("proofsheet").setLevel(logging.INFO)


def serve(
    host: HostOption = None,
    port: PortOption = None,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Do the jobs as well.")] = True,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the pages in a browser.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """The dashboard, and a worker that does its jobs, until Ctrl-C.

    The worker is a process of its own and is started again if it dies. With --no-worker the jobs wait for a
    `proofsheet worker` on this workspace.

    Example: proofsheet serve --port 8600 --open
    """
    from core import supervise

    _log()
    warn_unwalled()
    settings = Settings.from_env(workspace=workspace, host=host, port=port)
    supervise.serve(settings, with_worker=worker, open_browser=open_browser)


def work(
    workspace: WorkspaceOption = None,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="End when no job is left.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Another worker is there: wait until it is gone.")] = False,
    lease: Annotated[float, typer.Option(min=0.1, help="Seconds of silence after which others take over.")] = 15.0,
    parent: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Do the jobs of a workspace: one worker a workspace, on this machine or another that shares the folder.

    Killed at any moment, the next worker goes on from the last batch. SIGTERM or Ctrl-C: the job goes back to the
    queue.

    Example: proofsheet worker --until-idle
    """
    from core import worker

    _log()
    if parent is None:
        warn_unwalled()
    worker.run(opened(workspace), lease=lease, until_idle=until_idle, wait=wait, parent=parent)


def add(app: typer.Typer) -> None:
    app.command("serve")(serve)
    app.command("worker")(work)
