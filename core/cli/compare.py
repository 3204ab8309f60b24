"""`proofsheet compare`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.terminal import JsonOption, WorkspaceOption, opened, show
from core.numbers import number

if TYPE_CHECKING:
    from core.compare import Comparison, Difference

WORSE = 1


def run(
    a: Annotated[str, typer.Argument(help="The checkpoint to beat: RUN@STEP, sha256 or id.")],
    b: Annotated[str, typer.Argument(help="The candidate.")],
    reference: Annotated[str | None, typer.Option(help="Name of a reference set, or NAME@VERSION.")] = None,
    extractor: Annotated[str | None, typer.Option(help="Feature space, when both were measured in several.")] = None,
    n: Annotated[int | None, typer.Option(help="Pictures sampled, when both were measured with several.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the latent bank, the same.")] = None,
    gate: Annotated[bool, typer.Option("--gate", help="Exit with 1 when B is worse on a headline metric.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Is B better than A? The difference of every metric with its interval, a verdict, and the answer in a sentence.

    Verdicts are corrected for asking about several metrics at once (Holm), and the intervals with them: one that holds
    0 cannot tell. What was made from the same latents is compared in pairs. With --gate the exit code is 1 when B is
    worse on Fréchet distance, KID or coverage, and 2 when the two were not measured alike: for a training pipeline.
    --json gives one object: a, b, answer, sentence, beside, protocol, made_by, apart, rows.

    Example: proofsheet compare night-1@10000 night-1@20000 --gate
    """
    from core import checkpoints
    from core import compare as comparison
    from core.results import noted

    place = opened(workspace)
    ids = [checkpoints.find(place, name).id for name in (a, b)]
    found = comparison.compare(place, *ids, reference=reference, extractor=extractor, n=n, seed=seed)
    if as_json:
        print(json.dumps(_whole(found), indent=2), flush=True)
    else:
        print(found.protocol)
        show([_short(row) for row in found.rows], False)
        apart = [f"Not compared: {one}." for one in found.apart]
        settling = [f"{row.title}: {row.more}" for row in found.rows if row.more]
        print("\n".join([found.sentence, *found.beside, *apart, *settling, *found.made_by]))
        for note in noted((row.title, row.note) for row in found.rows):
            print(f"note: {note}")
    if gate and not comparison.gate(found):
        raise typer.Exit(WORSE)


def _whole(found: Comparison) -> dict[str, Any]:
    return {
        "a": found.a, "b": found.b, "answer": found.answer, "sentence": found.sentence, "beside": found.beside,
        "protocol": found.protocol, "made_by": found.made_by, "apart": found.apart,
        "rows": [_row(row) for row in found.rows],
    }  # fmt: skip


def _row(row: Difference) -> dict[str, Any]:
    return {
        "metric": row.metric, "A": row.a.value, "B": row.b.value, "difference": row.difference, "low": row.low,
        "high": row.high, "level": row.level, "standard_error": row.standard_error,
        "p": row.p if row.direction != "none" else None, "paired": row.paired, "verdict": row.verdict,
        "more": row.more, "note": row.note, "floor": row.a.floor, "n": row.a.n, "m": row.a.m,
        "fingerprint": row.a.fingerprint,
    }  # fmt: skip


def _short(row: Difference) -> dict[str, Any]:
    """What fits a terminal of 80 columns."""
    return {
        "metric": row.metric, "A": number(row.a.value), "B": number(row.b.value),
        "B - A, interval": f"{number(row.difference)} [{number(row.low)}, {number(row.high)}]",
        "verdict": row.verdict or "-",
    }  # fmt: skip


def add(app: typer.Typer) -> None:
    app.command("compare")(run)
