"""torch-fidelity, clean-fid and pytorch-fid import torchvision to read pictures; their arithmetic never touches it.

The torchvision of the package index is compiled against CUDA and cannot be imported beside the CPU build of torch.
Where that is so, names that do nothing stand in for it, so that the peers' own functions run as they are installed.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

NAMES = ("torchvision", "torchvision.datasets", "torchvision.models", "torchvision.transforms", "torchvision.ops",
         "torchvision.transforms.functional")  # fmt: skip


class StandIn(ModuleType):
    """Every attribute is a further one of these, or an empty class where its name is a class's."""

    __path__: list[str] = []  # noqa: RUF012

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name[0].isupper():
            return type(name, (), {"__init__": lambda self, *args, **kwargs: None})
        return StandIn(name)


def torchvision() -> bool:
    """Makes `import torchvision` work; returns whether it is the real one."""
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):
        for name in [*NAMES, *(n for n in sys.modules if n.startswith("torchvision"))]:
            sys.modules[name] = StandIn(name)
        return False
    return True
