"""Whether a wall can be built here, and what is said where it cannot."""

from __future__ import annotations

import platform
from dataclasses import dataclass

from core.errors import Refused
from core.wall import bubblewrap, landlock, seccomp
from core.wall.rules import Rules

REMEDY = (
    "run Proofsheet on Linux 5.13 or later with Landlock and seccomp (x86_64 or aarch64), or install bubblewrap where "
    "user namespaces are allowed, or, if you trust where every file comes from, let the administrator set "
    "PROOFSHEET_ALLOW_UNWALLED=1"
)


@dataclass(frozen=True)
class State:
    """`missing` is why there is no wall; empty where one stands around every model."""

    missing: str
    landlock: int
    """Its version; 0 without."""
    boxed: bool = False
    """bubblewrap takes its place."""

    @property
    def walled(self) -> bool:
        return not self.missing

    def banner(self, rules: Rules) -> str:
        """What has to be said where models are brought in; empty where a wall stands."""
        if self.missing and rules.unwalled:
            return (
                f"No wall stands around models here: {self.missing}. The administrator lets them run all the same, "
                "with the rights of this server: bring only files that you trust."
            )
        return self.sentence if self.missing else ""

    @property
    def sentence(self) -> str:
        """For the page, the terminal and `doctor`."""
        if self.missing:
            return f"No wall stands around models here: {self.missing}. Files of others are not opened; {REMEDY}."
        if self.boxed:
            return "Models run behind a wall: bubblewrap and seccomp (no Landlock here, so each takes longer to open)."
        return f"Models run behind a wall: Landlock {self.landlock} and seccomp{self._lesser()}."

    def _lesser(self) -> str:
        """Older kernels leave to seccomp alone what newer ones refuse twice."""
        once = [what for version, what in ((4, "network"), (6, "signals")) if self.landlock < version]
        return f" ({' and '.join(once)} by seccomp alone)" if once else ""


def state() -> State:
    """Asked of the kernel each time."""
    version = landlock.abi()
    if platform.system() != "Linux":
        return State(f"{platform.system()} has neither Landlock nor seccomp", 0)
    if not seccomp.available():
        return State(f"no seccomp filter is known for this kernel on {platform.machine()}", version)
    if version:
        return State("", version)
    if not bubblewrap.found():
        return State("this kernel has no Landlock, and bubblewrap, which can take its place, does not run here", 0)
    return State("", 0, boxed=True)


def check(rules: Rules, name: str) -> State:
    """The state, where the model `name` may run. Raises Refused, with the remedy, where no wall can be built and no
    administrator allowed to do without."""
    found = state()
    if found.missing and not rules.unwalled:
        raise Refused(f"{name}: is not opened, for no wall can be built around it: {found.missing}; {REMEDY}.")
    return found
