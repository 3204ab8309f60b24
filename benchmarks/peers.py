"""A process of the peers' environment that takes turns with ours."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-peers" / "bin" / "python"


class Peers:
    """`call(name)` runs a function of `benchmarks/peer_process.py` on the matrices in `folder` and gives its value."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Peers:
        self._process = subprocess.Popen(
            [PYTHON, "-W", "ignore", "-m", "benchmarks.peer_process", self._folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        self._answer()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait()

    def call(self, name: str) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{name}\n")
        self._process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        """The next line that is ours: libraries print too, and end their lines."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip() == "ready" or line[0] in "-0123456789":
                return line
        raise RuntimeError("The peers' process ended; its own words are above.")


def missing() -> str:
    """What to do when the peers are not installed; empty when they are."""
    return "" if PYTHON.exists() else "the peers are not installed: make peers, then make bench again"
