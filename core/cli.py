"""The command `proofsheet`. Exit codes: 0 done, 2 bad input (one sentence on standard error)."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from core.errors import ProofsheetError
from core.settings import Settings
from core.workspace import Workspace

app = typer.Typer(help="Decide which generator checkpoint ships.", no_args_is_help=True)
reference_app = typer.Typer(help="Real pictures to compare against.", no_args_is_help=True)
app.add_typer(reference_app, name="reference")

WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", help="Folder; default $PROOFSHEET_WORKSPACE or ./workspace."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def _open(workspace: Path | None) -> Workspace:
    return Workspace(Settings.from_env(workspace=workspace))


class _Bar:
    """A progress bar on standard error; quiet when nobody looks."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
        self.bar = Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)
        self.task = self.bar.add_task("starting", total=None)

    def __call__(self, done: int, total: int, message: str = "", session: object = None) -> None:
        self.bar.update(self.task, completed=done, total=total, description=message)


def _show(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows, indent=2, default=str))
        return
    table = Table(*(list(rows[0]) if rows else ["nothing yet"]))
    for row in rows:
        table.add_row(*(f"{v:.4g}" if isinstance(v, float) else "" if v is None else str(v) for v in row.values()))
    Console().print(table)


@reference_app.command("add")
def reference_add(
    name: str,
    path: Annotated[Path, typer.Argument(help="A folder, zip, .npy, .npz, IDX .gz or one picture.")],
    held_out: Annotated[float, typer.Option(help="Share kept as a control that no metric uses, 0 to 0.5.")] = 0.1,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take real pictures in as the next version of NAME."""
    from core import references

    bar = _Bar()
    with bar.bar:
        view = references.add(_open(workspace), name, path, held_out=held_out, progress=bar)
    for refused in view.refused[:20]:
        print(refused["reason"], file=sys.stderr)
    row = {"reference": view.label, "pictures": view.m, "held out": view.held_out, "refused": len(view.refused)}
    _show([row], as_json)


@reference_app.command("list")
def reference_list(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The reference sets of this workspace."""
    from core import references

    found = references.every(_open(workspace))
    _show([{"reference": v.label, "pictures": v.m, "held out": v.held_out, "source": v.source} for v in found], as_json)


@app.command()
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
    """Measure a checkpoint against a reference set: value, 95% interval, and the floor of real against real."""
    from core import checkpoints, references, results
    from core import evaluate as evaluation

    opened = _open(workspace)
    chosen = references.find(opened, reference)
    given = {k: v for k, v in {"value_range": value_range, "layout": layout}.items() if v}
    view = checkpoints.register(opened, checkpoint, run=run, step=step, overrides=given)
    bar = _Bar()
    with bar.bar:
        number = evaluation.evaluate(opened, view.id, chosen.set_id, extractor=extractor, n=n, seed=seed, progress=bar)
    found = results.values(opened, number)
    if not as_json:
        spec = checkpoints.get(opened, view.id).spec
        latent = "+".join("x".join(map(str, i["shape"])) + f" {i['kind']}" for i in spec["inputs"])
        size = f"{spec['height']}x{spec['width']}x{spec['channels']}"
        print(f"{view.label}: {latent} -> {size}, {spec['value_range']}; against {chosen.label}, n {n}")
        for warning in dict.fromkeys(v.warning for v in found if v.warning):
            print(f"note: {warning}")
        keep = ("title", "value", "low", "high", "floor", "direction")
        _show([{k: getattr(v, k) for k in keep} for v in found], False)
    else:
        _show([dataclasses.asdict(v) for v in found], True)


@app.command("list")
def list_checkpoints(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The checkpoints of this workspace."""
    from core import checkpoints

    found = checkpoints.every(_open(workspace))
    _show([{"run": v.run, "step": v.step, "file": v.name, "format": v.format} for v in found], as_json)


@app.command("demo")
def run_demo(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The main job on built-in data: handwritten digits against a small linear generator that grows."""
    from core import demo

    opened = Workspace(Settings.from_env(workspace=workspace or Path("demo-workspace")))
    bar = _Bar()
    with bar.bar:
        rows = demo.demo(opened, bar)
    _show(rows, as_json)


def main() -> None:
    """Entry point: our errors become one sentence and exit code 2, others keep their traceback."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    try:
        app()
    except ProofsheetError as error:
        print(f"proofsheet: {error}", file=sys.stderr)
        sys.exit(2)
