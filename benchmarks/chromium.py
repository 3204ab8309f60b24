"""A server and the system's Chromium in front of it, for benchmarks, screenshots and browser tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
IDLE = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
MISSING = "there is no Chromium here: install it (Debian: apt-get install chromium), or name it in CHROMIUM"


def chromium() -> str | None:
    """The browser's path; None where there is none."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ours(port: int) -> list[str]:
    """The command that serves our pages without a worker."""
    return [sys.executable, "-m", "core.cli", "serve", "--port", str(port), "--no-worker"]


@contextlib.contextmanager
def served(command: list[str], port: int, workspace: Path) -> Iterator[str]:
    """The address of a server while the block runs, as soon as it answers. Ends with a sentence if it never does."""
    variables = {**os.environ, "PROOFSHEET_WORKSPACE": str(workspace)}
    process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        while True:
            if process.poll() is not None:
                sys.exit("The server did not start; what it said stands above.")
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
                break
            time.sleep(0.02)
        yield address
    finally:
        process.terminate()
        process.wait()
