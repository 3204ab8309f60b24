"""`proofsheet reconstruct`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, say, show, warn_unwalled


def run(
    checkpoint: Annotated[str, typer.Argument(help="An autoencoder, or a decoder: RUN@STEP, sha256 or id.")],
    reference: Annotated[str, typer.Option(help="Name of a reference set, or NAME@VERSION.")],
    n: Annotated[int, typer.Option(min=2, max=100_000, help="Real pictures to give back.")] = 500,
    encoder: Annotated[Path | None, typer.Option(help="The encoder's file, where the checkpoint is a decoder.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How well an autoencoder, a VAE's encoder and decoder as one model or two files, gives real pictures back.

    SSIM, PSNR, pixel error and a perceptual distance with 95% intervals. The last column is what the mean picture would
    get if it were given back every time: a model that is no better has learned nothing.

    With --encoder the checkpoint is the decoder; of an encoder that gives a mean and a variance the mean is taken.

    Example: proofsheet reconstruct vae@20000 --reference shoes --encoder encoder.keras
    """
    from core import checkpoints, encoders, references, reports

    warn_unwalled()
    place = opened(workspace)
    arguments = {
        "checkpoint_id": checkpoints.find(place, checkpoint).id,
        "reference_set_id": references.find(place, reference).set_id, "n": n,
        "encoder": encoders.take(place, encoder) if encoder else "",
    }  # fmt: skip
    with bar("nothing was kept; ask again") as progress:
        report = reports.make(place, reports.get("reconstruction"), arguments, progress)
    if as_json:
        show([report.result], True)
        return
    for note in report.result.get("notes", []):
        say(f"encoder: {note}")
    keep = ("measure", "value", "low", "high", "median", "mean_picture")
    show([{name: row[name] for name in keep} for row in report.result["measures"]], False)


def add(app: typer.Typer) -> None:
    app.command("reconstruct")(run)
