"""`proofsheet select`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, opened, show

if TYPE_CHECKING:
    from core.best import Row


def run(
    run: Annotated[str, typer.Argument(help="Name of a run whose checkpoints were evaluated.")],
    reference: Annotated[str | None, typer.Option(help="Name of a reference set, or NAME@VERSION.")] = None,
    extractor: Annotated[str | None, typer.Option(help="Feature space, when they were measured in several.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which checkpoint of a run to keep: the earliest that no other one beats on KID and coverage.

    Verdicts are paired where the latents are the same, and corrected for asking about all checkpoints at once. Beside
    it stand the one of the lowest generator loss (of runs trained here) and the last one; --json gives one object: run,
    keep, sentence, beside, stalled, protocol, rows.

    Example: proofsheet select night-1
    """
    from core import best

    found = best.of_run(opened(workspace), run, reference=reference, extractor=extractor)
    rows = [_row(row) for row in found.rows]
    if as_json:
        whole = {
            "run": found.run, "keep": found.kept.checkpoint.label, "sentence": found.sentence,
            "beside": found.beside(), "stalled": found.stalled, "protocol": found.protocol, "rows": rows,
        }  # fmt: skip
        print(json.dumps(whole, indent=2), flush=True)
        return
    show([{name: row[name] for name in ("step", "KID", "coverage", "loss", "kept is", "is")} for row in rows], False)
    print("\n".join([found.sentence, *found.beside(), found.protocol]))


def _row(row: Row) -> dict[str, Any]:
    from core.best import word

    return {
        "step": row.checkpoint.step, "checkpoint": row.checkpoint.id, "KID": row.point.value.value,
        "coverage": row.coverage.value.value, "loss": row.loss, "kept is": word(row.against) if row.against else "",
        "is": ", ".join(row.roles),
        "against": {
            name: {"low": one.low, "high": one.high, "p": one.p, "verdict": one.verdict}
            for name, one in row.against.items()
        },
    }  # fmt: skip


def add(app: typer.Typer) -> None:
    app.command("select")(run)
