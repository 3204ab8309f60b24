"""`proofsheet evaluate` and `proofsheet list`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, show


def evaluate(
    checkpoint: Annotated[Path, typer.Argument(help="A .keras, a whole-model .h5 or an .onnx file.")],
    reference: Annotated[str, typer.Option(help="Name of a reference set, or NAME@VERSION.")],
    run: Annotated[str, typer.Option(help="The training run that the checkpoint belongs to.")],
    step: Annotated[int, typer.Option(help="Its training step.")],
    n: Annotated[int, typer.Option(help="Pictures to sample.")] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the latent bank.")] = 0,
    extractor: Annotated[str, typer.Option(help="Feature space.")] = "efficientnet-lite0-96",
    value_range: Annotated[str | None, typer.Option(help="tanh, sigmoid or byte, when found wrongly.")] = None,
    layout: Annotated[str | None, typer.Option(help="NHWC or NCHW, when found wrongly.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a checkpoint against a reference set: value, 95% interval, and the floor of real against real.

    Interrupted or killed, the same command goes on from the last batch; asked again, it answers at once.

    Example: proofsheet evaluate gen-0400.keras --reference shoes --run dcgan --step 400
    """
    from core import checkpoints, references, results
    from core import evaluate as evaluation

    place = opened(workspace)
    chosen = references.find(place, reference)
    given = {k: v for k, v in {"value_range": value_range, "layout": layout}.items() if v}
    view = checkpoints.register(place, checkpoint, run=run, step=step, overrides=given)
    with bar() as progress:
        number = evaluation.evaluate(
            place, view.id, chosen.set_id, extractor=extractor, n=n, seed=seed, progress=progress
        )
    found = results.values(place, number)
    if as_json:
        show([dataclasses.asdict(v) for v in found], True)
        return
    spec = checkpoints.get(place, view.id).spec
    latent = "+".join("x".join(map(str, i["shape"])) + f" {i['kind']}" for i in spec["inputs"])
    size = f"{spec['height']}x{spec['width']}x{spec['channels']}"
    print(f"{view.label}: {latent} -> {size}, {spec['value_range']}; against {chosen.label}, n {n}")
    for warning in dict.fromkeys(v.warning for v in found if v.warning):
        print(f"note: {warning}")
    keep = ("title", "value", "low", "high", "floor", "direction")
    show([{k: getattr(v, k) for k in keep} for v in found], False)


def every(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The checkpoints of this workspace, by run and step."""
    from core import checkpoints

    found = checkpoints.every(opened(workspace))
    show([{"run": v.run, "step": v.step, "file": v.name, "format": v.format} for v in found], as_json)


def add(app: typer.Typer) -> None:
    app.command("evaluate")(evaluate)
    app.command("list")(every)
