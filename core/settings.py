"""Settings, read once from the environment into a frozen dataclass."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import BadInput
from core.wall.rules import Rules


@dataclass(frozen=True)
class Settings:
    workspace: Path = Path("workspace")
    """Folder that holds the database and everything derived."""
    host: str = "127.0.0.1"
    port: int = 8501
    readable: tuple[Path, ...] = field(default_factory=tuple)
    """Folders outside the workspace that the Checkpoints and References pages may read."""
    allow_saved_model: bool = False
    """SavedModel and other formats that run code on load; for administrators who trust the source."""
    max_upload_bytes: int = 2 << 30
    rules: Rules = field(default_factory=Rules.from_env)
    """What a stranger's model may use up, and whether it may run without a wall where there can be none."""

    @staticmethod
    def from_env(**overrides: object) -> Settings:
        """PROOFSHEET_WORKSPACE, _HOST, _PORT, _READABLE (paths joined as in PATH), _ALLOW_SAVED_MODEL=1,
        _MAX_UPLOAD_MB, and those of `core.wall.Rules`; an empty folder or host counts as none, and `overrides` that
        are not None win. Raises BadInput, naming the variable, for what is no whole number in range."""
        env = os.environ.get
        found: dict[str, object] = {
            "workspace": Path(env("PROOFSHEET_WORKSPACE") or "workspace"),
            "host": env("PROOFSHEET_HOST") or "127.0.0.1",
            "port": _whole("PROOFSHEET_PORT", "8501", 65_535),
            "readable": tuple(Path(p) for p in env("PROOFSHEET_READABLE", "").split(os.pathsep) if p),
            "allow_saved_model": env("PROOFSHEET_ALLOW_SAVED_MODEL", "") == "1",
            "max_upload_bytes": _whole("PROOFSHEET_MAX_UPLOAD_MB", "2048", 1 << 20) << 20,
        }
        found.update({name: value for name, value in overrides.items() if value is not None})
        _check("The port", str(found["port"]), 65_535)
        return Settings(**found)  # type: ignore[arg-type]


def _whole(variable: str, default: str, most: int) -> int:
    return _check(variable, os.environ.get(variable, default), most)


def _check(what: str, text: str, most: int) -> int:
    """`text` as a number from 1 to `most`; digits of other scripts are no digits here."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise BadInput(f"{what} is '{text}'; give a whole number from 1 to {most:,}.")
    return int(text)
