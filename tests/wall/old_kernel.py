"""Kernels that lack something, for real: from here on this process, and all that it starts, are refused the call."""

import errno

from core.wall.landlock import CREATE_RULESET
from core.wall.seccomp import ALLOW, ANY_BIT, ARGUMENTS, CLONE_NAMESPACES, EQUAL, ERROR, LOAD, NUMBER, RETURN, install

CLONE, UNSHARE = 56, 272
"""On x86_64."""


def forget_landlock() -> None:
    """As before Linux 5.13, which did not know the call."""
    install([
        (LOAD, 0, 0, NUMBER), (EQUAL, 0, 1, CREATE_RULESET), (RETURN, 0, 0, ERROR | errno.ENOSYS), (RETURN, 0, 0, ALLOW)
    ])  # fmt: skip


def forget_namespaces() -> None:
    """As in a container, where most may not be made: bubblewrap does not run there."""
    install([
        (LOAD, 0, 0, NUMBER), (EQUAL, 1, 0, CLONE), (EQUAL, 0, 3, UNSHARE),
        (LOAD, 0, 0, ARGUMENTS), (ANY_BIT, 0, 1, CLONE_NAMESPACES), (RETURN, 0, 0, ERROR | errno.EPERM),
        (RETURN, 0, 0, ALLOW),
    ])  # fmt: skip
