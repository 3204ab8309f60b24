"""Every page as a script run, on an empty workspace and on one that real calls have filled."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from core.workspace import Workspace
from tests.pages.filled import Full, fill
from tests.pages.seen import NAVIGATION, Visit, ran


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    material = tmp_path_factory.mktemp("material")
    folder = tmp_path_factory.mktemp("full") / "workspace"
    return folder, fill(folder, material)


@pytest.fixture
def full(filled: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Full]:
    """A copy of the full workspace, so that a test may write to it."""
    shutil.copytree(filled[0], tmp_path / "workspace")
    monkeypatch.setenv("PROOFSHEET_WORKSPACE", str(tmp_path / "workspace"))
    opened = Workspace(Settings.from_env())
    yield Full(opened, **filled[1])
    opened.close()


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """An empty workspace."""
    monkeypatch.setenv("PROOFSHEET_WORKSPACE", str(tmp_path / "workspace"))
    opened = Workspace(Settings.from_env())
    yield opened
    opened.close()


@pytest.fixture
def visit() -> Visit:
    """`visit("gallery", set=3)`: the page as it is after one run; fails where the page failed."""

    def go(name: str, **query: object) -> AppTest:
        app = AppTest.from_file(NAVIGATION, default_timeout=30).run()
        app.query_params.clear()
        for key, value in query.items():
            app.query_params[key] = str(value)
        return ran(app.switch_page(f"{name}.py").run())

    return go
