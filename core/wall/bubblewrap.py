"""bubblewrap, where the kernel has no Landlock: the walled process lives in namespaces of its own, with a file system
in which nothing else lies, no network and no other process. Needs the program `bwrap` and user namespaces."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PLACES = "/usr/local/bin:/usr/bin:/bin"
"""Where the program is looked for, whatever PATH says."""
ALONE = ("--unshare-all", "--unshare-user", "--die-with-parent", "--as-pid-1", "--cap-drop", "ALL")
"""It is process 1 of its namespace, so that the program's word on which one it is holds outside."""
PYTHON = os.path.realpath(sys.executable)


@cache
def found() -> str:
    """The program, where it works; empty elsewhere. Tried once for each process of ours."""
    program = shutil.which("bwrap", path=PLACES)
    if program is None:
        return ""
    tried = [program, *ALONE, "--ro-bind", "/", "/", "--proc", "/proc", "--remount-ro", "/proc", PYTHON, "-ISc", "pass"]
    try:
        return program if subprocess.run(tried, capture_output=True, timeout=20, check=False).returncode == 0 else ""
    except (OSError, subprocess.TimeoutExpired):
        return ""


def start(
    module: str, words: Iterable[str], read: Iterable[Path], scratch: Path, wire: int
) -> tuple[subprocess.Popen[bytes], int]:
    """Runs a module of ours, which keeps the file `wire`, where only `read` can be read and only `scratch` written.

    Gives the program's own process, which ends with it and is ours to wait for, and the number of the one inside.
    Raises OSError when it does not start.
    """
    told, tell = os.pipe()
    with os.fdopen(told) as answer:
        command = [
            found(), *ALONE, *_file_system(read, scratch), "--info-fd", str(tell), PYTHON, "-sP", "-m", module, *words
        ]  # fmt: skip
        try:
            process = subprocess.Popen(
                command, env={**os.environ, **_environment(scratch)}, pass_fds=(wire, tell),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        finally:
            os.close(tell)
        words_of_it = ""
        while "}" not in words_of_it:
            line = answer.readline()
            if not line:
                process.wait()
                raise OSError("bubblewrap did not start a process")
            words_of_it += line
    return process, int(json.loads(words_of_it)["child-pid"])


def _environment(scratch: Path) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "HOME": str(scratch), "TMPDIR": str(scratch)}


def _file_system(read: Iterable[Path], scratch: Path) -> list[str]:
    """Nothing but these places, each where it is outside. What is new of it, the root and what the kernel tells of
    processes, is read-only too: a file in there would be memory that nobody counts."""
    options = ["--proc", "/proc"]
    for path in map(str, (PYTHON, *read)):
        if not path.startswith("/proc/"):
            options += ["--dev-bind-try" if path.startswith("/dev/") else "--ro-bind-try", path, path]
    return [
        *options,
        "--bind",
        str(scratch),
        str(scratch),
        "--chdir",
        str(scratch),
        "--remount-ro",
        "/proc",
        "--remount-ro",
        "/",
    ]
