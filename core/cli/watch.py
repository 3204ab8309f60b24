"""`proofsheet watch`: new checkpoints are measured as a training job writes them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.evaluate import (
    ArchitectureOption,
    ClassesOption,
    EmbeddingsOption,
    LayoutOption,
    OutputOption,
    RangeOption,
    RolesOption,
    SignatureOption,
    reading,
)
from core.cli.terminal import INTERRUPTED, WorkspaceOption, bar, opened, say, show, warn_unwalled
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
    inputs: RolesOption = None,
    signature: SignatureOption = None,
    output: OutputOption = None,
    embeddings: EmbeddingsOption = None,
    every: Annotated[float, typer.Option(min=0.01, help="Seconds between two looks.")] = 2.0,
    worker: Annotated[
        bool, typer.Option("--worker", help="Hand the folder to the worker and end; `watches list` shows it.")
    ] = False,
    keep_best: Annotated[
        int, typer.Option(min=0, help="With --worker: pictures of the best so many only; 0 keeps all.")
    ] = 0,
    by: Annotated[str, typer.Option(help="With --keep-best: the metric that says which are best.")] = "kid",
    once: Annotated[bool, typer.Option("--once", help="Measure what is there, then end.")] = False,
    workspace: WorkspaceOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line as they come.")] = False,
) -> None:
    r"""Measure every checkpoint that lands in FOLDER, until Ctrl-C.

    A file or folder counts when it is whole and its size and time stay the same for two looks, so half-written ones
    wait. Where a worker serves the workspace the job is queued for it, otherwise the work is done here. A refused file
    is named and passed over; with --once the exit code is then 2.

    With --worker the worker follows the folder from now on, also after a restart; it must be one that
    PROOFSHEET_READABLE names. --keep-best 5 then lets the pictures of all but the best five go, and keeps all numbers.

    Example: proofsheet watch ./ckpt --reference shoes --run dcgan --pattern 'gen-*.keras' --step-from 'gen-(\d+)'
    """
    from core import checkpoints, evaluate, references, shelf, watches
    from core.cli.watches import row
    from core.watch import LAST_NUMBER, PATIENCE, Folder, Protocol

    warn_unwalled()
    place = opened(workspace)
    if keep_best and not worker:
        raise BadInput("--keep-best is the worker's to do: add --worker.")
    shelf.usable(place, extractor)
    watched = Folder(folder, pattern, step_from or LAST_NUMBER, patience=0.0 if once else PATIENCE)
    real = references.find(place, reference)
    evaluate.check_size(n, real, run)
    protocol = Protocol(real.set_id, extractor, n, seed)
    given = reading(value_range, layout, classes, architecture, inputs, signature, output)
    if embeddings is not None:
        given["embeddings"] = checkpoints.take_table(place, embeddings)
    if worker:
        retention = {"best": keep_best, "metric": by} if keep_best else {}
        started = watches.start(
            place, str(folder.resolve()), run=run, protocol=vars(protocol), pattern=pattern, step_from=step_from,
            overrides=given or None, keep=retention,
        )  # fmt: skip
        show([row(started)], as_json)
        return
    refused = 0
    try:
        while True:
            for path in watched.landed():
                refused += not _measure(place, watched, path, run, protocol, given or None, as_json)
            if once and watched.settled():
                break
            time.sleep(every)
    except KeyboardInterrupt:
        say("stopped watching; the same command goes on from there.")
        raise typer.Exit(INTERRUPTED) from None
    if not watched.given:
        say(f"nothing in {folder} is called {pattern}; say with --pattern which files are checkpoints.")
    raise typer.Exit(2 if refused else 0)


def _measure(
    place: Workspace, watched: Folder, path: Path, run: str, protocol: Protocol, given: dict[str, Any] | None,
    as_json: bool,
) -> bool:  # fmt: skip
    from core.watch import measure

    try:
        with bar() as progress:
            done = measure(place, path, run, watched.step(path), protocol, given, progress)
    except BadInput as error:
        say(str(error))
        return False
    if as_json:
        print(json.dumps(done), flush=True)
    else:
        which = f"evaluation {done['evaluation']}" if done["job"] is None else f"job {done['job']}"
        print(f"{done['checkpoint']} ({done['file']}): {done['state']}, {which}", flush=True)
    return True


def add(app: typer.Typer) -> None:
    app.command("watch")(watch)
