"""What a hostile model may try from inside, as functions that give back what they got. Each returns a dictionary with
"done": True when the escape succeeded; refusals are left to raise. `given` names what the test prepared outside."""

import contextlib
import ctypes
import errno
import mmap
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

libc = ctypes.CDLL(None, use_errno=True)
Given = dict[str, Any]
Answer = tuple[dict[str, Any], list[Any]]
TRIED: dict[str, Callable[[Given], Any]] = {}
"""By name; a test for each."""


def escape(function: Callable[[Given], Any]) -> Callable[[Given], Any]:
    TRIED[function.__name__] = function
    return function


def attempt(given: Given, _arrays: list[Any]) -> Answer:
    """What the walled process is asked to do."""
    try:
        return {"done": bool(TRIED[given["escape"]](given)), "errno": 0}, []
    except (OSError, subprocess.SubprocessError) as error:
        return {"done": False, "errno": getattr(error, "errno", 0) or 0}, []


def call(number: int, *arguments: Any) -> int:
    """A system call by its number on x86_64; what cannot be seen by name in Python."""
    whole = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *whole))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


@escape
def write_outside(given: Given) -> Any:
    return Path(given["outside"], "written").write_text("here")


@escape
def read_the_database(given: Given) -> Any:
    return Path(given["database"]).read_bytes()


@escape
def read_a_secret_file(given: Given) -> Any:
    return Path(given["secret"]).read_text()


@escape
def read_passwords(_given: Given) -> Any:
    return Path("/etc/passwd").read_text()


@escape
def list_home(given: Given) -> Any:
    return [path for path in Path(given["outside"]).iterdir() if path.name != "model"]  # its own it may know


@escape
def read_another_model(given: Given) -> Any:
    return Path(given["neighbour"]).read_bytes()


@escape
def change_its_own_model(given: Given) -> Any:
    return Path(given["model"]).write_bytes(b"other")


@escape
def connect_by_tcp(given: Given) -> Any:
    socket.create_connection(("127.0.0.1", given["port"]), 2).close()
    return True


@escape
def send_by_udp(given: Given) -> Any:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"out", ("127.0.0.1", given["port"]))


@escape
def connect_to_a_unix_socket(given: Given) -> Any:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(given["unix"])
    return True


@escape
def listen_on_a_port(_given: Given) -> Any:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
    return True


@escape
def ask_for_a_name(_given: Given) -> Any:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"\0\1\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", server.getsockname())
        return server.recv(64)


@escape
def run_a_program(_given: Given) -> Any:
    return subprocess.run([sys.executable, "-c", "pass"], check=True).returncode == 0


@escape
def replace_itself(_given: Given) -> Any:
    pid = os.fork() if libc.prctl(3) else 0  # in the control run only a copy replaces itself
    if pid == 0:
        os.execv("/bin/true", ["true"])
    return os.waitpid(pid, 0)[1] == 0


@escape
def fork(_given: Given) -> Any:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return os.waitpid(pid, 0)


