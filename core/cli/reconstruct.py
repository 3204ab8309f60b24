"""`proofsheet reconstruct`."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, show


def run(
    checkpoint: Annotated[str, typer.Argument(help="An autoencoder: RUN@STEP, sha256 or id.")],
    reference: Annotated[str, typer.Option(help="Name of a reference set, or NAME@VERSION.")],
    n: Annotated[int, typer.Option(min=2, max=100_000, help="Real pictures to give back.")] = 500,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How well an autoencoder, a VAE's encoder and decoder as one model, gives real pictures back.

    SSIM, PSNR, pixel error and a perceptual distance with 95% intervals. The last column is what the mean picture would
    get if it were given back every time: a model that is no better has learned nothing.

    Example: proofsheet reconstruct vae@20000 --reference shoes
    """
    from core import checkpoints, references, reports

    place = opened(workspace)
    arguments = {
        "checkpoint_id": checkpoints.find(place, checkpoint).id,
        "reference_set_id": references.find(place, reference).set_id, "n": n,
    }  # fmt: skip
    with bar("nothing was kept; ask again") as progress:
        report = reports.make(place, reports.get("reconstruction"), arguments, progress)
    if as_json:
        show([report.result], True)
        return
    keep = ("measure", "value", "low", "high", "median", "mean_picture")
    show([{name: row[name] for name in keep} for row in report.result["measures"]], False)


def add(app: typer.Typer) -> None:
    app.command("reconstruct")(run)
