"""`python -m core.wall.boxed`: the walled process as bubblewrap starts it. It imports its libraries itself, for it is
no copy of one that has; then it is as any other."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

from core.wall.child import Room, live
from core.wall.rules import Rules


def main() -> None:
    """`python -m core.wall.boxed FD MODULES RULES SCRATCH`, the second and third as JSON."""
    wire, modules, rules, scratch = sys.argv[1:]
    for module in json.loads(modules):
        importlib.import_module(module)
    room = Room((), Path(scratch), Rules(**json.loads(rules)), walled=True, boxed=True)
    live(int(wire), room, os.getppid())


if __name__ == "__main__":
    main()
