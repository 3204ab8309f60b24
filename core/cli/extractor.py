"""`proofsheet extractor`: what turns pictures into vectors; bring your own, or the weights that published ones need."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, say, show, warn_unwalled

if TYPE_CHECKING:
    from core.own_extractors import OwnView
    from core.shelf import ExtractorView

app = typer.Typer(help="What turns pictures into vectors: list, bring your own, fetch weights.", no_args_is_help=True)


def _row(view: ExtractorView, as_json: bool) -> dict[str, Any]:
    if as_json:
        return dataclasses.asdict(view)
    return {"extractor": view.name, "is": view.origin, "version": view.version, "vector": view.dim, "state": view.state,
            "sets": view.sets, "evaluations": view.evaluations}  # fmt: skip


@app.command("list")
def every(
    archived: Annotated[bool, typer.Option("--archived", help="Archived ones too.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every extractor: its width, its weights, where it was used. Those that are ready are what --extractor takes.

    Example: proofsheet extractor list --json
    """
    from core import shelf
    from core.extractors import outside

    found = shelf.every(opened(workspace), archived)
    show([_row(view, as_json) for view in found], as_json)
    for name, reason in outside.left_out().items():
        say(f"the extractor {name} is left out, {reason}.")
    if not as_json:
        for view in found:
            if view.missing:
                say(f"{view.name}: {view.missing} by `proofsheet extractor fetch {view.name}`.")


@app.command("fetch")
def fetch(
    name: Annotated[str, typer.Argument(help="The extractor, as `extractor list` calls it.")],
    file: Annotated[
        Path | None, typer.Option(help="The published file, where you have it: nothing is fetched.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Get the published weights that NAME needs: the only thing here that ever asks another server for anything.

    The file is checked against its published hash. A download that breaks off is gone on from by the same command;
    without a network the sentence says which file to put where.

    Example: proofsheet extractor fetch inception-2015-tf --file ./inception-2015-12-05.tgz
    """
    from core import shelf

    with bar("what was fetched is kept; the same command goes on from there") as progress:
        view = shelf.fetch(opened(workspace), name, file, progress)
    show([_row(view, as_json)], as_json)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What --extractor will call it; taken already: its next version.")],
    file: Annotated[Path, typer.Argument(help="An .onnx, a .keras or a whole-model .h5 that sees pictures.")],
    preset: Annotated[str, typer.Option(help="Published settings to begin with: dinov2, clip, imagenet.")] = "",
    side: Annotated[int | None, typer.Option(help="Pixels of a side of what it takes.")] = None,
    fit: Annotated[str | None, typer.Option(help="stretch, or crop the middle.")] = None,
    resize_to: Annotated[int | None, typer.Option(help="With crop: the shorter side before it.")] = None,
    resize: Annotated[str | None, typer.Option(help="bicubic, bilinear, lanczos or box; all antialias.")] = None,
    colour: Annotated[str | None, typer.Option(help="RGB, BGR or grey.")] = None,
    value_range: Annotated[str | None, typer.Option(help="0..255, 0..1 or -1..1.")] = None,
    mean: Annotated[str | None, typer.Option(help="One number, or one a channel: 0.485,0.456,0.406.")] = None,
    sd: Annotated[str | None, typer.Option(help="The same.")] = None,
    layout: Annotated[str | None, typer.Option(help="NCHW or NHWC.")] = None,
    output: Annotated[str | None, typer.Option(help="An output, or a layer inside, to take the vectors from.")] = None,
    pooling: Annotated[str | None, typer.Option(help="none, cls, mean (over tokens) or average (over places).")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a network of your own as an extractor, under NAME.

    What the file tells is taken from it: size, layout, colours. The rest is said by a preset or an option. It is tried
    on pictures first: vectors that are not finite, all alike or different each time are refused. A Keras file is
    rewritten as ONNX where that gives the same vectors.

    Example: proofsheet extractor add dino ./dinov2-vits14.onnx --preset dinov2
    """
    from core import own_extractors
    from core.extractors.reading import numbers

    said = {
        "side": side, "fit": fit, "resize_to": resize_to, "filter": resize, "colour": colour,
        "value_range": value_range, "mean": mean, "sd": sd, "layout": layout, "output": output,
        "pooling": pooling,
    }  # fmt: skip
    warn_unwalled()
    settings = numbers({key: value for key, value in said.items() if value is not None})
    with bar("nothing was brought in; ask again") as progress:
        view = own_extractors.add(opened(workspace), name, file, settings, preset=preset, progress=progress)
    _shown(view, as_json)


def _shown(view: OwnView, as_json: bool) -> None:
    if as_json:
        show([dataclasses.asdict(view)], True)
        return
    runs = {
        "onnx": "onnxruntime",
        "converted": "onnxruntime, rewritten from Keras",
        "keras": "TensorFlow, in the worker",
    }
    show([{"extractor": view.name, "version": view.version, "vector": view.dim, "runs by": runs[view.format],
           "sha256": view.sha256[:12]}], False)  # fmt: skip
    show([{"setting": k, "is": str(v), "said by": "you" if k in view.by_hand else "the file or default"}
          for k, v in view.settings.items()], False)  # fmt: skip
    for note in view.notes:
        say(f"{view.name}: {note}.")


@app.command("archive")
def archive(
    name: Annotated[str, typer.Argument(help="One of your own.")],
    back: Annotated[bool, typer.Option("--back", help="Bring it back into the lists.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put an extractor of your own out of the lists. Its file, its vectors and every number made with it stay.

    Example: proofsheet extractor archive dino
    """
    from core import own_extractors

    view = own_extractors.archive(opened(workspace), name, not back)
    show([{"extractor": view.name, "version": view.version, "archived": view.archived}], as_json)
