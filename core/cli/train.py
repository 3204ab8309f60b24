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
    architecture: Annotated[
        str, typer.Option(help="dcgan; vae; deep: a DCGAN for larger pictures; seed: a small textbook generator.")
    ] = "dcgan",
    size: Annotated[
        int | None, typer.Option(help="Side of the pictures in pixels, a multiple of 4 (deep: 16); else theirs.")
    ] = None,
    channels: Annotated[int | None, typer.Option(help="1 (grey) or 3 (RGB); else theirs.")] = None,
    fit: Annotated[
        str, typer.Option(help="What is no square: stretch, or crop to the square in the middle.")
    ] = "stretch",
    flip: Annotated[bool, typer.Option("--flip", help="Mirror every second picture, anew in every epoch.")] = False,
    rotate: Annotated[float, typer.Option(help="Turn every picture by up to so many degrees.")] = 0.0,
    crop: Annotated[float, typer.Option(help="Leave out up to this share of the side, at a random place.")] = 0.0,
    latent: Annotated[int, typer.Option(help="Numbers of a latent.")] = 100,
    batch: Annotated[int, typer.Option(help="Real pictures a step.")] = 32,
    learning_rate: Annotated[float, typer.Option(help="Of the generator, and of a VAE as a whole.")] = 1e-3,
    discriminator_learning_rate: Annotated[
        float | None, typer.Option(help="Of a GAN's discriminator; else that of the generator.")
    ] = None,
    feature_matching: Annotated[
        float, typer.Option(help="GAN: weight of matching the discriminator's mean features; 100 is a good first try.")
    ] = 0.0,
    perceptual: Annotated[
        float, typer.Option(help="VAE: weight of a fixed network's features beside pixels; 0.1 is a good first try.")
    ] = 0.0,
    kl_weight: Annotated[float, typer.Option(help="VAE: weight of the Kullback-Leibler term.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of weights, noise, order and augmentation.")] = 0,
    extractor: Annotated[str | None, typer.Option(help="Features to measure checkpoints by.")] = None,
    n: Annotated[int, typer.Option(help="Pictures sampled to measure a checkpoint.")] = 1000,
    early_stop: Annotated[
        int, typer.Option(help="Stop when none of so many last checkpoints is better than the best before; 0: never.")
    ] = 0,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a GAN or a VAE on a reference set; every checkpoint is measured as it lands.

    Ctrl-C pauses it: the same command goes on from the last whole epoch, and answers at once when all is done. The
    held-out part of the set is never trained on. What goes on in a worker instead is started on the page Train.

    Example: proofsheet train --reference shoes --run first-try --architecture vae --epochs 20 --every 2 --flip
    """
    from core import extractors, references, training
    from core.training import data

    place = opened(workspace)
    set_id = references.find(place, reference).set_id
    side, colours = data.proposed(place, set_id, architecture)
    settings = training.TrainingSettings(
        run, set_id, architecture=architecture, size=size or side, channels=channels or colours, latent_size=latent,
        batch=batch, epochs=epochs, checkpoint_every=every, learning_rate=learning_rate,
        discriminator_learning_rate=discriminator_learning_rate or learning_rate, seed=seed, evaluate_n=n,
        extractor=extractor or extractors.DEFAULT, fit=fit, flip=flip, rotate=rotate, crop=crop, kl_weight=kl_weight,
        feature_matching=feature_matching, perceptual=perceptual, early_stop=early_stop,
    )  # fmt: skip
    with bar("what was made is kept; the same command goes on from the last whole epoch") as progress:
        made = training.train(place, settings, progress=progress)
    rows = [{"checkpoint": f"{made['run']}@{row['step']}", **row} for row in made["checkpoints"]]
    show(rows, as_json)


def add(app: typer.Typer) -> None:
    app.command("train")(train)
