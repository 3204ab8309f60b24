"""`proofsheet improve ...`: filter, sweep and search the latents of a checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, say, show

if TYPE_CHECKING:
    from core.reports import ReportView
    from core.workspace import Workspace

CheckpointArgument = Annotated[str, typer.Argument(help="A checkpoint that is a model: RUN@STEP, sha256 or id.")]
ReferenceOption = Annotated[str | None, typer.Option(help="Name of a reference set, or NAME@VERSION.")]
ExtractorOption = Annotated[str | None, typer.Option(help="Feature space; that of the newest evaluation without one.")]
NpzOption = Annotated[Path | None, typer.Option(help="Write the allowed latents here, as .npz.")]
OnnxOption = Annotated[Path | None, typer.Option(help="Write the generator with them built in here, as .onnx.")]
RegisterOption = Annotated[bool, typer.Option("--register", help="Register that generator as a checkpoint.")]
COLUMNS = ("metric", "before", "after", "difference", "low", "high", "verdict")
app = typer.Typer(help="Better pictures from the checkpoint there is: which latents to use.", no_args_is_help=True)


@app.command("filter")
def filtered(
    checkpoint: CheckpointArgument,
    reference: ReferenceOption = None,
    extractor: ExtractorOption = None,
    by: Annotated[str, typer.Option(help="realism, copy, approved or rejected.")] = "realism",
    keep: Annotated[float, typer.Option(help="Share of latents to let through.")] = 0.5,
    threshold: Annotated[float | None, typer.Option(help="A threshold instead of a share; higher scores pass.")] = None,
    tag: Annotated[str, typer.Option(help="For approved and rejected: pictures with this tag, not by votes.")] = "",
    pictures: Annotated[
        str | None,
        typer.Option(
            help="For approved and rejected: a reference set of them (NAME, NAME@VERSION), or a folder, zip or array, "
            "which is taken in as one."
        ),
    ] = None,
    n: Annotated[int, typer.Option(min=100, max=100_000, help="Latents to accept.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Fitted on this bank, judged on the next two.")] = 1000,
    npz: NpzOption = None,
    onnx: OnnxOption = None,
    register: RegisterOption = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let through the latents whose pictures score well, and say whether that helped.

    The threshold is fitted on one bank of latents and judged on fresh ones; where the score looks at real pictures, on
    real pictures that it never saw. --json gives the whole report.

    Example: proofsheet improve filter night-1@10000 --by realism --keep 0.5 --npz allowed.npz
    """
    place = opened(workspace)
    _check_places(npz, onnx)
    more = {"by": by, "keep": keep, "threshold": threshold, "tag": tag, "n": n, "seed": seed}
    if pictures is not None:
        more["chosen_set_id"] = _set_of(place, pictures, by, tag)
    report = _report(place, "latent-filter", checkpoint, reference, extractor, more)
    _taken(place, report, None, npz, onnx, register)
    if as_json:
        return print(json.dumps(_told(report, "labels", "positions"), indent=2))
    found = report.result
    show([_row(row) for row in found["rows"]], False)
    print(f"{found['sentence']}\nthreshold {found['threshold']:.4g}: {found['unit']}")
    print(f"{found['accepted']:,} of {found['drawn']:,} fresh latents pass; judged by {found['judged_by']}")


def _set_of(place: Workspace, named: str, by: str, tag: str) -> int:
    """The set of this name; where none has it, what lies at this path, taken in."""
    from core import references
    from core.errors import BadInput, NotFound
    from core.reports import rules

    if rules.get(by).of != "pictures" or tag:
        raise BadInput("--pictures goes with --by approved or --by rejected, and not with --tag.")
    try:
        return references.find(place, named).set_id
    except NotFound as error:
        if not Path(named).exists():
            raise NotFound(f"{error} There is no such file either.") from None
    path = Path(named).resolve()
    with bar("nothing was taken in; ask again") as progress:
        view = references.add(place, path.stem.replace("@", " "), path, held_out=0, progress=progress)
    say(f"taken in as {view.label}: {view.m:,} pictures, {len(view.refused):,} refused.")
    return view.set_id


