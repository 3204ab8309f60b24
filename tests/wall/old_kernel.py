"""A kernel without Landlock, for real: from here on it does not know the call, as none did before Linux 5.13."""

import errno

from core.wall.landlock import CREATE_RULESET
from core.wall.seccomp import ALLOW, EQUAL, ERROR, LOAD, NUMBER, RETURN, install


def forget_landlock() -> None:
    """For this process and all that it starts."""
    install([
        (LOAD, 0, 0, NUMBER), (EQUAL, 0, 1, CREATE_RULESET), (RETURN, 0, 0, ERROR | errno.ENOSYS), (RETURN, 0, 0, ALLOW)
    ])  # fmt: skip
