"""Networks that a team brings as extractors: looked into, tried, kept by content, versioned, archived, never lost."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import wall
from core.checkpoint_files import keep
from core.errors import BadInput, NotFound
from core.extractors import EXTRACTORS, PUBLISHED, Extractor, Kind, walled
from core.extractors.own import own_extractor, trial_pictures, tried
from core.extractors.reading import PRESETS, Reading, given, prepared
from core.generators import detect_format
from core.keys import key
from core.named import named
from core.progress import Progress, silent
from core.workspace import Workspace
from storage import own_extractors
from storage.tables import OwnExtractor, now

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
OWN = " (own)"
"""What the title of an extractor that a team brought says."""
RESERVED = ("inception-2015", "keras-")
"""Beginnings of names that published networks have."""


@dataclass(frozen=True)
class OwnView:
    """A version of an extractor of the team's own."""

    name: str
    version: int
    format: str
    """'onnx', 'converted' (brought as Keras, run as ONNX) or 'keras' (run through TensorFlow, in the worker)."""
    sha256: str
    """Of the file as it was brought."""
    file: str
    """The name it came with."""
    size_bytes: int
    settings: dict[str, Any]
    """`Reading`, all of it."""
    by_hand: dict[str, Any]
    """Those settings that a person said instead of what was found."""
    dim: int
    notes: list[str]
    archived: bool
    created_at: dt.datetime


def _view(row: OwnExtractor) -> OwnView:
    kept = row.settings
    return OwnView(
        row.name, row.version, row.format, row.sha256, kept["file"], row.size_bytes, kept["reading"], kept["by_hand"],
        kept["dim"], kept["notes"], row.archived_at is not None, row.created_at,
    )  # fmt: skip


def kinds(workspace: Workspace) -> tuple[tuple[Kind, bool], ...]:
    """(extractor, whether it is archived) of the newest version of each name."""
    with workspace.database.read() as session:
        rows = [(_kind(workspace, row), row.archived_at is not None) for row in own_extractors.newest(session)]
    return tuple(rows)


def every_version(workspace: Workspace) -> dict[tuple[str, int], Kind]:
    """{(name, version): extractor} of all there ever were."""
    with workspace.database.read() as session:
        return {(row.name, row.version): _kind(workspace, row) for row in own_extractors.every(session)}


def _kind(workspace: Workspace, row: OwnExtractor) -> Kind:
    name, version, sha256, dim = row.name, row.version, row.sha256, row.settings["dim"]
    file, format = workspace.folder / row.settings["runs"], row.format
    reading = given({}, row.settings["reading"])
    brought = workspace.folder / row.path if format == "converted" else None

    def build(_folder: Path, _state: object) -> Extractor:
        return own_extractor(name, version, file, format, sha256, reading, dim, workspace.settings.rules, brought)

    return Kind(name, titled(name, version), build, deep=True)


def titled(name: str, version: int | None = None) -> str:
    """What to call a version of an extractor, or all of its versions."""
    return f"{name}{'' if version is None else f' v{version}'}{OWN}"


def versions(workspace: Workspace, name: str) -> list[OwnView]:
    """All versions of a name, newest first. Raises NotFound."""
    with workspace.database.read() as session:
        found = [_view(row) for row in own_extractors.versions(session, name)]
    if not found:
        raise NotFound(f"'{name}' is no extractor that was brought here; `proofsheet extractor list` shows those.")
    return found


def add(
    workspace: Workspace, name: str, path: Path, settings: dict[str, Any] | None = None, *, preset: str = "",
    progress: Progress = silent,
) -> OwnView:  # fmt: skip
    """Take a `.onnx`, `.keras` or whole-model `.h5` file in as the next version of `name`; what is there already, read
    alike, is given back. `settings` replace what was found in the model or filled in by the `preset`.

    Raises BadInput or Refused, with the remedy, for files that are no such network, and for vectors that cannot be
    used. The network is looked into, tried and run behind the wall (`core.wall`).
    """
    _check_name(name)
    by_hand = {**(named(PRESETS, preset, "preset").settings if preset else {}), **(settings or {})}
    format = detect_format(path)
    if format not in ("onnx", "keras"):
        raise BadInput(f"{path.name}: no network that sees pictures; bring an .onnx, a .keras or a whole-model .h5.")
    wall.check(workspace.settings.rules, path.name)
    progress(0, 3, "looking into the file")
    sha256, kept, size = keep(workspace.extractors, path)
    try:
        return _added(workspace, name, path.name, kept, format, sha256, size, by_hand, progress)
    except BaseException:
        _forget(workspace, kept)
        raise


