"""What a walled process may ask the kernel for; everything that is not here is refused. Compute, threads, memory,
reading and writing what is open: no sockets, no new processes, no signals to others, no
links, no moves, no changes of rights."""

from __future__ import annotations

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""Their AUDIT_ARCH: the numbers below are theirs alone."""

ALLOWED = {
    "futex": (202, 98), "read": (0, 63), "write": (1, 64), "mmap": (9, 222), "munmap": (11, 215),
    "mprotect": (10, 226), "madvise": (28, 233), "mremap": (25, 216), "msync": (26, 227), "mincore": (27, 232),
    "brk": (12, 214), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67), "pwrite64": (18, 68),
    "preadv": (295, 69), "pwritev": (296, 70), "preadv2": (327, 286), "pwritev2": (328, 287), "lseek": (8, 62),
    "close": (3, 57), "close_range": (436, 436), "fstat": (5, 80), "stat": (4, None), "lstat": (6, None),
    "newfstatat": (262, 79), "statx": (332, 291), "statfs": (137, 43), "fstatfs": (138, 44), "access": (21, None),
    "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, None), "readlinkat": (267, 78),
    "getcwd": (79, 17), "chdir": (80, 49), "fchdir": (81, 50), "getdents64": (217, 61), "mkdir": (83, None),
    "mkdirat": (258, 34), "unlink": (87, None), "unlinkat": (263, 35), "rmdir": (84, None), "umask": (95, 166),
    "fsync": (74, 82), "fdatasync": (75, 83), "ftruncate": (77, 46),
    "fallocate": (285, 47), "flock": (73, 32), "sendfile": (40, 71), "copy_file_range": (326, 285), "dup": (32, 23),
    "dup2": (33, None), "dup3": (292, 24), "pipe": (22, None), "pipe2": (293, 59), "poll": (7, None),
    "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72), "eventfd2": (290, 19),
    "epoll_create1": (291, 20), "epoll_ctl": (233, 21), "epoll_wait": (232, None), "epoll_pwait": (281, 22),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "rt_sigpending": (127, 136),
    "rt_sigtimedwait": (128, 137), "sigaltstack": (131, 132), "pause": (34, None), "restart_syscall": (219, 128),
    "exit": (60, 93), "exit_group": (231, 94), "set_tid_address": (218, 96), "set_robust_list": (273, 99),
    "get_robust_list": (274, 100), "rseq": (334, 293), "arch_prctl": (158, None), "futex_waitv": (449, 449),
    "membarrier": (324, 283), "gettid": (186, 178), "getpid": (39, 172), "getppid": (110, 173), "getuid": (102, 174),
    "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177), "getpgrp": (111, None), "getpgid": (121, 155),
    "getsid": (124, 156), "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120), "sched_get_priority_max": (146, 125), "sched_get_priority_min": (147, 126),
    "getpriority": (140, 141), "get_mempolicy": (239, 236), "getcpu": (309, 168), "time": (201, None),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101),
    "gettimeofday": (96, 169), "times": (100, 153), "getrusage": (98, 165), "getrlimit": (97, 163), "uname": (63, 160),
    "sysinfo": (99, 179), "getrandom": (318, 278),
}  # fmt: skip
"""Name -> number on x86_64 and on aarch64 (None: it has none), those asked for most often first."""

CHECKED = {
    "clone": (56, 220), "clone3": (435, 435), "open": (2, None), "openat": (257, 56), "openat2": (437, 437),
    "fcntl": (72, 25), "ioctl": (16, 29), "prctl": (157, 167), "prlimit64": (302, 261), "tgkill": (234, 131),
}  # fmt: skip
"""Allowed for some arguments only: `core.wall.seccomp` says which."""


def number(table: dict[str, tuple[int, int | None]], name: str, machine: str) -> int | None:
    return table[name][list(MACHINES).index(machine)]
