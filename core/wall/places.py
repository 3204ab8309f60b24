"""What a walled process may read beside its model: Python, its libraries, our code, and a few facts on the machine."""

from __future__ import annotations

import os
import pwd
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

MACHINE = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/etc/localtime",
    "/etc/ld.so.cache", "/dev/null", "/dev/zero", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo",
    "/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/bus/cpu/devices", "/sys/bus/node/devices",
    "/sys/kernel/mm/hugepages",
)  # fmt: skip
ITSELF = tuple(Path("/proc/self") / name for name in ("cmdline", "maps", "stat", "statm", "status"))
"""What the kernel tells a process of itself; TensorFlow does not start without the first."""


def of_libraries(models: Sequence[Path]) -> tuple[Path, ...]:
    """Folders and files, without those that hold the workspace, where `models` lie, the checkout or somebody's home."""
    code = Path(__file__).resolve().parents[1]
    paths = {name: Path(path).resolve() for name, path in sysconfig.get_paths().items()}
    own = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    base = Path(sys.base_prefix).resolve() / "lib"
    private = (code.parent, *_homes(), Path.cwd().resolve(), Path(tempfile.gettempdir()).resolve(), *models)
    others = [path for entry in sys.path if entry and _holds_code_only(path := Path(entry).resolve(), private)]
    return tuple(dict.fromkeys([*own, base, code, code.parent / "storage", *others, *map(Path, MACHINE)]))


def _homes() -> list[Path]:
    """Of the user, whatever the environment says."""
    with suppress(KeyError):  # a number without a name, as in some containers
        return [Path(pwd.getpwuid(os.getuid()).pw_dir).resolve()]
    return []


def _holds_code_only(path: Path, private: Sequence[Path]) -> bool:
    """A folder of modules on Python's path, such as that of a package that is being worked on."""
    return path.is_dir() and not any(place.is_relative_to(path) for place in private)