@escape
def clone_a_process(_given: Given) -> Any:
    pid = call(56, signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return os.waitpid(pid, 0)


@escape
def trace_the_worker(given: Given) -> Any:
    return call(101, 0x4206, given["victim"], 0, 0) == 0  # PTRACE_SEIZE


@escape
def write_into_the_worker(given: Given) -> Any:
    buffer = ctypes.create_string_buffer(8)
    here = struct.pack("PN", ctypes.addressof(buffer), 8)
    try:
        return call(311, given["victim"], here, 1, struct.pack("PN", 8, 8), 1, 0)
    except OSError as error:
        if error.errno == errno.EFAULT:  # allowed, only that nothing lies at this address
            return True
        raise


@escape
def kill_the_worker(given: Given) -> Any:
    os.kill(given["victim"], signal.SIGKILL)
    return True


@escape
def signal_its_parent(_given: Given) -> Any:
    os.kill(os.getppid(), signal.SIGCONT)
    return True


@escape
def signal_by_file(given: Given) -> Any:
    import fcntl

    read, _ = os.pipe()
    return fcntl.fcntl(read, fcntl.F_SETOWN, given["victim"]) == 0


@escape
def pin_the_worker(given: Given) -> Any:
    os.sched_setaffinity(given["victim"], {0})
    return True


@escape
def limit_the_worker(given: Given) -> Any:
    import resource

    old = resource.prlimit(given["victim"], resource.RLIMIT_NOFILE)
    return resource.prlimit(given["victim"], resource.RLIMIT_NOFILE, old)


@escape
def open_the_memory_of_its_parent(_given: Given) -> Any:
    return os.open(f"/proc/{os.getppid()}/mem", os.O_RDWR)


@escape
def read_the_environment_of_the_worker(given: Given) -> Any:
    return Path(f"/proc/{given['victim']}/environ").read_bytes()


@escape
def change_its_place_in_the_queue_of_death(_given: Given) -> Any:
    return Path("/proc/self/oom_score_adj").write_text("0")


@escape
def live_on_without_its_parent(_given: Given) -> Any:
    return libc.prctl(1, 0, 0, 0, 0) == 0


@escape
def link_to_the_outside(given: Given) -> Any:
    Path("link").symlink_to(given["secret"])
    return Path("link").read_text()


@escape
def move_out_of_the_scratch(given: Given) -> Any:
    Path("made").write_text("here")
    Path("made").rename(Path(given["outside"], "moved"))
    return True


@escape
def hard_link_the_outside(given: Given) -> Any:
    os.link(given["secret"], Path(given["outside"], "linked"))
    return True


@escape
def make_a_pipe_for_others(given: Given) -> Any:
    os.mkfifo(Path(given["outside"], "pipe"))
    return True


@escape
def make_a_device(_given: Given) -> Any:
    os.mknod("device", 0o600 | 0o020000, os.makedev(1, 3))
    return True


@escape
def change_rights(given: Given) -> Any:
    Path(given["secret"]).chmod(0o666)
    return True


@escape
def change_owner(given: Given) -> Any:
    os.chown(given["secret"], os.getuid(), os.getgid())
    return True


@escape
def change_times(given: Given) -> Any:
    os.utime(given["secret"])
    return True


@escape
def cut_a_file_outside(given: Given) -> Any:
    os.truncate(given["spoiled"], 0)
    return True


@escape
def delete_a_file_outside(given: Given) -> Any:
    Path(given["spoiled"]).unlink()
    return True


@escape
def mount(given: Given) -> Any:
    done = call(165, b"none", str(given["outside"]).encode(), b"tmpfs", 0, None) == 0
    call(166, str(given["outside"]).encode(), 0)
    return done


@escape
def leave_into_a_namespace(_given: Given) -> Any:
    return call(272, 0x10000000) == 0


@escape
def join_a_namespace(_given: Given) -> Any:
    handle = os.open("/proc/self/ns/uts", os.O_RDONLY)
    return call(308, handle, 0) == 0


@escape
def change_the_root(_given: Given) -> Any:
    os.chroot(".")
    return True


@escape
def io_uring(_given: Given) -> Any:
    return call(425, 4, ctypes.create_string_buffer(120)) > 0


@escape
def bpf(_given: Given) -> Any:
    attributes = struct.pack("IIII", 2, 4, 4, 1) + bytes(112)
    return call(321, 0, attributes, len(attributes)) > 0


@escape
def keyring(_given: Given) -> Any:
    return call(248, b"user", b"mine", b"secret", 6, -2) > 0


@escape
def watch_the_processor(_given: Given) -> Any:
    attributes = struct.pack("IIQ", 1, 128, 0) + bytes(112)
    return call(298, attributes, 0, -1, -1, 0) > 0


@escape
def userfaultfd(_given: Given) -> Any:
    return call(323, 0o4000 | 1) > 0


@escape
def nameless_program(_given: Given) -> Any:
    handle = os.memfd_create("program")
    os.write(handle, Path("/bin/true").read_bytes())
    pid = os.fork()
    if pid == 0:
        os.execve(handle, ["true"], {})
    return os.waitpid(pid, 0)[1] == 0


@escape
def nameless_file(_given: Given) -> Any:
    return os.open(".", os.O_TMPFILE | os.O_RDWR) > 0


@escape
def shared_memory_of_the_system(_given: Given) -> Any:
    number = call(29, 0, 4096, 0o1600)
    return call(31, number, 0, None) == 0


@escape
def type_into_the_terminal(_given: Given) -> Any:
    """Where there is no terminal, the kernel says so; the wall does not even ask."""
    import fcntl

    try:
        return fcntl.ioctl(0, 0x5412, b"x") is not None
    except OSError as error:
        if error.errno == errno.ENOTTY:
            return True
        raise


@escape
def raise_its_limits(_given: Given) -> Any:
    return call(302, 0, 4, struct.pack("QQ", 0, 0), None) == 0


@escape
def old_system_calls(_given: Given) -> Any:
    """getpid under its x32 number: ENOSYS at best without the wall, the end of the process with it."""
    try:
        return call(0x40000000 + 39) > 0
    except OSError as error:
        return error.errno == errno.ENOSYS


@escape
def inherited_files(given: Given) -> Any:
    """Reads what any open file says, of those that the parent had open."""
    for handle in range(256):
        with contextlib.suppress(OSError):
            if os.pread(handle, 64, 0).decode() == given["words"]:
                return True
    return False


@escape
def secrets_of_the_environment(given: Given) -> Any:
    return given["words"] in os.environ.values()


# Those that use things up: they end the process, or would never end.


@escape
def fill_the_memory(_given: Given) -> Any:
    return len([np.ones(1 << 24) for _ in range(64)])


@escape
def fill_shared_memory(_given: Given) -> Any:
    held = []
    for _ in range(64):
        held.append(mmap.mmap(-1, 1 << 26))
        held[-1].write(b"x" * (1 << 26))
        time.sleep(0.05)
    return True


@escape
def spin(_given: Given) -> Any:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        pass
    return True


@escape
def spin_against_the_signal(_given: Given) -> Any:
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    threads = [threading.Thread(target=spin, args=({},)) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(60)
    return True


@escape
def sleep_for_ever(_given: Given) -> Any:
    time.sleep(60)
    return True


@escape
def fill_the_disk(_given: Given) -> Any:
    for number in range(64):
        Path(f"part{number}").write_bytes(bytes(1 << 22))
        time.sleep(0.02)
    return True


@escape
def one_huge_file(_given: Given) -> Any:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with Path("huge").open("wb") as huge:
        huge.truncate(1 << 29)
    return True


@escape
def fill_the_disk_with_files_that_are_gone(_given: Given) -> Any:
    held = []
    for number in range(64):
        part = Path(f"part{number}")
        held.append(part.open("wb"))
        part.unlink()
        held[-1].write(bytes(1 << 22))
        held[-1].flush()
        time.sleep(0.02)
    return True


@escape
def open_too_many_files(_given: Given) -> Any:
    return len([os.open(os.devnull, os.O_RDONLY) for _ in range(1000)])


@escape
def thread_bomb(_given: Given) -> Any:
    threading.stack_size(1 << 16)
    for _ in range(300):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    time.sleep(1)
    return True


@escape
def crash(_given: Given) -> Any:
    ctypes.string_at(0)


# Answers that lie.


def lie(given: Given, _arrays: list[Any]) -> Answer:
    how = given["how"]
    if how == "huge":
        return {}, [np.zeros(1 << 20, np.uint8)]
    if how == "many":
        return {}, [np.zeros(1)] * 100
    if how == "deep":
        return {"x": _deep(200)}, []
    if how == "header":
        return {"x": "y" * (2 << 20)}, []
    os.write(given["wire"], {
        "bytes": b"\0\0\0\4nope", "length": b"\xff\xff\xff\xff", "empty": b"\0\0\0\0",
        "shape": _message(b'{"arrays": [["float32", [-1, 4]]]}'), "type": _message(b'{"arrays": [["object", [1]]]}'),
        "promise": _message(b'{"arrays": [["uint8", [1099511627775]]]}'), "list": _message(b"[1, 2]"),
        "nothing": _message(b'{"arrays": [["float32", [0, 1099511627775, 1099511627775]]]}'),
    }[how])  # fmt: skip
    time.sleep(0.2)
    return {}, []


def _message(head: bytes) -> bytes:
    return struct.pack("!I", len(head)) + head


def _deep(depth: int) -> Any:
    return [_deep(depth - 1)] if depth else 0


def echo(given: Given, arrays: list[Any]) -> Answer:
    return given, arrays
