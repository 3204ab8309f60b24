"""`proofsheet watch`: new checkpoints are measured as a training job writes them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.evaluate import ArchitectureOption, ClassesOption, LayoutOption, RangeOption, reading
from core.cli.terminal import INTERRUPTED, WorkspaceOption, bar, opened, say
from core.errors import BadInput
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.watch import Folder, Protocol


def watch(
    folder: Annotated[Path, typer.Argument(help="Where the training job saves its checkpoints.")],
    reference: Annotated[str, typer.Option(help="Name of a reference set, or NAME@VERSION.")],
    run: Annotated[str, typer.Option(help="The training run that they belong to.")],
    pattern: Annotated[str, typer.Option(help="Which files.")] = "*.keras",
    step_from: Annotated[str, typer.Option(help="Where the step is in the name; default: its last number.")] = "",
    n: Annotated[int, typer.Option(help="Pictures to sample.")] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the latent bank.")] = 0,
    extractor: Annotated[
        str, typer.Option(help="Feature space; `extractor list` shows them.")
    ] = "efficientnet-lite0-96",
    value_range: RangeOption = None,
    layout: LayoutOption = None,
    classes: ClassesOption = None,
    architecture: ArchitectureOption = None,
    every: Annotated[float, typer.Option(min=0.01, help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Measure what is there, then end.")] = False,
    workspace: WorkspaceOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line as they come.")] = False,
) -> None:
    r"""Measure every checkpoint that lands in FOLDER, until Ctrl-C.

    A file counts when its size and time stay the same for two looks, so half-written ones wait. Where a worker
    serves the workspace the job is queued for it, otherwise the work is done here. A refused file is named and passed
    over; with --once the exit code is then 2.

    Example: proofsheet watch ./ckpt --reference shoes --run dcgan --pattern 'gen-*.keras' --step-from 'gen-(\d+)'
    """
    from core import references, shelf
    from core.watch import LAST_NUMBER, Folder, Protocol

    place = opened(workspace)
    shelf.usable(place, extractor)
    watched = Folder(folder, pattern, step_from or LAST_NUMBER)
    protocol = Protocol(references.find(place, reference).set_id, extractor, n, seed)
    given = reading(value_range, layout, classes, architecture) or None
    refused = 0
    try:
        while True:
            for path in watched.landed():
                refused += not _measure(place, watched, path, run, protocol, given, as_json)
            if once and watched.settled():
                break
            time.sleep(every)
    except KeyboardInterrupt:
        say("stopped watching; the same command goes on from there.")
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(2 if refused else 0)


def _measure(
    place: Workspace, watched: Folder, path: Path, run: str, protocol: Protocol, given: dict[str, Any] | None,
    as_json: bool,
) -> bool:  # fmt: skip
    from core.watch import measure

    try:
        with bar() as progress:
            row = measure(place, path, run, watched.step(path), protocol, given, progress)
    except BadInput as error:
        say(str(error))
        return False
    if as_json:
        print(json.dumps(row), flush=True)
    else:
        done = f"evaluation {row['evaluation']}" if row["job"] is None else f"job {row['job']}"
        print(f"{row['checkpoint']} ({row['file']}): {row['state']}, {done}", flush=True)
    return True


def add(app: typer.Typer) -> None:
    app.command("watch")(watch)
