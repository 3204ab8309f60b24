"""`proofsheet self-check`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, show


def run(
    reference: Annotated[str, typer.Option(help="Name of a reference set, or NAME@VERSION.")],
    extractor: Annotated[str | None, typer.Option(help="Feature space; default: the one that evaluate uses.")] = None,
    n: Annotated[int, typer.Option(help="Pictures a side, at most; three times as many are looked at.")] = 500,
    seed: Annotated[int, typer.Option(help="Of the splits and of what is planted.")] = 0,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which metric notices what: known defects are planted into your own real pictures.

    Blur, noise, JPEG, colour shift, crop, shift, mirror, missing and unbalanced modes, exact and near copies, light
    and strong. Each number says by how many standard errors a metric moved; below 2 it is blind to that. Takes minutes,
    most of it for the features of the changed pictures.

    Example: proofsheet self-check --reference shoes --extractor hog
    """
    from core import extractors, references, reports, shelf
    from core.reports import blind_spots

    place = opened(workspace)
    chosen = shelf.usable(place, extractor or extractors.DEFAULT).name
    arguments = {"reference_set_id": references.find(place, reference).set_id, "extractor": chosen}
    with bar("nothing was kept; ask again") as progress:
        report = reports.make(place, reports.get("self-check"), {**arguments, "n": n, "seed": seed}, progress)
    reactions = blind_spots.reactions(report.result)
    if as_json:
        show([_whole(one) for one in reactions], True)
        return
    show([_table(*at, kinds) for at, kinds in blind_spots.by_plant(reactions).items()], False)
    print("\n".join(sentence.text for sentence in blind_spots.sentences(report.result) if sentence.warns))


def _whole(one: Any) -> dict[str, Any]:
    return {
        "metric": one.metric, "plant": one.plant, "strength": one.strength, "unchanged": one.unchanged,
        "value": one.value, "standard errors": one.errors, "towards": one.towards, "sure": one.sure,
    }  # fmt: skip


def _table(plant: str, strength: str, kinds: dict[str, list[Any]]) -> dict[str, Any]:
    """A row for each plant: which metrics it moves, by how much, and which are blind to it."""
    told = {
        kind: ", ".join(one.metric if kind == "blind" else f"{one.metric} {one.errors:+.0f}" for one in found)
        for kind, found in kinds.items()
    }
    return {"planted": f"{plant}, {strength}", **told}


def add(app: typer.Typer) -> None:
    app.command("self-check")(run)
