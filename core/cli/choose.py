"""`proofsheet choose`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, bar, opened, show


def run(
    reference: Annotated[str, typer.Option(help="Name of a reference set, or NAME@VERSION.")],
    by: Annotated[
        str | None, typer.Option(help="labels, tags or augmentations; default: the first that the set has.")
    ] = None,
    extractor: Annotated[list[str] | None, typer.Option(help="Only this one; may be given several times.")] = None,
    seed: Annotated[int, typer.Option(help="Of the pictures drawn and the changes planted.")] = 0,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which features and which measure fit your pictures: what tells "same" from "different" best, and how fast.

    Same is: the same label, a shared tag, or a picture and its own cropped, blurred, recoloured, noisy, mirrored or
    shifted version. AUC is the chance that a pair that belongs together is nearer than one that does not. Takes
    minutes.

    Example: proofsheet choose --reference shoes --by labels
    """
    from core import references, reports, shelf
    from core.reports import leaders, same_or_different

    place = opened(workspace)
    set_id = references.find(place, reference).set_id
    order = [kind.name for kind in shelf.all_kinds(place)]  # that of the page, which is to find the same report
    names = {shelf.usable(place, name).name for name in extractor or []}
    chosen = sorted(names, key=lambda name: (order.index(name.partition("+")[0]), name))
    asked = {"by": by or same_or_different.possible(place, set_id)[0], "extractors": chosen, "seed": seed}
    with bar("nothing was kept; ask again") as progress:
        report = reports.make(place, reports.get("choose"), {"reference_set_id": set_id, **asked}, progress)
    found = report.result
    if as_json:
        show(found["rows"], True)
        return
    show([_short(row) for row in leaders.first_of_each(found)], False)
    print(f"{found['reason']}\nSame: {found['words']}. The best measure of each; --json has all of them.")


def _short(row: dict[str, Any]) -> dict[str, Any]:
    mark = "recommended" if row["chosen"] else "as good" if row["as_good"] else ""
    interval = f"{row['low']:.3f}-{row['high']:.3f}"
    name = f"{row['extractor']} {row['measure']}".strip()
    return {"with": name, "AUC": f"{row['auc']:.3f}", "95%": interval, "s / 1,000": row["seconds"], "standing": mark}


def add(app: typer.Typer) -> None:
    app.command("choose")(run)
