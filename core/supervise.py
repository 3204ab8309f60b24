"""`proofsheet serve`: the web app in this process, the worker in a child that is started again when it dies."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import BadInput
from core.settings import Settings
from core.workspace import Workspace

ROOT = Path(__file__).parents[1]
PATIENCE = 10.0
"""Seconds that the worker gets to finish its batch before it is killed; a killed batch is made again."""
log = logging.getLogger("proofsheet.serve")


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the variables that `Settings.from_env` reads, paths absolute."""
    return {
        "PROOFSHEET_WORKSPACE": str(settings.workspace.resolve()),
        "PROOFSHEET_HOST": settings.host,
        "PROOFSHEET_PORT": str(settings.port),
        "PROOFSHEET_READABLE": os.pathsep.join(str(folder.resolve()) for folder in settings.readable),
        "PROOFSHEET_ALLOW_SAVED_MODEL": "1" if settings.allow_saved_model else "",
        "PROOFSHEET_MAX_UPLOAD_MB": str(settings.max_upload_bytes >> 20),
    }


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes any free one. Raises BadInput, in one sentence, when the address cannot be had."""
    if not 0 <= port <= 65_535:
        raise BadInput(f"Port {port} does not exist; choose 1 to 65535 with --port.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    except OSError as error:
        raise BadInput(f"{host} is no address of this machine; choose another with --host.") from error
    try:
        bound.bind(address)
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise BadInput(_why_not(host, port, error)) from error
    return bound


def _why_not(host: str, port: int, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"Port {port} on {host} needs more rights than this user has; choose one above 1023 with --port."
    if error.errno == errno.EADDRINUSE:
        remedy = f"choose another with --port {port + 1} or PROOFSHEET_PORT={port + 1}, or stop what runs there"
        return f"Port {port} on {host} is taken; {remedy}."
    return f"{host} is no address of this machine; choose another with --host."


class WorkerProcess:
    """The worker as a child process: started again, ever more slowly, while it keeps dying."""

    def __init__(self, settings: Settings, *, lease: float | None = None, backoff: tuple[float, float] = (0.5, 30.0)):
        self.command = [sys.executable, "-m", "core.cli", "worker", "--wait", "--parent", str(os.getpid())]
        self.command += [] if lease is None else ["--lease", str(lease)]
        self.variables = {**os.environ, **environment(settings)}
        self.first, self.longest = backoff
        self.folder = settings.workspace.resolve()
        self.process: subprocess.Popen[bytes] | None = None
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._watch, daemon=True, name="worker-watch")

    def start(self) -> None:
        self.process = self._spawn()
        self.thread.start()

    def _spawn(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C in the terminal reaches it through `stop`, after the web app, and once.
        return subprocess.Popen(self.command, cwd=ROOT, env=self.variables, start_new_session=True)

    def _watch(self) -> None:
        pause = self.first
        while not self.stopping.is_set():
            assert self.process is not None
            started = time.monotonic()
            code = self.process.wait()
            if self.stopping.is_set():
                return
            if not self.folder.exists():  # it would be made anew, and empty
                log.error("the workspace %s is gone, so no worker is started again", self.folder)
                return
            pause = self.first if time.monotonic() - started > 60 else min(pause * 2, self.longest)
            log.warning("the worker ended (%s); started again in %.1f s", code, pause)
            self.stopping.wait(pause)
            with self.lock:
                if self.stopping.is_set():
                    return
                self.process = self._spawn()

    def stop(self) -> None:
        """Ask it to end after its batch; after PATIENCE seconds end it."""
        with self.lock:
            self.stopping.set()
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.thread.join(PATIENCE)


@contextlib.contextmanager
def working(settings: Settings, with_worker: bool = True) -> Iterator[None]:
    """A supervised worker while the block runs."""
    worker = WorkerProcess(settings)
    if with_worker:
        worker.start()
    try:
        yield
    finally:
        worker.stop()


def _server(app: str, announce: Callable[[], None]) -> Any:
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            announce()

    return Server(uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=3))


def serve(
    settings: Settings,
    *,
    with_worker: bool = True,
    open_browser: bool = False,
    app: str = "app:app",
    beside: Callable[[], None] | None = None,
) -> None:
    """Serve the pages until SIGINT or SIGTERM, with a supervised worker; `beside` runs in a thread of its own as soon
    as they are served. Raises BadInput when the port is taken or
    the workspace cannot be written; nothing was started then."""
    bound = listen(settings.host, settings.port)
    Workspace(settings).close()  # made and upgraded once, before two processes open it
    settings = replace(settings, port=bound.getsockname()[1])
    local = settings.host in ("127.0.0.1", "0.0.0.0", "::", "::1")
    address = f"http://{'localhost' if local else settings.host}:{settings.port}"

    def announce() -> None:
        print(f"Proofsheet is at {address} (workspace {settings.workspace}); stop it with Ctrl-C.", flush=True)
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        if beside is not None:
            threading.Thread(target=beside, daemon=True, name="beside").start()

    os.environ.update(environment(settings))
    os.chdir(ROOT)  # where .streamlit/config.toml is looked for
    sys.path.insert(0, str(ROOT))
    # uvicorn raises the signal again when it is done; by default SIGTERM would end us before the worker is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with bound, working(settings, with_worker), contextlib.suppress(KeyboardInterrupt):
        _server(app, announce).run(sockets=[bound])
