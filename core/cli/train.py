"""`proofsheet train`."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, show


def train(
    reference: Annotated[str, typer.Option(help="Name of a reference set, or NAME@VERSION: what is trained on.")],
    run: Annotated[str, typer.Option(help="Name of the run.")],
    epochs: Annotated[int, typer.Option(help="Passes over the pictures; more make a finished run longer.")] = 10,
    every: Annotated[int, typer.Option(help="Epochs between two checkpoints.")] = 1,
    architecture: Annotated[str, typer.Option(help="dcgan, or seed: a small textbook generator.")] = "dcgan",
    size: Annotated[int, typer.Option(help="Side of the pictures in pixels, a multiple of 4.")] = 28,
    channels: Annotated[int, typer.Option(help="1 (grey) or 3 (RGB).")] = 1,
    latent: Annotated[int, typer.Option(help="Numbers of a latent.")] = 100,
    batch: Annotated[int, typer.Option(help="Real pictures a step.")] = 32,
    learning_rate: Annotated[float, typer.Option(help="Of both networks.")] = 1e-3,
    seed: Annotated[int, typer.Option(help="Of weights, noise and order.")] = 0,
    n: Annotated[int, typer.Option(help="Pictures sampled to measure a checkpoint.")] = 1000,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a small GAN on a reference set; every checkpoint is measured as it lands.

    Interrupted or killed, the same command goes on from the last whole epoch; asked again, it answers at once.

    Example: proofsheet train --reference shoes --run first-try --size 32 --channels 3 --epochs 20 --every 2
    """
    from core import references
    from core import training as gan

    place = opened(workspace)
    settings = gan.TrainingSettings(
        run, references.find(place, reference).set_id, architecture=architecture, size=size, channels=channels,
        latent_size=latent, batch=batch, epochs=epochs, checkpoint_every=every, learning_rate=learning_rate,
        discriminator_learning_rate=learning_rate, seed=seed, evaluate_n=n,
    )  # fmt: skip
    with bar("what was made is kept; the same command goes on from the last whole epoch") as progress:
        made = gan.train(place, settings, progress=progress)
    rows = [{"checkpoint": f"{made['run']}@{row['step']}", **row} for row in made["checkpoints"]]
    show(rows, as_json)


def add(app: typer.Typer) -> None:
    app.command("train")(train)