@app.command("sweep")
def swept(
    checkpoint: CheckpointArgument,
    reference: ReferenceOption = None,
    extractor: ExtractorOption = None,
    mode: Annotated[str, typer.Option(help="scale, or truncate (drawn again beyond t).")] = "scale",
    levels: Annotated[str, typer.Option(help="Levels to try, with commas; a usual row without.")] = "",
    n: Annotated[int, typer.Option(min=100, max=100_000, help="Pictures at every level.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the base latents, the same at every level.")] = 0,
    level: Annotated[float | None, typer.Option(help="The level to take; the recommended one without.")] = None,
    npz: NpzOption = None,
    onnx: OnnxOption = None,
    register: RegisterOption = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Quality against diversity: the same latents pulled towards the middle by degrees, with every metric at each.

    Verdicts are against the latents as they are, paired and corrected for all levels. --json gives the whole report.

    Example: proofsheet improve sweep night-1@10000 --mode truncate --onnx night-1-truncated.onnx
    """
    from core.errors import BadInput

    place = opened(workspace)
    _check_places(npz, onnx)
    try:
        asked = [float(part) for part in levels.split(",") if part.strip()]
    except ValueError:
        raise BadInput(f"The levels '{levels}' are no numbers; write --levels 0.5,0.7.") from None
    more = {"mode": mode, "n": n, "seed": seed, "levels": asked}
    report = _report(place, "truncation", checkpoint, reference, extractor, more)
    found = report.result
    swept_at = [point["level"] for point in found["points"]]
    if level is not None and level not in swept_at:
        there = ", ".join(f"{one:g}" for one in swept_at if one is not None)
        raise BadInput(f"Level {level:g} was not swept; there are: {there}. Name it among --levels.")
    _taken(place, report, found["pick"] if level is None else level, npz, onnx, register)
    if as_json:
        return print(json.dumps(_told(report), indent=2))
    names = ("frechet", "kid", "precision", "recall", "coverage")
    show([
        {found["symbol"]: "∞" if p["level"] is None else p["level"], **{m: p[m]["value"] for m in names},
         "better": _verdicts(p, "better"), "worse": _verdicts(p, "worse")}
        for p in found["points"]
    ], False)  # fmt: skip
    print(found["sentence"])


def _verdicts(point: dict[str, Any], verdict: str) -> str:
    return ", ".join(row["metric"] for row in point["rows"] if row["verdict"] == verdict)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    flat = {**row, "before": row["before"]["value"], "after": row["after"]["value"]}
    return {name: flat[name] for name in COLUMNS}


def _told(report: ReportView, *without: str) -> dict[str, Any]:
    return {"report": report.id} | {name: v for name, v in report.result.items() if name not in without}


def _report(
    place: Workspace, kind: str, checkpoint: str, reference: str | None, extractor: str | None, more: dict[str, Any]
) -> ReportView:  # fmt: skip
    from core import checkpoints, extractors, references, reports
    from core.reports.sides import measured

    number = checkpoints.find(place, checkpoint).id
    if reference is None:
        view = measured(place, number, None, extractor)
        real, space = view.reference_set_id, view.extractor
    else:
        real, space = references.find(place, reference).set_id, extractor or extractors.DEFAULT
    arguments = {"checkpoint_id": number, "reference_set_id": real, "extractor": space, **more}
    with bar("nothing was kept; ask again") as progress:
        return reports.make(place, reports.get(kind), arguments, progress)


def _check_places(*paths: Path | None) -> None:
    """Raises BadInput where nothing can be written, before minutes are spent on what shall be."""
    from core.errors import BadInput

    for path in paths:
        if path is not None and not path.absolute().parent.is_dir():
            raise BadInput(f"{path}: there is no folder {path.parent} to write into; make it, or check the path.")
        if path is not None and path.is_dir():
            raise BadInput(f"{path}: a folder; give the name of a file.")


def _taken(
    place: Workspace, report: ReportView, level: float | None, npz: Path | None, onnx: Path | None, register: bool
) -> None:  # fmt: skip
    """Write and register what is asked for."""
    from core import wrapping

    if npz is not None:
        npz.write_bytes(wrapping.allowed(place, report, level).npz())
        say(f"the latents are in {npz}.")
    if onnx is not None:
        onnx.write_bytes(wrapping.wrapped(place, report, level))
        say(f"the generator is in {onnx}.")
    if register:
        say(f"registered as {wrapping.register(place, report.id, level).label}.")


@app.command("search")
def searched(
    checkpoint: CheckpointArgument,
    reference: ReferenceOption = None,
    extractor: ExtractorOption = None,
    position: Annotated[list[int] | None, typer.Option(help="Places in the reference set; again for more.")] = None,
    count: Annotated[int, typer.Option(min=1, max=64, help="Held-out pictures to draw where none is named.")] = 8,
    n: Annotated[int, typer.Option(min=10, max=100_000, help="Latents among which the search starts.")] = 2000,
    steps: Annotated[int, typer.Option(min=1, max=5000, help="Generations of the search; more find more.")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="Of the bank, the draw and the search.")] = 0,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What the generator cannot make: the latent whose picture comes nearest to a real one, and the distance left.

    "real" and "made" are how many real (generated) pictures lie nearer to their nearest one than what was found. The
    search may miss: the last line says how near it came to pictures that the generator made itself.

    Example: proofsheet improve search night-1@10000 --count 16
    """
    place = opened(workspace)
    more = {"positions": position or [], "count": count, "n": n, "steps": steps, "seed": seed}
    found = _report(place, "latent-search", checkpoint, reference, extractor, more)
    if as_json:
        return print(json.dumps(_told(found), indent=2))
    show([
        {"position": row["position"], "bank": row["before"], "found": row["after"], "pixels": row["pixels"],
         "real": f"{row['among_real']:.0%}", "made": f"{row['among_made']:.0%}"}
        for row in found.result["rows"]
    ], False)  # fmt: skip
    print(found.result["sentence"])
