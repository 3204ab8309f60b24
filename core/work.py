"""The kinds of job. One new kind = one function and one line in KINDS; imports are inside, so that pages stay light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import reports
from core.errors import BadInput
from core.named import named
from core.progress import Progress
from core.reports import ReportKind
from core.workspace import Workspace

Arguments = dict[str, Any]


def evaluate(workspace: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    from core import evaluate as evaluation

    asked = {name: arguments[name] for name in ("extractor", "n", "seed")}
    ids = arguments["checkpoint_id"], arguments["reference_set_id"]
    return {"evaluation_id": evaluation.evaluate(workspace, *ids, progress=progress, **asked)}


def inspect(workspace: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    from core import checkpoints

    progress(0, 1, "opening the checkpoint")
    view = checkpoints.inspect(workspace, arguments["checkpoint_id"])
    progress(1, 1, "opened")
    return {"checkpoint_id": view.id, "error": view.error}


def reference(workspace: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """An upload that was taken in or refused is no longer needed; after a cancel it stays for another try."""
    from core import references, uploads

    path = readable_path(workspace, arguments["path"])
    given = {name: arguments[name] for name in ("held_out", "note", "source")}
    try:
        view = references.add(workspace, arguments["name"], path, progress=progress, **given)
    except BadInput:
        if arguments["remove_path"]:
            uploads.drop(workspace, path)
        raise
    if arguments["remove_path"]:
        uploads.drop(workspace, path)
    return {"set_id": view.set_id, "label": view.label, "pictures": view.n, "refused": len(view.refused)}


def readable_path(workspace: Workspace, text: str) -> Path:
    """A path relative to the workspace's uploads, or an absolute one below a folder that the server may read.

    Raises BadInput, saying how to allow it, for any other path.
    """
    path = (workspace.uploads / text).resolve()
    allowed = (workspace.uploads.resolve(), *(folder.resolve() for folder in workspace.settings.readable))
    if not any(path.is_relative_to(folder) for folder in allowed):
        # Not its parent: for /data that would be everything. Nor what it is: that is not for the asker to know yet.
        wanted = f"PROOFSHEET_READABLE={path}, or a folder above it"
        raise BadInput(f"{text}: the server may not read this; start it with {wanted}.")
    if not path.exists():
        raise BadInput(f"{text}: there is no such file on the server; upload it again, or check the path.")
    return path


def embed(workspace: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    from core import embeddings

    built = embeddings.build(workspace, arguments["extractor"], arguments["reference_set_id"])
    view = embeddings.embed_set(workspace, arguments["set_id"], built, progress=progress)
    return {"set_id": view.set_id, "extractor": view.extractor}


def extractor(workspace: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """A file of the uploads, or, without a path, the one that is there already, read otherwise."""
    from core import own_extractors, uploads

    name, settings = arguments["name"], arguments["extractor_settings"]
    if not arguments["path"]:
        view = own_extractors.revise(workspace, name, settings, progress=progress)
    else:
        path = readable_path(workspace, arguments["path"])
        try:
            view = own_extractors.add(
                workspace, name, path, settings, preset=arguments["preset"], progress=progress
            )  # fmt: skip
        finally:
            if arguments["remove_path"]:
                uploads.drop(workspace, path)
    return {"extractor": view.name, "version": view.version}


def fetch(workspace: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    from core import shelf

    return {"extractor": shelf.fetch(workspace, arguments["published"], progress=progress).name}


def sample(workspace: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    from core import sampling

    asked = {"n": arguments["n"], "seed": arguments["seed"]}
    return {"set_id": sampling.sample(workspace, arguments["checkpoint_id"], progress=progress, **asked)}


def train(workspace: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """After each epoch it lets jobs of a higher priority go first."""
    from core import jobs
    from core.training import TrainingSettings
    from core.training import train as train_run

    settings = TrainingSettings.from_json(arguments["settings"])
    return train_run(workspace, settings, progress=progress, aside=lambda: jobs.outranked(workspace, "train"))


def wrap(workspace: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
    from core import wrapping

    progress(0, 1, "wrapping the generator")
    return {"checkpoint_id": wrapping.register(workspace, arguments["report_id"], arguments["level"]).id}


def report(kind: ReportKind) -> Kind:
    """The kind of job that makes a report."""

    def run(workspace: Workspace, arguments: Arguments, progress: Progress) -> dict[str, Any]:
        return {"report_id": reports.make(workspace, kind, arguments, progress).id}

    return Kind(kind.name, kind.title, run, kind.required, kind.optional)


def _check_checkpoint(workspace: Workspace, number: int) -> None:
    from core import checkpoints

    checkpoints.get(workspace, number)


def _check_reference(workspace: Workspace, number: int | None) -> None:
    from core import references

    if number is not None:
        references.get(workspace, number)


def _check_samples(workspace: Workspace, number: int) -> None:
    from core import sets

    if sets.get(workspace, number).kind != "sample":
        raise BadInput(f"Set {number} holds no generated pictures; pick those of a checkpoint.")


def _check_extractor(workspace: Workspace, name: str) -> None:
    from core import shelf

    shelf.usable(workspace, name)


def _check_report(workspace: Workspace, number: int) -> None:
    reports.get_view(workspace, number)


def _check_settings(workspace: Workspace, settings: Arguments) -> None:
    from core.training import TrainingSettings

    asked = TrainingSettings.from_json(settings)
    _check_reference(workspace, asked.reference_set_id)
    _check_extractor(workspace, asked.extractor)


def _check_number(name: str, low: int, high: int) -> Callable[[Workspace, int], None]:
    def check(_workspace: Workspace, value: int) -> None:
        if not low <= value <= high:
            raise BadInput(f"{name} is {value:,}; give {low:,} to {high:,}.")

    return check


def _check_encoder(workspace: Workspace, name: str) -> None:
    from core import encoders

    if name:
        encoders.file_of(workspace, name)


CHECKS: dict[str, Callable[[Workspace, Any], Any]] = {
    "checkpoint_id": _check_checkpoint,
    "reference_set_id": _check_reference,
    "chosen_set_id": _check_reference,
    "sample_set_id": _check_samples,
    "extractor": _check_extractor,
    "path": readable_path,
    "report_id": _check_report,
    "settings": _check_settings,
    "n": _check_number("n", 1, 1_000_000),
    "encoder": _check_encoder,
    "seed": _check_number("seed", 0, 2**63 - 1),
}
"""What an argument of this name must fulfil, whatever the kind of job."""


@dataclass(frozen=True)
class Kind:
    """A kind of job: `run(workspace, arguments, progress)` gives a small JSON object and may be repeated safely."""

    name: str
    title: str
    run: Callable[[Workspace, Arguments, Progress], dict[str, Any]]
    required: dict[str, type]
    optional: Arguments = field(default_factory=dict)
    """Defaults; each value is of the default's type, or anything where that is None."""

    def complete(self, workspace: Workspace, arguments: Arguments) -> Arguments:
        """The arguments with every default written out, checked. Raises BadInput or NotFound."""
        complete = {**self.optional, **arguments}
        if missing := self.required.keys() - complete.keys():
            raise BadInput(f"A job '{self.name}' needs {', '.join(sorted(missing))}.")
        if unknown := complete.keys() - self.required.keys() - self.optional.keys():
            raise BadInput(f"A job '{self.name}' has no argument {', '.join(sorted(unknown))}.")
        for name, value in complete.items():
            self._check_type(name, value)
            if name in CHECKS:
                CHECKS[name](workspace, value)
        return complete

    def _check_type(self, name: str, value: Any) -> None:
        default = self.optional.get(name)
        wanted = self.required.get(name) or (type(default) if default is not None else None)
        fits = wanted is None or type(value) is wanted or (wanted is float and type(value) is int)
        if not fits:
            raise BadInput(f"A job '{self.name}': {name} must be of type {wanted.__name__ if wanted else ''}.")

    def say(self, workspace: Workspace, arguments: Arguments) -> str:
        """A title that tells this job from others of its kind."""
        from core import checkpoints, references, sets

        parts = [self.title]
        if "checkpoint_id" in arguments:
            parts.append(checkpoints.get(workspace, arguments["checkpoint_id"]).label)
        parts += [arguments[name] for name in ("name", "published") if name in arguments]
        parts += [arguments["settings"]["run"]] if "settings" in arguments else []
        parts += [str(arguments["set_id"])] if "set_id" in arguments else []
        parts += [sets.get(workspace, arguments["sample_set_id"]).title] if "sample_set_id" in arguments else []
        parts += [str(arguments["report_id"])] if "report_id" in arguments else []
        parts += ["by", arguments["by"]] if "by" in arguments else []
        if arguments.get("reference_set_id") is not None:
            parts += ["against", references.get(workspace, arguments["reference_set_id"]).label]
        return " ".join(parts)


