"""The command in this process, and a workspace with one evaluated checkpoint."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from core import checkpoints, evaluate, references
from core.cli import main
from core.workspace import Workspace


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """`proofsheet ARGUMENTS` on the workspace, by its entry point, in this process."""

    def run(*arguments: object, folder: Path = workspace.folder) -> Done:
        monkeypatch.setattr(sys, "argv", ["proofsheet", *map(str, arguments), "--workspace", str(folder)])
        with pytest.raises(SystemExit) as ended:
            main()
        found = capfd.readouterr()
        return Done(int(ended.value.code or 0), found.out, found.err)

    return run


@pytest.fixture
def evaluated(workspace: Workspace, small_generator: Path, real_pictures: Path) -> Workspace:
    real = references.add(workspace, "noise", real_pictures)
    view = checkpoints.register(workspace, small_generator, run="r", step=5)
    evaluate.evaluate(workspace, view.id, real.set_id, extractor="lbp", n=40)
    return workspace
