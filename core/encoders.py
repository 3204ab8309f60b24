"""Encoders in files of their own, kept by content beside the checkpoints whose decoders they belong to."""

from __future__ import annotations

import re
from pathlib import Path

from core import wall
from core.checkpoint_files import keep
from core.errors import BadInput, NotFound
from core.generators import GeneratorSpec, detect_format
from core.generators.walled_encoder import WalledEncoder
from core.workspace import Workspace

NAME = re.compile(r"[0-9a-f]{64}\.(onnx|keras|h5|hdf5)")


def take(workspace: Workspace, path: Path) -> str:
    """The name of the workspace's copy of the encoder at `path`, its sha256 and ending. Opens nothing. Raises BadInput
    or Refused for files that can be none."""
    if not path.is_file() or detect_format(path) not in ("onnx", "keras"):
        raise BadInput(f"{path.name}: no encoder; bring an .onnx, a .keras or a whole-model .h5.")
    wall.check(workspace.settings.rules, path.name)
    _, kept, _ = keep(workspace.checkpoints, path)
    return kept.name


def file_of(workspace: Workspace, name: str) -> Path:
    """Where the copy lies. Raises NotFound."""
    if not NAME.fullmatch(name) or not (workspace.checkpoints / name).is_file():
        raise NotFound(f"There is no encoder '{name[:80]}' in this workspace; give its file (--encoder PATH).")
    return workspace.checkpoints / name


def opened(workspace: Workspace, name: str, spec: GeneratorSpec) -> WalledEncoder:
    """The encoder of this name for the decoder of `spec`, behind the wall. Raises NotFound, BadInput or Refused; the
    sentence calls it the encoder."""
    file = file_of(workspace, name)
    try:
        return WalledEncoder(file, spec, workspace.settings.rules)
    except BadInput as error:
        raise type(error)(str(error).replace(file.name, "the encoder")) from error
