"""`proofsheet smoothness`."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, show


def run(
    checkpoint: Annotated[str, typer.Argument(help="A checkpoint: RUN@STEP, sha256 or id.")],
    n: Annotated[int, typer.Option(min=2, max=100_000, help="Latents to step from.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Of the latents and the steps.")] = 0,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How smoothly a checkpoint's pictures follow its latents, in the way of perceptual path length; lower is smoother.

    E d(G(z), G(z + eps u))^2 / eps^2 on the model's own floats, in pixels and in deep features. A generator that makes
    one picture over and over is the smoothest of all: read it beside the others, never alone.

    Example: proofsheet smoothness night-1@20000
    """
    from core import checkpoints, reports

    place = opened(workspace)
    arguments = {"checkpoint_id": checkpoints.find(place, checkpoint).id, "n": n, "seed": seed}
    with bar("nothing was kept; ask again") as progress:
        report = reports.make(place, reports.get("smoothness"), arguments, progress)
    if as_json:
        show([report.result], True)
        return
    keep = ("space", "value", "low", "high", "median")
    show([{name: row[name] for name in keep} for row in report.result["spaces"]], False)


def add(app: typer.Typer) -> None:
    app.command("smoothness")(run)
