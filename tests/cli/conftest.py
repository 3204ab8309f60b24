"""The command in this process, and a workspace with one evaluated checkpoint."""

import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core import checkpoints, evaluate, references
from core.cli import main
from core.settings import Settings
from core.workspace import Workspace
from tests.conftest import generator, noise


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """`proofsheet ARGUMENTS` on the workspace, by its entry point, in this process."""

    def run(*arguments: object, folder: Path = tmp_path / "workspace") -> Done:
        monkeypatch.setattr(sys, "argv", ["proofsheet", *map(str, arguments), "--workspace", str(folder)])
        with pytest.raises(SystemExit) as ended:
            main()
        found = capfd.readouterr()
        return Done(int(ended.value.code or 0), found.out, found.err)

    return run


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a workspace with one evaluated checkpoint, to be copied."""
    folder = tmp_path_factory.mktemp("measured")
    with contextlib.closing(Workspace(Settings(workspace=folder / "workspace"))) as workspace:
        real = references.add(workspace, "noise", noise(folder))
        view = checkpoints.register(workspace, generator(folder), run="r", step=5)
        evaluate.evaluate(workspace, view.id, real.set_id, extractor="lbp", n=40)
    return folder / "workspace"


@pytest.fixture
def evaluated(measured: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy, so that a test may write to it."""
    shutil.copytree(measured, tmp_path / "workspace")
    with contextlib.closing(Workspace(Settings(workspace=tmp_path / "workspace"))) as workspace:
        yield workspace