DEFAULT_EXTRACTOR = "efficientnet-lite0-96"  # extractors.DEFAULT, without importing OpenCV here; a test compares them
BANK = {"n": 2000, "seed": 0}

KINDS = (
    Kind("evaluate", "Evaluate", evaluate, {"checkpoint_id": int, "reference_set_id": int},
         {"extractor": DEFAULT_EXTRACTOR, **BANK}),
    Kind("inspect", "Open", inspect, {"checkpoint_id": int}),
    Kind("reference", "Take in", reference, {"name": str, "path": str},
         {"held_out": 0.1, "note": "", "source": "", "remove_path": False}),
    Kind("embed", "Features of set", embed, {"set_id": int, "extractor": str}, {"reference_set_id": None}),
    Kind("extractor", "Bring in the extractor", extractor, {"name": str},
         {"path": "", "preset": "", "extractor_settings": {}, "remove_path": False}),
    Kind("fetch", "Fetch the weights of", fetch, {"published": str}),
    Kind("sample", "Sample", sample, {"checkpoint_id": int}, BANK),
    Kind("train", "Train", train, {"settings": dict}),
    Kind("wrap", "Wrap the generator of report", wrap, {"report_id": int}, {"level": None}),
    *map(report, reports.REPORTS),
)  # fmt: skip


def get(name: str) -> Kind:
    """Raises BadInput, listing the kinds there are."""
    return named(KINDS, name, "kind of job", BadInput)
