"""`proofsheet evaluate` and `proofsheet list`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, say, show, warn_unwalled
from core.errors import BadInput

RangeOption = Annotated[str | None, typer.Option(help="tanh, sigmoid or byte, when found wrongly.")]
LayoutOption = Annotated[str | None, typer.Option(help="NHWC or NCHW, when found wrongly.")]
ClassesOption = Annotated[int | None, typer.Option(help="Number of classes, when the model does not tell.")]
ArchitectureOption = Annotated[
    str | None,
    typer.Option(
        help="For weights alone: a whole model that is here already, as RUN@STEP, sha256 or id; or an architecture by "
        "name, as dcgan:size=28,channels=1,latent=100."
    ),
]


RolesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        help="What an input takes: NAME=noise, or a label, NAME=integer, NAME=onehot, NAME=embedding; repeat.",
    ),
]
SignatureOption = Annotated[str | None, typer.Option(help="Which function of a SavedModel makes the pictures.")]
OutputOption = Annotated[
    str | None, typer.Option("--output", help="Which output of a model with several is the picture, by its name.")
]
EmbeddingsOption = Annotated[
    Path | None, typer.Option(help="A .npy or .npz table of the vectors (classes, width) that stand for the classes.")
]


def evaluate(
    checkpoint: Annotated[Path, typer.Argument(help="A .keras, .h5 or .onnx file, or ready-made pictures.")],
    reference: Annotated[str, typer.Option(help="Name of a reference set, or NAME@VERSION.")],
    run: Annotated[str, typer.Option(help="The training run that the checkpoint belongs to.")],
    step: Annotated[int, typer.Option(help="Its training step.")],
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
    as_found: Annotated[
        bool, typer.Option("--as-found", help="Forget what was said before of how it is read.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a checkpoint against a reference set: value, 95% interval, and the floor of real against real.

    Interrupted or killed, the same command goes on from the last batch; asked again, it answers at once.

    Example: proofsheet evaluate gen-0400.keras --reference shoes --run dcgan --step 400
    """
    from core import checkpoints, references, results, shelf
    from core import evaluate as evaluation

    warn_unwalled()
    place = opened(workspace)
    chosen = references.find(place, reference)
    shelf.usable(place, extractor)  # before the checkpoint is listed
    evaluation.check_size(n, chosen, checkpoint.name)
    given = reading(value_range, layout, classes, architecture, inputs, signature, output)
    if embeddings is not None:
        given["embeddings"] = checkpoints.take_table(place, embeddings)
    known = {one.id for one in checkpoints.every(place, run.strip(), archived=True)}
    view = checkpoints.register(place, checkpoint, run=run, step=step, overrides=given, adding=not as_found)
    if before := [name for name in view.overrides if name not in given]:
        say(f"read as was said before: {', '.join(before)}; --as-found forgets that.")
    try:
        with bar() as progress:
            number = evaluation.evaluate(
                place, view.id, chosen.set_id, extractor=extractor, n=n, seed=seed, progress=progress
            )
    except BadInput:
        if view.id not in known:  # RUN@STEP means what it meant before
            checkpoints.withdraw(place, view.id)
        raise
    found, made_by = results.values(place, number), results.get(place, number).made_by
    if as_json:
        show([{**dataclasses.asdict(v), "made_by": made_by} for v in found], True)
        return
    view = checkpoints.get(place, view.id)
    print(f"{view.label}: {said(view.spec)}; against {chosen.label}, n {n}")
    made = [f"pictures {made_by}"] if made_by else []
    for note in [*view.spec.get("notes", []), *made, *results.noted((v.title, v.warning) for v in found)]:
        print(f"note: {note}")
    keep = ("title", "value", "low", "high", "floor", "direction")
    show([{k: getattr(v, k) for k in keep} for v in found], False)


def reading(
    value_range: str | None, layout: str | None, classes: int | None, architecture: str | None,
    inputs: list[str] | None = None, signature: str | None = None, output: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What was said of how the model is to be read; what was not said is left out, to be found in the model."""
    given = {"value_range": value_range, "layout": layout, "classes": classes, "architecture": architecture,
             "signature": signature, "output": output,
             "roles": dict((*one.rpartition("=")[::2],) for one in inputs) if inputs else None}  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def said(spec: dict[str, Any]) -> str:
    """One line of what was found in a model: '100 noise -> 28x28x1, tanh'."""
    latent = "+".join("x".join(map(str, i["shape"])) + f" {i['kind']}" for i in spec["inputs"])
    size = f"{spec['height']}x{spec['width']}x{spec['channels']}"
    return f"{latent or 'ready-made pictures'} -> {size}, {spec['value_range']}"


def every(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The checkpoints of this workspace, by run and step; below them why some were refused."""
    from core import checkpoints

    found = checkpoints.every(opened(workspace))
    rows = [{"id": v.id, "run": v.run, "step": v.step, "file": v.name, "format": v.format} for v in found]
    if as_json:
        show([{**row, "error": v.error} for row, v in zip(rows, found, strict=True)], True)
        return
    show([{**row, "refused": "yes" if v.error else ""} for row, v in zip(rows, found, strict=True)], False)
    for view in found:
        if view.error:
            print(f"{view.label}: {view.error}")


def add(app: typer.Typer) -> None:
    app.command("evaluate")(evaluate)
    app.command("list")(every)
