"""Fixtures that every room of the house uses: a real workspace in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from core.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = Workspace(Settings(workspace=tmp_path / "workspace"))
    yield opened
    opened.close()
