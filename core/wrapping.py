"""What came out of a filter or a sweep, as files to use elsewhere and as a checkpoint to measure here."""

from __future__ import annotations

import tempfile
from pathlib import Path

from core import checkpoints, reports
from core.checkpoints import CheckpointView
from core.errors import BadInput
from core.generators import GeneratorSpec
from core.generators import wrapped as wrapping
from core.latents import Allowed
from core.reports import ReportView
from core.workspace import Workspace

KINDS = ("latent-filter", "truncation")


def allowed(workspace: Workspace, report: ReportView, level: float | None = None) -> Allowed:
    """The latents of a filter, or of a sweep at a `level` (None: as they were drawn). Raises BadInput for another kind
    of report."""
    from core.reports import latent_filter, truncation

    if report.kind == "latent-filter":
        return latent_filter.allowed(workspace, report)
    if report.kind == "truncation":
        return truncation.allowed(workspace, report, level)
    raise BadInput(f"A report of kind '{report.kind}' chooses no latents; take a filter or a sweep.")


def wrapped(workspace: Workspace, report: ReportView, level: float | None = None) -> bytes:
    """An ONNX generator that makes exactly the pictures of the allowed latents; a sweep by scale becomes one that
    scales whatever latents it is given. Raises BadInput for what cannot be wrapped."""
    view = checkpoints.get(workspace, report.arguments["checkpoint_id"])
    if "architecture" in view.overrides:
        raise BadInput(f"{view.label} is weights in another model's architecture; save it whole, or take the latents.")
    spec = GeneratorSpec.from_json(view.spec)
    if spec.embeddings:
        raise BadInput(f"{view.label} takes its labels from a table beside it; take the list of latents instead.")
    if report.kind == "truncation" and report.result["mode"] == "scale":
        if level is None or level not in [point["level"] for point in report.result["points"]]:
            raise BadInput(f"This report has no level {level}; use one of its curve.")
        return wrapping.scaled_of(view.path, spec, level, workspace.settings.rules)
    found = allowed(workspace, report, level)
    return wrapping.table_of(view.path, spec, found.latents, found.labels, workspace.settings.rules)


def register(workspace: Workspace, report_id: int, level: float | None = None) -> CheckpointView:
    """The wrapped generator as a checkpoint of the run '<run> wrapped', at the step of the one it was made from, read
    as that one is."""
    report = reports.get_view(workspace, report_id)
    content = wrapped(workspace, report, level)
    view = checkpoints.get(workspace, report.arguments["checkpoint_id"])
    overrides = {name: view.spec[name] for name in ("value_range", "layout")}
    scaled = report.kind == "truncation" and report.result["mode"] == "scale"
    if scaled and view.spec["classes"] and any(i["encoding"] == "integer" for i in view.spec["inputs"]):
        overrides["classes"] = view.spec["classes"]
    what = f"{report.kind} {report.id}" + ("" if level is None else f" {level:g}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{what.replace(' ', '-')}.onnx"
        path.write_bytes(content)
        return checkpoints.register(
            workspace, path, run=f"{view.run} wrapped", step=view.step, overrides=overrides,
            details={"wrapped": view.label, "report": report_id} | ({} if level is None else {"level": level}),
        )  # fmt: skip
