"""A zipped folder of TensorFlow's, unpacked with the care that any stranger's zip gets."""

from __future__ import annotations

import contextlib
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from core import zips
from core.errors import BadInput
from core.workspace import Workspace

MOST_FILES = 10_000
RUBBISH = ("__MACOSX", ".DS_Store")


def is_zipped_folder(path: Path) -> bool:
    """Whether a zip holds a SavedModel or a TensorFlow checkpoint, told from its names; nothing is unpacked."""
    if not path.is_file() or not zipfile.is_zipfile(path):  # to open a pipe would wait for its writer
        return False
    with contextlib.suppress(OSError, ValueError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
        names = [PurePosixPath(name) for name in archive.namelist()]
        tensorflow = any(name.name == "saved_model.pb" or name.suffix == ".index" for name in names)
        return tensorflow and PurePosixPath("config.json") not in names
    return False


@contextlib.contextmanager
def unpacked(workspace: Workspace, path: Path) -> Iterator[Path]:
    """The path itself, or the folder that was zipped, under the zip's name, for as long as the block runs. Raises
    BadInput for bombs, overlapping members, paths that lead out, links and several models in one zip."""
    if not is_zipped_folder(path):
        yield path
        return
    with (
        tempfile.TemporaryDirectory(dir=workspace.uploads, prefix="unpacked-") as folder,
        zips.opened(path, path.name) as archive,
    ):
        members = [m for m in archive.infolist() if not m.is_dir() and not _rubbish(zips.member_name(m))]
        _check(workspace, members, path.name)
        top = _top(members, path.name)
        whole = Path(folder) / path.stem
        for member in members:
            name = PurePosixPath(zips.member_name(member))
            if not name.is_relative_to(top):
                raise BadInput(f"{path.name}: {name} lies beside the model; zip the model's folder alone.")
            target = whole / name.relative_to(top)
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as out:
                zips.copy(archive, member, out, workspace.settings.max_upload_bytes)
        yield whole


def _rubbish(name: str) -> bool:
    return any(part in RUBBISH for part in PurePosixPath(name).parts)


def _check(workspace: Workspace, members: list[zipfile.ZipInfo], name: str) -> None:
    most = workspace.settings.max_upload_bytes
    if len(members) > MOST_FILES or sum(m.file_size for m in members) > most:
        raise BadInput(f"{name}: unpacks to more than {MOST_FILES:,} files or {most:,} bytes; give the folder itself.")
    if any((m.external_attr >> 16) & 0o170000 == 0o120000 for m in members):
        raise BadInput(f"{name}: holds a link; put the file itself into the zip.")
    names = [zips.member_name(m) for m in members]
    if len({one.casefold() for one in names}) < len(names):
        raise BadInput(f"{name}: two of its files have one name; make the zip again.")
    for member in members:
        zips.check(member, most)


def _top(members: list[zipfile.ZipInfo], name: str) -> PurePosixPath:
    names = [PurePosixPath(zips.member_name(m)) for m in members]
    saved = {one.parent for one in names if one.name == "saved_model.pb"}
    tops = saved or {one.parent for one in names if one.suffix == ".index"}
    if len(tops) != 1:
        raise BadInput(f"{name}: holds {len(tops)} models; zip one alone.")
    return tops.pop()
