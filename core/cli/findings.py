"""`proofsheet copies`, `proofsheet missing` and `proofsheet slices`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, show

if TYPE_CHECKING:
    from core.reports import ReportView
    from core.reports.missing import Missing, Side
    from core.results import EvaluationView
    from core.workspace import Workspace

CheckpointArgument = Annotated[str, typer.Argument(help="A checkpoint that was evaluated: RUN@STEP, sha256 or id.")]
ReferenceOption = Annotated[str | None, typer.Option(help="Name of a reference set, or NAME@VERSION.")]
ExtractorOption = Annotated[str | None, typer.Option(help="Feature space, when it was measured in several.")]


def copies(
    checkpoint: CheckpointArgument,
    reference: ReferenceOption = None,
    extractor: ExtractorOption = None,
    top: Annotated[int, typer.Option(min=1, help="Pairs to list.")] = 20,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Does it copy? The generated pictures nearest to one real picture, beside held-out real pictures.

    A ratio near 0 is a copy; "control" is how many of the held-out real pictures have a ratio as low. Shifted and
    mirrored copies are found too. Look at the pairs on the page Copies: nothing is failed by a number.

    Example: proofsheet copies night-1@10000 --reference shoes
    """
    from core.reports import copies as kind

    place = opened(workspace)
    view = _measured(place, checkpoint, reference, extractor)
    found = kind.read(place, _report(place, "copies", view))
    rows = [
        {"picture": p.image_id, "nearest": p.nearest_id, **{f"{s} ratio": v for s, v in p.ratios.items()},
         **{f"{s} control": v for s, v in p.as_near.items()}}
        for p in kind.pairs(place, found, count=top)
    ]  # fmt: skip
    show(rows, as_json)
    if not as_json:
        print(f"{found.sentence}\n{view.protocol}")


def missing(
    checkpoint: CheckpointArgument,
    reference: ReferenceOption = None,
    extractor: ExtractorOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is missing? The real pictures that no generated one comes near, in clusters; and the strays.

    "real" is how many pictures other real ones leave out at the same place: a cluster is called missing when it holds
    more than that, and not by chance.

    Example: proofsheet missing night-1@10000 --reference shoes
    """
    from core.reports import missing as kind

    place = opened(workspace)
    view = _measured(place, checkpoint, reference, extractor)
    found = kind.read(place, _report(place, "missing", view))
    rows = [_cluster(side, one) for side in (found.left_out, found.off) for one in side.clusters]
    show(rows, as_json)
    if not as_json:
        print(f"{found.sentence}\n{view.protocol}")


def _cluster(side: Side, one: Missing) -> dict[str, Any]:
    return {
        "cluster": one.name, "pictures": one.size, "of": side.size, "share": one.share, "low": one.low,
        "high": one.high, "real": one.real, "missing": "yes" if one.certain else "", "labels": one.called,
    }  # fmt: skip


def slices(
    checkpoint: CheckpointArgument,
    reference: ReferenceOption = None,
    extractor: ExtractorOption = None,
    by: Annotated[str, typer.Option(help="label, tag or cluster.")] = "label",
    metric: Annotated[str, typer.Option(help="Name of a metric, such as coverage, precision or kid.")] = "coverage",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where is it worst? One metric by label, tag or cluster, the worst slice first.

    Small slices are drawn towards the whole ("shrunk"), with an interval that says how little they know.

    Example: proofsheet slices night-1@10000 --by label --metric coverage
    """
    from core.reports import slices as kind

    place = opened(workspace)
    view = _measured(place, checkpoint, reference, extractor)
    asked = kind.arguments(place, view.set_id, view.reference_set_id, view.extractor, by)
    found = kind.read(_report(place, "slices", view, asked), metric)
    rows = [
        {"slice": s.name, "n": s.n, "value": s.value, "shrunk": s.shrunk, "low": s.low, "high": s.high, "real": s.floor}
        for s in found.rows
    ]
    show(rows, as_json)
    if not as_json:
        print(f"{found.sentence}\n{found.explained}\n{view.protocol}")
        if found.small:
            print(f"too small: {', '.join(f'{name} ({n})' for name, n in found.small)}")


def _measured(place: Workspace, checkpoint: str, reference: str | None, extractor: str | None) -> EvaluationView:
    from core import checkpoints, references
    from core.reports.sides import measured

    chosen = None if reference is None else references.find(place, reference).set_id
    return measured(place, checkpoints.find(place, checkpoint).id, chosen, extractor)


def _report(
    place: Workspace, kind: str, view: EvaluationView, asked: dict[str, Any] | None = None
) -> ReportView:  # fmt: skip
    from core import reports
    from core.reports.sides import arguments

    with bar("nothing was kept; ask again") as progress:
        return reports.make(place, reports.get(kind), asked or arguments(view), progress)


def add(app: typer.Typer) -> None:
    app.command("copies")(copies)
    app.command("missing")(missing)
    app.command("slices")(slices)
