"""`proofsheet self-check` and `proofsheet choose`: a table to read, JSON to work on, the remedy for what cannot be."""

import json
from pathlib import Path

import pytest

from core.workspace import Workspace
from tests.cli.conftest import Command
from tests.reports.made import by_colour, by_shape, reference

pytestmark = pytest.mark.slow


def test_self_check_says_which_metric_sees_what(command: Command, workspace: Workspace, tmp_path: Path) -> None:
    reference(workspace, tmp_path, by_colour, 60)
    asked = ("self-check", "--reference", "made", "--extractor", "colour-histogram")
    rows = json.loads(command(*asked, "--json").out)
    blurred = {row["metric"]: row for row in rows if (row["plant"], row["strength"]) == ("noise", "strong")}
    assert blurred["sharpness"]["towards"] == "up"
    assert blurred["sharpness"]["value"] > blurred["sharpness"]["unchanged"]
    table = command(*asked)
    assert table.code == 0
    assert "planted" in table.out
    assert "exact copies (20% are reference pictures)" in table.out
    few = command(*asked[:3], "--extractor", "lbp", "--n", 5)
    assert few.code == 2
    assert "at least 20 a side" in few.err


def test_choose_ranks_and_recommends(command: Command, workspace: Workspace, tmp_path: Path) -> None:
    reference(workspace, tmp_path, by_shape, 24)
    asked = ("choose", "--reference", "made", "--extractor", "hog", "--extractor", "colour-histogram")
    rows = json.loads(command(*asked, "--json").out)
    assert [row["extractor"] for row in rows if row["chosen"]] == ["hog"]
    table = command(*asked)
    assert "recommended" in table.out
    headings = next(line for line in table.out.splitlines() if "AUC" in line)
    assert [cell.strip() for cell in headings.strip("┃").split("┃")] == ["with", "AUC", "95%", "s / 1,000", "standing"]
    assert "Same: two pictures that share one of the labels kind 0" in table.out
    mood = command("choose", "--reference", "made", "--by", "mood")
    assert (mood.code, "use labels, tags, augmentations" in mood.err) == (2, True)
