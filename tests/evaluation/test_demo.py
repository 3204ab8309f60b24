"""The demo's numbers improve with the generator, and a second start makes nothing again."""

import pytest

from core import demo
from core.workspace import Workspace


def test_the_trend_improves_and_the_second_run_is_free(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "STEPS", (1, 32))
    monkeypatch.setattr(demo, "N", 300)
    rows = demo.demo(workspace)
    assert rows[1]["KID"] < rows[0]["KID"]  # type: ignore[operator]
    assert rows[1]["coverage"] > rows[0]["coverage"]  # type: ignore[operator]
    seen: list[str] = []
    assert demo.demo(workspace, lambda done, total, message="", session=None: seen.append(message)) == rows
    assert not [message for message in seen if "sampling" in message or "features" in message]
