"""The worker: a process of its own that does the jobs, one at a time; one worker for each workspace."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import platform
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from core import claims, jobs, uploads
from core.errors import Conflict, NotFound
from core.workspace import Workspace
from storage import jobs as store
from storage.tables import Worker, now

WATCHES = 2.0
"""Seconds between two looks at the watched folders."""

log = logging.getLogger("proofsheet.worker")


def _place() -> str:
    """Names this machine and its process table: only there does a pid say whether a worker lives."""
    try:
        table = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        table = ""
    return f"{platform.node()[:60]}{table.removeprefix('pid:')}"


def _gone(other: Worker, lease: float) -> bool:
    if not other.pid or other.seen_at < now() - dt.timedelta(seconds=lease):
        return True
    if not other.name.startswith(f"{_place()}/"):
        return False
    try:
        os.kill(other.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def take_place(workspace: Workspace, lease: float) -> str:
    """Become the workspace's one worker; the jobs of a dead one can be taken over at once. Returns the name.

    Raises Conflict when another worker is at work.
    """
    name = f"{_place()}/{os.getpid()}/{secrets.token_hex(4)}"
    with workspace.database.write() as session:
        others = store.workers(session)
        for other in others:
            if not _gone(other, lease):
                raise Conflict(
                    f"A worker (process {other.pid}) already serves {workspace.folder}; stop it first, or choose "
                    "another workspace with --workspace."
                )
        store.release_leases(session, [o.name for o in others], now() - dt.timedelta(seconds=1))
        store.forget_workers(session, [o.name for o in others])
        session.add(Worker(name=name, pid=os.getpid()))
    return name


def gone(workspace: Workspace) -> bool:
    """Whether the workspace's folder was deleted or moved. What is open of it can still be written, for nobody."""
    return not workspace.database.path.exists()


def _heartbeat(
    workspace: Workspace, name: str, lease: float, left: threading.Event, stopping: threading.Event, parent: int | None
) -> None:
    """Every third of a lease: say that this worker lives, and extend its lease, on a connection of its own."""
    beat = 0.0
    while not left.wait(min(lease / 3, 1.0)):
        if parent is not None and os.getppid() != parent:
            stopping.set()
        if gone(workspace):
            stopping.set()
            continue
        if time.monotonic() - beat < lease / 3:
            continue
        try:
            with workspace.database.write() as session:
                if store.seen(session, name, now(), os.getpid()):
                    store.extend(session, name, now() + dt.timedelta(seconds=lease))
                else:
                    stopping.set()  # it was frozen so long that another worker took its place
            beat = time.monotonic()
        except SQLAlchemyError as error:
            log.warning("no heartbeat: %s", error)


@contextlib.contextmanager
def _alive(
    workspace: Workspace, name: str, lease: float, stopping: threading.Event, parent: int | None
) -> Iterator[None]:
    left = threading.Event()
    arguments = (workspace, name, lease, left, stopping, parent)
    thread = threading.Thread(target=_heartbeat, args=arguments, daemon=True, name="heartbeat")
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join()
        if not gone(workspace):
            with workspace.database.write() as session:
                store.seen(session, name, now(), 0)


@contextlib.contextmanager
def _following(workspace: Workspace, stopping: threading.Event) -> Iterator[None]:
    """Follow the watched folders beside the jobs, in a thread of its own: a long job must not keep checkpoints
    waiting, and a mounted folder that hangs must not keep the jobs waiting."""
    left = threading.Event()

    def follow() -> None:
        from core.watches import Follower

        follower = Follower(workspace)
        while not (left.is_set() or stopping.is_set()):
            try:
                follower.look()
            except SQLAlchemyError as error:
                log.warning("watched folders: %s", error)
            left.wait(WATCHES)

    thread = threading.Thread(target=follow, daemon=True, name="watches")
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join(5.0)


@contextlib.contextmanager
def _stopped_by_signals(stopping: threading.Event) -> Iterator[None]:
    """The first signal ends the worker after its batch; a second one at once."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only
        return

    def stop(number: int, _frame: object) -> None:
        stopping.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait_for_place(workspace: Workspace, lease: float, wait: bool, stopping: threading.Event) -> str | None:
    """The place's name; None when asked to stop while waiting for it."""
    said = False
    while not stopping.is_set():
        try:
            return take_place(workspace, lease)
        except Conflict as error:
            if not wait:
                raise
            if not said:
                log.warning("waiting: %s", error)
            said = True
            stopping.wait(min(lease / 3, 1.0))
    return None


def run(
    workspace: Workspace, *, lease: float = jobs.LEASE, poll: float = 0.3, until_idle: bool = False,
    wait: bool = False, parent: int | None = None,
) -> int:  # fmt: skip
    """Do jobs until SIGTERM or SIGINT (or, `until_idle`, until there are none). Returns how many were ended.

    Leaves as well when the process `parent` that started it is gone, and when the workspace's folder is: raises
    NotFound then. Another worker in this workspace: raises Conflict, or, with `wait`, waits until that one is gone.
    """
    stopping = threading.Event()
    with _stopped_by_signals(stopping):
        name = _wait_for_place(workspace, lease, wait, stopping)
        if name is None:
            return 0
        if not jobs.active_count(workspace):  # an upload whose job still waits must not go
            uploads.sweep(workspace)
        try:
            with _alive(workspace, name, lease, stopping, parent), _following(workspace, stopping):
                ended = _do_jobs(workspace, name, lease, poll, until_idle, stopping)
        except (SQLAlchemyError, OSError):
            if not gone(workspace):
                raise
        if gone(workspace):
            raise NotFound(
                f"The workspace {workspace.folder} is gone, so its worker ends; put the folder back, or start a worker "
                "for another workspace."
            )
        return ended


def _do_jobs(
    workspace: Workspace, name: str, lease: float, poll: float, until_idle: bool, stopping: threading.Event
) -> int:
    ended = 0
    while not stopping.is_set():
        held = claims.claim(workspace, name, lease)
        if held is not None:
            started = time.monotonic()
            state = claims.do(workspace, held, lease, stopping)
            log.info("job %d, %s: %s after %.1f s", held.id, held.title, state, time.monotonic() - started)
            ended += state in ("done", "failed", "cancelled")
        elif until_idle:
            break
        else:
            stopping.wait(poll)
    return ended
