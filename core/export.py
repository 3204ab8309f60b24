"""Metric values with everything needed to read them, for a notebook, a spreadsheet or another program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import checkpoints, results
from core.errors import BadInput, NotFound
from core.workspace import Workspace

COLUMNS = {
    "run": str, "step": int, "checkpoint": str, "sha256": str, "metric": str, "version": int, "value": float,
    "low": float, "high": float, "standard_error": float, "n": int, "m": int, "floor": float, "floor_n": int,
    "direction": str, "extractor": str, "reference": str, "seed": int, "fingerprint": str, "warning": str,
    "evaluated_at": str,
}  # fmt: skip
"""Names and types, in the order they are written. `floor_n` is how many pictures a side the floor was made with;
`evaluated_at` is ISO 8601, UTC."""
Row = dict[str, Any]


def rows(workspace: Workspace, run: str | None = None) -> list[Row]:
    """One row a metric value and checkpoint, by run, step and time; of one run when asked. Raises NotFound for a run
    that is not there."""
    names = [view.name for view in checkpoints.runs(workspace)]
    if run is not None and run not in names:
        raise NotFound(f"There is no run '{run}' in this workspace; there are: {', '.join(names) or 'none yet'}.")
    known = {view.id: view for view in checkpoints.every(workspace, run)}
    found: list[Row] = []
    for evaluation in reversed(results.every(workspace)):
        shared = {
            "extractor": evaluation.extractor, "reference": evaluation.reference, "seed": evaluation.seed,
            "evaluated_at": evaluation.created_at.isoformat(timespec="seconds") + "Z",
        }  # fmt: skip
        for owner in (known[i] for i in evaluation.checkpoint_ids if i in known):
            named = {"run": owner.run, "step": owner.step, "checkpoint": owner.name, "sha256": owner.sha256}
            for value in evaluation.values.values():
                whole = {**vars(value), **named, **shared}
                found.append({column: whole[column] for column in COLUMNS})
    return sorted(found, key=lambda row: (row["run"], row["step"]))


def as_csv(found: list[Row]) -> bytes:
    """RFC 4180, UTF-8; a missing number is an empty field."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(COLUMNS))
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue().encode()


def as_json(found: list[Row]) -> bytes:
    """An array of objects; a missing number is null."""
    return (json.dumps(found, indent=2) + "\n").encode()


def as_parquet(found: list[Row]) -> bytes:
    """One table with the types of COLUMNS, also when it is empty."""
    import pyarrow as pa
    from pyarrow import parquet

    types = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    schema = pa.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    out = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(found, schema=schema), out)
    return out.getvalue()


FORMATS: dict[str, Callable[[list[Row]], bytes]] = {"csv": as_csv, "json": as_json, "parquet": as_parquet}


def write(found: list[Row], kind: str, output: Path) -> None:
    """Write the file whole or not at all. Raises BadInput for an unknown format or a path that cannot be written."""
    data = encode(found, kind)
    part = output.with_name(output.name + ".part")
    try:
        part.write_bytes(data)
        part.replace(output)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BadInput(f"{output} cannot be written ({error.strerror}); choose another --output.") from error


def encode(found: list[Row], kind: str) -> bytes:
    """The rows in one of FORMATS. Raises BadInput for another."""
    if kind not in FORMATS:
        raise BadInput(f"There is no format '{kind}'; there are: {', '.join(FORMATS)} (--format).")
    return FORMATS[kind](found)
