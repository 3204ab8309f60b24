"""`.keras` files from strangers: of the zip only the parts that Keras needs come out, each within its limits."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

from core import zips
from core.errors import BadInput, Refused
from core.vetting.limits import MAX_FILE_BYTES

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
MAX_MEMBERS = 1_000


def unpacked(path: Path, weights: Path, name: str) -> bytes:
    """The bytes of config.json of the zip at `path`; its weights are written to the new file `weights`. Nothing else of
    the zip is read. Raises BadInput or Refused, calling the zip `name`."""
    with zips.opened(path, name) as archive:
        members = archive.infolist()
        _check_members(members, name)
        try:
            config = zips.read(archive, _member(members, CONFIG, name))
            with weights.open("xb") as out:
                zips.copy(archive, _member(members, WEIGHTS, name), out, MAX_FILE_BYTES)
        except Refused:
            raise
        except BadInput as error:
            raise Refused(f"{name}: {error}") from error
    return config


def _check_members(members: list[zipfile.ZipInfo], name: str) -> None:
    if len(members) > MAX_MEMBERS:
        raise Refused(f"{name}: holds {len(members):,} files, a Keras model has three; save it again.")
    names = [zips.member_name(member) for member in members]
    if twice := next((n for n in names if names.count(n) > 1), None):
        raise Refused(f"{name}: holds '{twice[:80]}' twice, so that two readers may see two models; save it again.")
    for member in members:
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Refused(f"{name}: '{zips.member_name(member)[:80]}' is a link, which is not followed; save it again.")


def _member(members: list[zipfile.ZipInfo], wanted: str, name: str) -> zipfile.ZipInfo:
    found = next((m for m in members if m.filename == wanted), None)
    if found is None:
        raise BadInput(f"{name}: a zip without {wanted}; save the whole model with model.save().")
    return found