def revise(workspace: Workspace, name: str, settings: dict[str, Any], *, progress: Progress = silent) -> OwnView:
    """The same file read otherwise, as the next version; `settings` are added to those said by hand before."""
    old = versions(workspace, name)[0]
    with workspace.database.read() as session:
        kept = workspace.folder / own_extractors.versions(session, name)[0].path
    by_hand = {**old.by_hand, **settings}
    format = "onnx" if old.format == "onnx" else "keras"
    return _added(workspace, name, old.file, kept, format, old.sha256, old.size_bytes, by_hand, progress)


def _added(
    workspace: Workspace, name: str, file: str, kept: Path, format: str, sha256: str, size: int,
    by_hand: dict[str, Any], progress: Progress,
) -> OwnView:  # fmt: skip
    try:
        found = walled.look(kept, format, str(by_hand.get("output", "")), workspace.settings.rules)
        reading = given(found.settings, by_hand)
        progress(1, 3, "trying it on pictures")
        runs, format, notes = _runs(workspace, kept, format, sha256, reading)
        dim, seen = tried(runs, format, reading, file, workspace.settings.rules)
    except BadInput as error:
        raise type(error)(str(error).replace(kept.name, file)) from error
    progress(2, 3, "tried")
    whole = {
        "reading": reading.as_json(), "by_hand": by_hand, "dim": dim, "file": file,
        "notes": list(dict.fromkeys([*found.notes, *notes, *(seen if not found.notes else [])])),
        "runs": str(runs.relative_to(workspace.folder)),
    }  # fmt: skip
    with workspace.database.write() as session:
        before = own_extractors.versions(session, name)
        row = next((r for r in before if r.sha256 == sha256 and r.settings["reading"] == whole["reading"]), None)
        if row is None or row is not before[0]:
            row = OwnExtractor(
                name=name, version=len(before) + 1, format=format, sha256=sha256, size_bytes=size, settings=whole,
                path=str(kept.relative_to(workspace.folder)), created_by=workspace.user_id() or None,
            )  # fmt: skip
            session.add(row)
        for one in (row, *before):
            one.archived_at = None
        session.flush()
        progress(3, 3, "brought in", session=session)
        return _view(row)


def _runs(workspace: Workspace, kept: Path, format: str, sha256: str, reading: Reading) -> tuple[Path, str, list[str]]:
    """(the file that is run, its format, notes): a Keras file's ONNX form where that gives the same vectors."""
    if format == "onnx":
        return kept, format, []
    trial = prepared(trial_pictures(), reading)
    content, why = walled.to_onnx(kept, reading.output, trial, workspace.settings.rules)
    if not content:
        return kept, "keras", [f"{why}: it runs through TensorFlow, in the worker, and not on the spot"]
    runs = workspace.extractors / f"{sha256}-{key(reading.output, reading.side)[:8]}.onnx"
    with tempfile.NamedTemporaryFile(dir=workspace.extractors, delete=False) as part:
        part.write(content)
    Path(part.name).replace(runs)
    return runs, "converted", []


def _forget(workspace: Workspace, kept: Path) -> None:
    """A file that was refused is not kept, unless an extractor of before has the same."""
    with workspace.database.read() as session:
        used = own_extractors.uses(session, str(kept.relative_to(workspace.folder)))
    if not used:
        kept.unlink(missing_ok=True)
        for made in kept.parent.glob(f"{kept.name.partition('.')[0]}-*.onnx"):
            made.unlink(missing_ok=True)


def archive(workspace: Workspace, name: str, archived: bool = True) -> OwnView:
    """Put all versions of a name out of the lists, or back. Files, vectors and numbers stay. Raises NotFound."""
    versions(workspace, name)
    with workspace.database.write() as session:
        for row in own_extractors.versions(session, name):
            row.archived_at = (row.archived_at or now()) if archived else None
    return versions(workspace, name)[0]


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadInput(f"'{name[:80]}' is no name for an extractor; use small letters, digits, points, hyphens, _.")
    taken = {kind.name for kind in (*EXTRACTORS, *PUBLISHED)}
    if name in taken or name.startswith(RESERVED):
        raise BadInput(f"'{name}' is the name of a published or built-in extractor; choose another.")
